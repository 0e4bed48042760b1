import { Lab, LabOptions } from './cluster-lab';
import { directory, Machine, Running, until } from './processes';

const KEYS = Array.from({ length: 60 }, (_, index) => `key:${index}`);

/** A cluster with data and a healer beside each node. */
export class Ward {
  public static async open(machine: Machine, options: LabOptions = {}, env: Record<string, string> = {}): Promise<Ward> {
    return Ward.form(await Lab.make(machine, { ...options, healing: true }), env);
  }

  /** Nodes that run already. */
  public static async form(lab: Lab, env: Record<string, string> = {}, prefix = ''): Promise<Ward> {
    const ward = new Ward(lab, env);
    expect((await lab.form().ended()).code).toBe(0);
    await ward.write(prefix);
    ward.healAll();
    // Each replica may take over by now.
    await ward.whole();
    return ward;
  }

  /** A cluster whose Job was killed while it formed it: the healers go on. */
  public static async halfFormed(machine: Machine, milliseconds: number, env: Record<string, string> = {}): Promise<Ward> {
    const ward = new Ward(await Lab.make(machine, { healing: true }), env);
    const job = ward.lab.form();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await job.stop();
    ward.healAll();
    return ward;
  }

  public readonly healers: Running[] = [];

  constructor(public readonly lab: Lab, private readonly env: Record<string, string> = {}) {}

  public heal(node: number, env: Record<string, string> = this.env): void {
    this.healers[node] = this.lab.script('cluster-heal.sh', [], { ...this.lab.env(node), HEAL_INTERVAL: '0.5', SURE_ROUNDS: '2', CLUSTER_SETTLED: '5', TMPDIR: directory(), ...env });
  }

  private healAll(): void {
    this.lab.nodes.forEach((_, node) => this.heal(node));
  }

  public async close(): Promise<void> {
    await Promise.all(this.lab.nodes.map((_, node) => this.end(node)));
  }

  public async write(prefix = ''): Promise<void> {
    for (const key of KEYS) expect(await this.command('SET', key, `${prefix}value of ${key}`)).toBe('OK');
  }

  public async expectKeys(prefix = ''): Promise<void> {
    for (const key of KEYS) expect([key, await this.command('GET', key)]).toEqual([key, `${prefix}value of ${key}`]);
  }

  /** As a client of the cluster, who asks again while the healer moves a master. */
  public async command(...words: string[]): Promise<string> {
    let answer: string | undefined;
    await until(async () => {
      answer = await this.once(...words);
      return answer !== undefined;
    }, () => `nobody answers ${words.join(' ')}`);
    return answer!;
  }

  /** So does a client that gives up when nobody is there to answer. */
  public async once(...words: string[]): Promise<string | undefined> {
    const answers = await Promise.all(this.lab.nodes.map((_, node) => this.lab.askShortly(node, ...words)));
    return answers.find((answer) => !/^(|(MOVED|CLUSTERDOWN|READONLY|LOADING|MASTERDOWN|UNBLOCKED|connect |no answer|the server hung up).*)$/.test(answer));
  }

  /** Whether each master has a replica that has everything. */
  public async inSync(): Promise<boolean> {
    const infos = await Promise.all(this.lab.nodes.map((_, node) => this.lab.askShortly(node, 'INFO', 'replication')));
    const synced = infos.filter((info) => {
      const offset = /^master_repl_offset:(\d+)/m.exec(info)?.[1];
      return info.includes('role:master') && new RegExp(`^slave\\d+:.*state=online,offset=${offset},`, 'm').test(info);
    });
    return synced.length >= this.lab.slots.length;
  }

  public async node(role: 'master' | 'slave'): Promise<number> {
    const listed = (await this.lab.list(0)).find(({ flags }) => flags.includes(role))!;
    return this.lab.nodes.indexOf(listed.name);
  }

  public async replicaOf(node: number): Promise<number> {
    const listed = await this.lab.list(node);
    const { id } = listed.find(({ flags }) => flags.includes('myself'))!;
    return this.lab.nodes.indexOf(listed.find(({ master }) => master === id)!.name);
  }

  /** Ends a node, and its healer with it, as when its pod is deleted. */
  public async end(node: number): Promise<void> {
    await this.lab.stop(node);
    await this.healers[node].stop();
  }

  /** Its pod comes back without what it kept. */
  public async empty(...nodes: number[]): Promise<void> {
    for (const node of nodes) await this.end(node);
    for (const node of nodes) {
      this.lab.wipe(node);
      this.begin(node);
    }
  }

  public begin(node: number, address = this.lab.fresh()[0]): void {
    this.lab.addresses[node] = address;
    this.lab.announce();
    this.lab.start(node);
    this.heal(node);
  }

  public said(): string {
    return this.healers.map((healer, node) => healer.lines.map((line) => `${node}: ${line}\n`).join('')).join('');
  }

  /** Waits until the cluster is what it shall be in the eyes of all nodes, with nothing left of what it was. */
  public async whole(): Promise<void> {
    let why: unknown;
    await until(async () => {
      try {
        const owners = await this.lab.expectFormed();
        expect(Object.values(owners).map((slots) => slots.join()).sort()).toEqual([...this.lab.slots].sort());
        for (const node of this.lab.nodes.keys()) await this.expectView(node);
        // As the kubelet does all the time.
        const probes = await Promise.all(this.lab.nodes.map((_, node) => this.lab.script('cluster-ready.sh', [], { ...this.lab.env(node), ...this.lab.probe(), CLUSTER_YOUNG: '0' }).ended()));
        expect(probes.map(({ text }) => text).filter((text) => text !== '')).toEqual([]);
        return true;
      } catch (error) {
        why = error;
        return false;
      }
    }, () => `${why}\n${this.said()}\n${this.lab.processes.map((process) => process.lines.slice(-3).join('\n')).join('\n')}`, 300);
  }

  /** Expects that a node sees all where they are, each shard with its replicas, and no failure; and that it may take over itself. */
  private async expectView(node: number): Promise<void> {
    const listed = await this.lab.list(node);
    for (const { name, address, flags, connected } of listed) {
      expect([name, address]).toEqual([name, this.lab.addresses[this.lab.nodes.indexOf(name)]]);
      expect([name, connected, flags.filter((flag) => /fail|noaddr/.test(flag))]).toEqual([name, true, []]);
    }
    const masters = listed.filter(({ slots }) => slots.length > 0);
    for (const { id } of masters) expect(listed.filter(({ master }) => master === id)).toHaveLength(this.lab.nodes.length / masters.length - 1);
    expect(await this.lab.ask(node, 'CONFIG', 'GET', 'cluster-replica-no-failover')).toMatch(/no$/);
  }
}
