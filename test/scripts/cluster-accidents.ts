import { rmSync } from 'fs';
import { join } from 'path';
import { DOMAIN, Lab } from './cluster-lab';
import { Ward } from './cluster-ward';
import { Machine, until } from './processes';

/** The same numbers for the same seed. */
export function randomly(seed: number): (below: number) => number {
  let state = seed * 7919;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What a story came to. */
export interface Ending {
  /** Writes that were acknowledged and copied: none of them may be lost. */
  readonly kept: number;
  /** Writes that were acknowledged and lost, and had not been copied when an accident came: asynchronous replication loses such. */
  readonly excused: number;
}

/** Accidents that strike a living cluster at random, while somebody writes to it. */
export class Story {
  /** What happened, for whoever must understand how it ended. */
  public readonly told: string[] = [];

  private readonly fresh = new Map<string, string>();
  private readonly copied = new Map<string, string>();
  private readonly lab: Lab;
  private writes = 0;
  private writing?: Promise<void>;
  private strangers = 0;

  private readonly accidents: ReadonlyArray<readonly [name: string, strike: () => Promise<void>]> = [
    ['a node is restarted where it was', async () => {
      const node = this.any(this.nodes);
      await this.replace([node], [this.lab.addresses[node]], 0);
    }],
    ['a node is away for long', async () => {
      await this.replace([this.any(this.nodes)], this.lab.fresh(), 3000 + this.random(4000));
    }],
    ['some nodes come back elsewhere', async () => {
      await this.replace(this.some(), this.lab.fresh(), this.random(2000));
    }],
    ['some nodes come back with each other\'s addresses', async () => {
      const nodes = this.some();
      const [first, ...rest] = nodes.map((node) => this.lab.addresses[node]);
      await this.replace(nodes, [...rest, first], this.random(2000));
    }],
    ['all nodes come back elsewhere', async () => {
      await this.replace(this.nodes, this.lab.fresh(), this.random(1000));
    }],
    ['all nodes come back with each other\'s addresses, and the names are behind', async () => {
      const old = [...this.lab.addresses];
      const [first, ...rest] = old;
      await this.replace(this.nodes, [...rest, first], 0, old);
      await sleep(this.random(4000));
      this.lab.announce();
    }],
    ['a volume is lost', () => this.lose((node) => this.lab.wipe(node))],
    ['the append-only files are lost', () => this.lose((node) => rmSync(join(this.lab.data(node), 'appendonlydir'), { recursive: true }))],
    ['a node stands still', async () => {
      const { pid } = this.lab.processes[this.any(this.nodes)];
      process.kill(pid, 'SIGSTOP');
      await sleep(1000 + this.random(5000));
      process.kill(pid, 'SIGCONT');
    }],
    ['a stranger with data takes the address of a node that moves', async () => {
      const node = this.any(this.nodes);
      const old = [...this.lab.addresses];
      await this.ward.end(node);
      await this.stranger(old[node]);
      this.ward.begin(node);
      // The name still leads to the stranger.
      this.lab.announce(old);
      await sleep(this.random(4000));
      this.lab.announce();
    }],
    ['the healers are killed', async () => {
      const nodes = this.some();
      await Promise.all(nodes.map((node) => this.ward.healers[node].stop()));
      await sleep(this.random(3000));
      nodes.forEach((node) => this.ward.heal(node));
    }],
    ['a Job runs, and is killed', async () => {
      const job = this.lab.form();
      await sleep(this.random(2500));
      await job.stop();
    }],
  ];

  constructor(private readonly machine: Machine, private readonly ward: Ward, private readonly random: (below: number) => number) {
    this.lab = ward.lab;
  }

  /** Some accidents, then the cluster must be what it was. */
  public async play(accidents: number): Promise<Ending> {
    for (let count = 0; count < accidents; count++) {
      this.write();
      await sleep(this.random(1500));
      await this.rest();
      const [name, strike] = this.any(this.accidents);
      this.told.push(name);
      this.write();
      await strike();
      await this.rest();
    }
    await this.ward.whole();
    return this.expectAll();
  }

  private any<T>(items: readonly T[]): T {
    return items[this.random(items.length)];
  }

  private get nodes(): number[] {
    return [...this.lab.nodes.keys()];
  }

  private some(): number[] {
    const nodes = this.nodes.filter(() => this.random(2) === 0);
    return nodes.length > 0 ? nodes : [this.random(this.lab.nodes.length)];
  }

  /** Ends nodes at once, and begins them with other addresses. */
  private async replace(nodes: readonly number[], addresses: readonly string[], pause: number, names?: readonly string[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.ward.end(node)));
    await sleep(pause);
    nodes.forEach((node, index) => { this.lab.addresses[node] = addresses[index]; });
    nodes.forEach((node) => this.ward.begin(node, this.lab.addresses[node]));
    if (names) this.lab.announce(names);
  }

  /** Only where there is another copy: of the last one, nothing is left to heal. */
  private async lose(destroy: (node: number) => void): Promise<void> {
    await this.rest();
    await this.ward.whole();
    await this.settleWrites();
    const node = this.any(this.nodes);
    this.told.push(`that of ${this.lab.nodes[node]}`);
    const address = this.random(2) === 0 ? this.lab.addresses[node] : this.lab.fresh()[0];
    await this.ward.end(node);
    destroy(node);
    await sleep(this.random(3000));
    this.ward.begin(node, address);
  }

  /** A node of another cluster, of the same names or of others. */
  private async stranger(address: string): Promise<void> {
    const stranger = new Lab(this.machine, this.lab.port, {});
    stranger.addresses[0] = address;
    stranger.start(0, { CLUSTER_DOMAIN: this.random(2) === 0 ? DOMAIN : 'others.prod.svc' });
    await stranger.answering(0);
    for (const slots of ['0-8000', '8001-16383']) await stranger.ask(0, 'CLUSTER', 'ADDSLOTSRANGE', ...slots.split('-'));
    await until(async () => (await stranger.ask(0, 'SET', 'theirs', `${++this.strangers}`)) === 'OK');
  }

  /** Begins to write; nothing waits for it. */
  private write(): void {
    let going = true;
    const writing = (async () => {
      while (going) {
        const [key, value] = [`story:${++this.writes}`, `${this.writes}`];
        if (await this.ward.once('SET', key, value) === 'OK') this.fresh.set(key, value);
        await sleep(30);
      }
    })();
    this.stop = async () => {
      going = false;
      await writing;
    };
    this.writing = writing;
  }

  private stop = async (): Promise<void> => undefined;

  /** Ends the writing. What was copied by now may not be lost any more. */
  private async rest(): Promise<void> {
    if (!this.writing) return;
    await this.stop();
    this.writing = undefined;
    await this.settleWrites(1500);
  }

  private async settleWrites(patience = 20_000): Promise<void> {
    for (const end = Date.now() + patience; Date.now() < end; await sleep(100)) {
      if (!await this.ward.inSync()) continue;
      for (const [key, value] of this.fresh) this.copied.set(key, value);
      this.fresh.clear();
      return;
    }
  }

  private async expectAll(): Promise<Ending> {
    const lost = async (writes: Map<string, string>) => {
      const gone: string[] = [];
      // Redis says nothing of a key that is not there, and no node but its owner says that.
      for (const [key, value] of writes) if (await this.ward.command('EVAL', 'return (redis.call("GET", KEYS[1]) or "") .. "."', '1', key) !== `${value}.`) gone.push(key);
      return gone;
    };
    expect(await lost(this.copied)).toEqual([]);
    return { kept: this.copied.size, excused: (await lost(this.fresh)).length };
  }
}
