import { writeFileSync } from 'fs';
import { join } from 'path';
import { LabUsers } from './lab-users';
import { directory, Machine, reap, until } from './processes';
import { NAME, Node, Place, ReplicationLabOptions, Sentinel } from './replication-members';
import { freePort } from './servers';
import { replicationPlanFiles } from '../../src/topology/replication';

export const SNAPSHOTS = { save: '3600 1', appendonly: 'no' };
export const NOTHING_KEPT = { save: '""', appendonly: 'no' };

const COUNT = 3;
const labs: ReplicationLab[] = [];
let numbers = 0;

/** A master, two replicas and three Sentinels as plain processes, each with an address of its own on the loopback of this machine. */
export class ReplicationLab implements Place {
  /** Nothing of it runs yet. */
  public static async make(machine: Machine, options: ReplicationLabOptions = {}): Promise<ReplicationLab> {
    return new ReplicationLab(machine, await freePort(), await freePort(), options);
  }

  /** All of it runs, and is whole. */
  public static async formed(machine: Machine, options: ReplicationLabOptions = {}): Promise<ReplicationLab> {
    const lab = await ReplicationLab.make(machine, options);
    [...lab.nodes, ...lab.sentinels].forEach((member) => member.start());
    await lab.electable(await lab.led());
    // They ask for replicas and their priorities at their start, and then only every ten seconds.
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    lab.sentinels.forEach((sentinel) => sentinel.start());
    await lab.whole();
    return lab;
  }

  public readonly domain = `${20 + (process.pid % 200)}.${++numbers % 250}`;
  public readonly nodes: readonly Node[];
  public readonly sentinels: readonly Sentinel[];
  public readonly downAfter: number;
  public over = false;
  public readonly users?: Place['users'];

  private readonly home = directory();

  private constructor(
    readonly machine: Machine, readonly port: number, readonly sentinelPort: number, public options: ReplicationLabOptions,
  ) {
    labs.push(this);
    this.downAfter = options.downAfter ?? 1500;
    // With the domain behind it, a name is an address.
    const names = (first: number) => [...Array(COUNT).keys()].map((index) => `127.${first + index}`);
    this.nodes = names(1).map((name) => new Node(this, name));
    const sentinels = options.withoutSentinels ? [] : names(101);
    this.sentinels = sentinels.map((name) => new Sentinel(this, name));
    const files = replicationPlanFiles({ nodes: names(1), sentinels, replicas: COUNT - 1, problems: [] });
    Object.entries(files).forEach(([file, text]) => writeFileSync(join(this.home, file), text));
    writeFileSync(join(this.home, 'password'), options.password ?? '');
    if (options.acl) {
      const target = { name: NAME, kind: 'replication', version: '8.0.2', sentinels: !options.withoutSentinels } as const;
      this.users = { nodes: new LabUsers(join(this.home, 'users'), target), sentinels: new LabUsers(join(this.home, 'sentinel-users'), target, 'sentinel') };
    }
  }

  public env(): Record<string, string> {
    return {
      REPLICATION_NAME: NAME, REPLICATION_DOMAIN: this.domain, REPLICATION_PLAN: this.home,
      NODE_PORT: `${this.port}`, SENTINEL_PORT: `${this.sentinelPort}`,
      ...(this.options.password && { REDIS_PASSWORD_FILE: join(this.home, 'password') }),
    };
  }

  /** Changes the Secret; from now on the lab asks with this password. */
  public rotate(password: string): void {
    this.options = { ...this.options, password };
    writeFileSync(join(this.home, 'password'), password);
  }

  /** Expects that no user was refused anything. */
  public async expectNothingRefused(): Promise<void> {
    for (const member of [...this.nodes, ...this.sentinels]) expect([member.name, await member.ask('ACL', 'LOG')]).toEqual([member.name, '']);
  }

  public others(...without: Node[]): Node[] {
    return this.nodes.filter((node) => !without.includes(node));
  }

  /** Those nodes that say that they are the master. */
  public async masters(): Promise<Node[]> {
    const roles = await Promise.all(this.nodes.map((node) => node.role()));
    return this.nodes.filter((_, index) => roles[index] === 'master');
  }

  /** Waits until these nodes are one master and replicas with a whole copy, and says who leads. */
  public async led(nodes = this.nodes): Promise<Node> {
    let troubles: string[] = [];
    let master = nodes[0];
    await until(async () => {
      const facts = await Promise.all(nodes.map((node) => node.info()));
      master = nodes[facts.findIndex(({ role }) => role === 'master')] ?? master;
      const replicas = nodes.filter((node) => node !== master);
      troubles = nodes.flatMap(({ name, output }, index) => {
        const { role, master_host, master_link_status } = facts[index];
        const right = nodes[index] === master ? role === 'master' : master_host === master.host && master_link_status === 'up';
        return right ? [] : [`${name} is ${role} of ${master_host}, ${master_link_status}:\n${output}`];
      });
      const list = facts[nodes.indexOf(master)];
      const online = Object.entries(list).filter(([key, value]) => /^slave\d+$/.test(key) && value.includes('state=online'));
      if (online.length < replicas.length) troubles.push(`${master.name} has ${online.length} replicas`);
      return troubles.length === 0;
    }, () => troubles.join('\n'));
    return master;
  }

  /** Waits until all but the master say that they have a whole copy. */
  public async electable(master: Node): Promise<void> {
    for (const node of this.others(master)) await until(async () => await node.get('replica-priority') === '100', () => node.output);
  }

  /** Ends the master, and waits for another one, which it gives back. */
  public async failedOver(former: Node): Promise<Node> {
    await this.electable(former);
    await former.stop();
    await until(async () => (await this.masters()).length === 1, () => this.sentinels.map(({ output }) => output).join('\n'));
    return this.led(this.others(former));
  }

  /** Waits until all nodes are, and all Sentinels know of all of them and of each other; says who leads. */
  public async whole(sentinels = this.sentinels): Promise<Node> {
    let seen: string[] = [];
    let master = await this.led();
    await until(async () => {
      master = await this.led();
      seen = (await Promise.all(sentinels.map((sentinel) => sentinel.view())))
        .map((view) => [view.ip, view.flags, view['num-slaves'], view['num-other-sentinels']].join(' '));
      return seen.every((view) => view === `${master.host} master ${COUNT - 1} ${COUNT - 1}`);
    }, () => `the Sentinels see ${seen.join(', ')}, but the master is ${master.host}\n${sentinels.map(({ output }) => output).join('\n')}`, 200);
    return master;
  }
}

/** For `afterEach`: ends what a test started. */
export async function reapLabs(): Promise<void> {
  for (const lab of labs.splice(0)) lab.over = true;
  await reap();
}
