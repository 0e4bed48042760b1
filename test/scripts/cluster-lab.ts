import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { LabUsers } from './lab-users';
import { Network } from './network';
import { directory, Machine, Running, SCRIPTS, until } from './processes';
import { ask } from './resp';
import { freePort } from './servers';
import { InternalUser, internalName } from '../../src/node/internal-users';
import { RedisTlsReach } from '../../src/options/tls-ports';
import { clusterTopology, planFiles } from '../../src/topology/cluster';
import { RedisSlots } from '../../src/topology/slots';

export const DOMAIN = 'redis-nodes.test.svc';

/** One node as another one lists it. */
export interface Listed {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  readonly flags: string[];
  readonly master: string;
  readonly connected: boolean;
  readonly slots: string[];
}

export interface LabOptions {
  readonly shards?: number;
  readonly replicasPerShard?: number;
  readonly slots?: RedisSlots;
  /** Zone and host of each node; each is on one of three hosts unless said otherwise. */
  readonly hosts?: readonly string[];
  readonly password?: string;
  /** Each acts as a user of its own, and `default` is off. */
  readonly acl?: boolean;
  /** Kept by snapshots instead of an append-only file. */
  readonly snapshots?: boolean;
  /** Where the files of the certificate of all nodes are; clients need one too. */
  readonly tls?: string;
  /** Where TLS is served, where it is not on the usual port. */
  readonly tlsPort?: number;
  /** The usual port serves without TLS, beside that of TLS. */
  readonly plain?: boolean;
  /** Who speaks TLS where both are served; everybody unless said otherwise. */
  readonly reach?: RedisTlsReach;
  /** A healer will be beside each node. */
  readonly healing?: boolean;
  /** Where the nodes are; on the loopback of this machine unless said otherwise. They have addresses of IPv6 there. */
  readonly network?: Network;
  /** The nodes have addresses of IPv4 as well, and prefer them; the name service answers with those of IPv6. */
  readonly dualStack?: boolean;
}

/** Acts on each item, also on those that are added meanwhile. Nodes mostly wait, so some clusters are formed at once. */
export async function some<T>(items: T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: WIDTH }, async () => {
    while (next < items.length) await act(items[next++]);
  }));
}

/** As many clusters at once keep two cores busy. */
const WIDTH = Number(process.env.LAB_WIDTH ?? 4);

let labs = 0;

/** A cluster's nodes as plain processes, each with an address of its own on the loopback, and a name service that the test decides on. */
export class Lab {
  public static async make(machine: Machine, options: LabOptions = {}): Promise<Lab> {
    const lab = new Lab(machine, await freePort(), options);
    lab.nodes.forEach((_, node) => lab.start(node));
    return lab;
  }

  public readonly nodes: readonly string[];
  public readonly slots: readonly string[];
  public readonly processes: Running[] = [];
  public readonly addresses: string[];
  /** The users of the nodes, where they have any. */
  public readonly users?: LabUsers;

  private readonly path: string;
  private readonly home = directory();
  private readonly number = ++labs;
  private addressesGiven = 0;

  constructor(readonly machine: Machine, readonly port: number, private options: LabOptions) {
    const { shards, replicasPerShard, slots } = options;
    const topology = clusterTopology({ name: 'redis', shards, replicasPerShard, slots });
    const files = planFiles(topology);
    this.nodes = topology.nodes;
    this.slots = files.shards.trim().split('\n');
    this.addresses = this.fresh();
    ['plan', 'bin'].forEach((name) => mkdirSync(join(this.home, name)));
    Object.entries(files).forEach(([name, text]) => writeFileSync(join(this.home, 'plan', name), text));
    this.planSpeech();
    if (options.password) writeFileSync(join(this.home, 'password'), options.password);
    if (options.acl) this.users = new LabUsers(join(this.home, 'users'), { name: 'redis', kind: 'cluster', version: '8.0.2' });
    // With nothing but the shell: it is asked very often.
    this.program('getent', `while read -r pod address; do case $2 in redis-nodes | "$pod".*) echo "$address $2" ;; esac; done <'${join(this.home, 'hosts')}'`);
    this.path = [join(this.home, 'bin'), machine.path].join(delimiter);
    this.announce();
  }

  /** A program in front of all others on PATH. */
  public program(name: string, body: string): void {
    const path = join(this.home, 'bin', name);
    writeFileSync(`${path}.new`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    // At once: what somebody runs cannot be written to.
    renameSync(`${path}.new`, path);
  }

  /** What the name service says from now on. */
  public announce(addresses: readonly string[] = this.addresses): void {
    const named = this.options.dualStack ? addresses.map((address) => address.replace('10.0.0.', 'fd00::')) : addresses;
    writeFileSync(join(this.home, 'hosts'), this.nodes.map((name, node) => `${name} ${named[node]}\n`).join(''));
  }

  public env(node = 0): Record<string, string> {
    return {
      CLUSTER_NAME: '127.0.0.1',
      CLUSTER_SERVICE: 'redis-nodes',
      CLUSTER_NODE_TIMEOUT: '2000',
      CLUSTER_DOMAIN: DOMAIN,
      CLUSTER_PLAN: join(this.home, 'plan'),
      CLUSTER_DATA: this.data(node),
      FORM_DELAY: '0',
      POD_NAME: this.nodes[node],
      POD_IP: this.addresses[node],
      NODE_ZONE: 'zone',
      HEALING: this.options.healing ? 'all' : 'none',
      NODE_NAME: this.options.hosts?.[node] ?? `host${node % 3}`,
      // With TLS, as in a pod, where nothing has to be bound to an address of its own.
      ...(this.options.tls ? { REDIS_SOCKET: this.socket(node), REDIS_TLS_DIRECTORY: this.options.tls } : { REDIS_HOST: this.addresses[node] }),
      ...this.speech(),
      PATH: this.path,
      ...(this.options.password && { REDIS_PASSWORD_FILE: join(this.home, 'password') }),
      ...(this.options.acl && this.login('healing')),
    };
  }

  /** Variables of who acts as a user. */
  public login(user: InternalUser): Record<string, string> {
    return { ...this.users!.login(user), REDIS_COPIER: internalName('replication') };
  }

  /** Variables of the probes, where they are not those of all. */
  public probe(): Record<string, string> {
    return this.options.acl ? this.login('probe') : {};
  }

  /** Expects that no user was refused anything. */
  public async expectNothingRefused(): Promise<void> {
    for (const node of this.nodes.keys()) expect([node, await this.ask(node, 'ACL', 'LOG')]).toEqual([node, '']);
  }

  private get credentials(): string | readonly string[] | undefined {
    return this.users?.tester ?? this.options.password;
  }

  private socket(node: number): string {
    return join(this.home, `${node}.sock`);
  }

  public data(node: number): string {
    return join(this.home, `data-${node}`);
  }

  public start(node: number, env: Record<string, string> = {}): void {
    mkdirSync(this.data(node), { recursive: true });
    const conf = join(this.home, `redis-${node}.conf`);
    const address = this.addresses[node];
    // All addresses are on one interface: others shall see a node come from its own.
    const place = this.options.dualStack
      ? { 'bind': `${address} ${address.replace('10.0.0.', 'fd00::')}`, 'replica-announce-ip': address }
      : { 'bind': address, 'bind-source-addr': address };
    writeFileSync(conf, Object.entries({
      ...place, ...this.ports(), 'unixsocket': this.socket(node), 'dir': this.data(node), ...this.kept(), 'appendfsync': 'no', 'protected-mode': 'no',
      'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf', 'cluster-node-timeout': 2000, 'cluster-require-full-coverage': 'no',
      'cluster-replica-validity-factor': 0, 'cluster-allow-replica-migration': 'no', 'repl-diskless-sync-delay': 0,
      'repl-ping-replica-period': 2,
    }).map(([name, value]) => `${name} ${value}\n`).join(''));
    const users = this.users && { REDIS_USERS: this.users.path };
    this.processes[node] = this.script('cluster-start.sh', ['redis-server', conf], { ...this.env(node), ...users, ...env });
  }

  private ports(): Record<string, string | number> {
    const { tls, tlsPort = this.port, plain, reach } = this.options;
    if (!tls) return { port: this.port };
    const among = reach === RedisTlsReach.CLIENTS ? 'no' : 'yes';
    return {
      'port': plain ? this.port : 0, 'tls-port': tlsPort, 'cluster-port': this.port + 10_000, 'tls-cert-file': `${tls}/tls.crt`, 'tls-key-file': `${tls}/tls.key`, 'tls-ca-cert-file': `${tls}/ca.crt`,
      'tls-auth-clients': 'yes', 'tls-replication': among, 'tls-cluster': among, 'cluster-preferred-endpoint-type': 'hostname',
    };
  }

  /** Variables by which the scripts know where and how nodes speak to each other. */
  private speech(): Record<string, string> {
    const { tlsPort, plain } = this.options;
    return {
      REDIS_PORT: `${tlsPort ?? this.port}`,
      ...(tlsPort && { CLUSTER_BUS_PORT: `${this.port + 10_000}` }),
      ...(plain && { REDIS_PLAIN_PORT: `${this.port}` }),
    };
  }

  private kept(): Record<string, string> {
    return this.options.snapshots ? { save: '3600 1', appendonly: 'no' } : { save: '""', appendonly: 'yes' };
  }

  public script(name: string, args: string[] = [], env: Record<string, string> = this.env()): Running {
    // As in the container: a session of its own, so that a test can end all that a script started.
    const command = ['setsid', 'sh', join(SCRIPTS, name), ...args];
    return new Running(this.machine, this.options.network?.command(command) ?? command, env);
  }

  public form(env: Record<string, string> = {}): Running {
    // The Job has no Redis of its own.
    const { REDIS_HOST: _, REDIS_SOCKET: __, ...own } = this.env();
    return this.script('cluster-form.sh', [], { FORM_SECONDS: '60', ...own, ...env });
  }

  public async stop(...nodes: number[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.processes[node].stop()));
  }

  /** What the plan says of it. */
  private planSpeech(): void {
    const { tls, reach } = this.options;
    const path = join(this.home, 'plan', 'speech');
    if (tls) writeFileSync(path, `${reach === RedisTlsReach.CLIENTS ? 'plain' : 'tls'}\n`);
    else rmSync(path, { force: true });
  }

  /** From its next start on, a node speaks TLS, or does no more. */
  public encrypt(tls: string | undefined, { tlsPort, plain, reach }: Pick<LabOptions, 'tlsPort' | 'plain' | 'reach'> = {}): void {
    this.options = { ...this.options, tls, tlsPort, plain, reach };
    this.planSpeech();
  }

  /** Ends all nodes and starts them again; with other addresses where the test says which. */
  public async restart(addresses: readonly string[] = this.addresses): Promise<void> {
    await this.stop(...this.nodes.keys());
    this.addresses.splice(0, this.addresses.length, ...addresses);
    this.announce();
    this.nodes.forEach((_, node) => this.start(node));
    await this.answering();
  }

  /** Addresses that nobody had before. */
  public fresh(): string[] {
    const { network, dualStack } = this.options;
    // Another lab may have the same ones, a thousand tests later, but never with the same port.
    const loopback = () => `127.${20 + (process.pid % 200)}.${this.number % 250}.${++this.addressesGiven}`;
    return this.nodes.map(() => network?.address(dualStack ? '10.0.0.' : 'fd00::') ?? loopback());
  }

  public async answering(...nodes: number[]): Promise<void> {
    await Promise.all((nodes.length > 0 ? nodes : [...this.nodes.keys()]).map((node) =>
      until(async () => (await this.ask(node, 'PING')) === 'PONG', () => this.processes[node].output)));
  }

  /** What redis-cli would print. */
  public ask(node: number, ...command: string[]): Promise<string> {
    return ask(this.socket(node), this.credentials, command);
  }

  /** The same, of a node that may stand still. */
  public askShortly(node: number, ...command: string[]): Promise<string> {
    return ask(this.socket(node), this.credentials, command, 1000);
  }

  public async list(node: number): Promise<Listed[]> {
    const text = await this.ask(node, 'CLUSTER', 'NODES');
    // A meeting that is not over yet has an id of its own for a moment.
    return text.split('\n').filter((line) => line !== '' && !line.includes('handshake')).map((line) => {
      const [id, place, flags, master, , , , link, ...slots] = line.split(' ');
      const [address, name] = place.split(',');
      return { id, address: address.replace(/:\d+@.*/, ''), name: (name ?? '').split('.')[0], flags: flags.split(','), master, connected: link === 'connected', slots };
    });
  }

  /** What a node says that it owns itself. */
  public async ownSlots(node: number): Promise<Set<number>> {
    const ranges = (await this.list(node)).find(({ flags }) => flags.includes('myself'))?.slots ?? [];
    return new Set(ranges.flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return [...Array(last - first + 1).keys()].map((index) => first + index);
    }));
  }

  /** Expects a whole cluster in the eyes of each node: all slots, all replicas with their masters' data. Says who owns what. */
  public async expectFormed(): Promise<{ [node: string]: string[] }> {
    const owners: { [node: string]: string[] } = {};
    for (const node of this.nodes.keys()) {
      const info = await this.ask(node, 'CLUSTER', 'INFO');
      expect(info).toContain('cluster_state:ok');
      expect(info).toContain('cluster_slots_ok:16384');
      const listed = await this.list(node);
      expect(listed.map(({ name }) => name).sort()).toEqual([...this.nodes].sort());
      const masters = listed.filter(({ slots }) => slots.length > 0);
      for (const { name, slots } of masters) {
        owners[name] ??= slots;
        expect(slots).toEqual(owners[name]);
      }
      for (const { master } of listed.filter(({ flags }) => flags.includes('slave'))) expect(masters.map(({ id }) => id)).toContain(master);
      const replication = await this.ask(node, 'INFO', 'replication');
      if (replication.includes('role:slave')) expect(replication).toContain('master_link_status:up');
    }
    return owners;
  }

  /** What forming must not touch. */
  public async keep(): Promise<string> {
    const nodes = await Promise.all(this.nodes.map(async (_, node) => (await this.list(node)).find(({ flags }) => flags.includes('myself'))));
    return JSON.stringify(nodes);
  }

  /** A copy of a node's volume, and the way back to it. */
  public save(node: number): () => void {
    const copy = join(this.home, `copy-${node}`);
    cpSync(this.data(node), copy, { recursive: true });
    return () => {
      rmSync(this.data(node), { recursive: true });
      cpSync(copy, this.data(node), { recursive: true });
    };
  }

  public wipe(node: number): void {
    rmSync(this.data(node), { recursive: true });
  }
}
