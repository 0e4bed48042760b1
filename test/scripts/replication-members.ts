import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { LabUsers } from './lab-users';
import { directory, Machine, Outcome, Running, SCRIPTS, until } from './processes';
import { ask } from './resp';

export interface ReplicationLabOptions {
  readonly password?: string;
  /** `default` is off, and everything acts as a user of its own. */
  readonly acl?: boolean;
  /** Where the files of the certificate of all members are; clients need one too. */
  readonly tls?: string;
  /** How the nodes keep their data; in an append-only file unless said otherwise. */
  readonly kept?: { readonly [directive: string]: string };
  /** The first node is the master for ever. */
  readonly withoutSentinels?: boolean;
  /** Seconds until a node goes on without what it waits for, 3 by default. */
  readonly patience?: number;
  /** Milliseconds after which the Sentinels find somebody dead. */
  readonly downAfter?: number;
}

/** What nodes and Sentinels have in common. */
export interface Place {
  readonly machine: Machine;
  readonly options: ReplicationLabOptions;
  /** What follows a name in an address. */
  readonly domain: string;
  readonly port: number;
  readonly sentinelPort: number;
  readonly downAfter: number;
  /** Whether the test has ended. */
  readonly over: boolean;
  /** Users of the nodes and of the Sentinels, where they have any. */
  readonly users?: { readonly nodes: LabUsers; readonly sentinels: LabUsers };
  env(): Record<string, string>;
}

/** What a node or a Sentinel says of something, by the names of the fields. */
export interface Facts {
  readonly [field: string]: string;
}

export const NAME = 'redis';

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A node or a Sentinel: a name, an address and a volume of its own, which stay when its process is another one. */
abstract class Member {
  public readonly host: string;
  public readonly data = directory();
  protected readonly socket: string;
  private running?: Running;

  constructor(protected readonly lab: Place, public readonly name: string) {
    this.host = `${name}.${lab.domain}`;
    this.socket = join(this.data, '..', `${name}-${lab.port}.sock`);
  }

  protected abstract command(): string[];

  /** The users that it has, where it has any. */
  public abstract get users(): LabUsers | undefined;

  /** How its own scripts ask it: with TLS through its socket, as in a pod. */
  protected local(): Record<string, string> {
    const { tls } = this.lab.options;
    return tls ? { REDIS_SOCKET: this.socket, REDIS_TLS_DIRECTORY: tls } : { REDIS_HOST: this.host };
  }

  protected abstract env(): Record<string, string>;

  public start(env: Record<string, string> = {}): void {
    mkdirSync(this.data, { recursive: true });
    this.running = this.script(this.command()[0], this.command().slice(1), env);
  }

  /** What the process has said since its start. */
  public get output(): string {
    return this.running?.output ?? '';
  }

  public get alive(): boolean {
    return this.running !== undefined && this.running.code === undefined;
  }

  public signal(signal: NodeJS.Signals): void {
    this.running?.signal(signal);
  }

  public async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.signal(signal);
    // Redis passes over a request to stop while it writes its first append-only file after a copy, for which the preStop of a pod waits.
    const again = setInterval(() => this.signal(signal), 1000);
    await this.running?.ended().finally(() => clearInterval(again));
    clearInterval(again);
  }

  public wipe(): void {
    rmSync(this.data, { recursive: true });
  }

  public script(name: string, args: string[] = [], env: Record<string, string> = {}): Running {
    const users = this.users && { ...this.users.login('healing'), REDIS_USERS: this.users.path };
    // As in the container: a session of its own.
    return new Running(this.lab.machine, ['setsid', 'sh', join(SCRIPTS, name), ...args], { ...this.lab.env(), ...this.env(), ...users, ...env });
  }

  /** As whom the test asks it. */
  protected get credentials(): string | readonly string[] | undefined {
    return this.users?.tester ?? this.lab.options.password;
  }

  public async says(text: string): Promise<void> {
    await until(() => this.output.includes(text), () => `${this.name} never said "${text}", but:\n${this.output}`);
  }
}

function ports(port: number, tls?: string): Record<string, string | number> {
  if (!tls) return { port };
  return {
    'port': 0, 'tls-port': port, 'tls-cert-file': `${tls}/tls.crt`, 'tls-key-file': `${tls}/tls.key`, 'tls-ca-cert-file': `${tls}/ca.crt`, 'tls-auth-clients': 'yes',
    'tls-replication': 'yes',
  };
}

export class Node extends Member {
  public readonly kind = 'replication';

  public get users(): LabUsers | undefined {
    return this.lab.users?.nodes;
  }

  /** What its script starts. */
  public server = 'redis-server';

  /** Until it ends, its readiness is asked for again and again, as the kubelet does. */
  public start(env: Record<string, string> = {}): void {
    super.start(env);
    void this.probe();
  }

  public ready(): Promise<Outcome> {
    return this.script('replication-ready.sh').ended();
  }

  /** What redis-cli would print. */
  public ask(...command: string[]): Promise<string> {
    return ask(this.socket, this.credentials, command, 3000);
  }

  public async info(section = 'replication'): Promise<Facts> {
    const lines = (await this.ask('INFO', section)).split('\r\n').filter((line) => line.includes(':'));
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  }

  public async role(): Promise<string | undefined> {
    return (await this.info()).role;
  }

  public async get(directive: string): Promise<string> {
    return (await this.ask('CONFIG', 'GET', directive)).split('\n')[1];
  }

  public remembered(): string {
    return existsSync(join(this.data, 'master')) ? readFileSync(join(this.data, 'master'), 'utf8').trim() : '';
  }

  protected command(): string[] {
    const conf = join(directory(), 'redis.conf');
    const { port, downAfter, options: { kept, withoutSentinels, tls } } = this.lab;
    writeFileSync(conf, Object.entries({
      'bind': this.host, ...ports(port, tls), 'unixsocket': this.socket, 'dir': this.data, 'protected-mode': 'no', 'replica-ignore-disk-write-errors': 'yes',
      'repl-diskless-sync-delay': 0, 'repl-timeout': 30, 'save': '""', 'appendonly': 'yes',
      ...(!withoutSentinels && { 'min-replicas-to-write': 1, 'min-replicas-max-lag': Math.ceil(downAfter / 1000) }), ...kept,
    }).map(([name, value]) => `${name} ${value}\n`).join(''));
    return ['replication-start.sh', this.server, conf];
  }

  protected env(): Record<string, string> {
    return {
      REPLICATION_HOST: this.host, REPLICATION_DATA: this.data, REPLICATION_PATIENCE: `${this.lab.options.patience ?? 3}`, REDIS_PORT: `${this.lab.port}`, ...this.local(),
    };
  }

  private async probe(): Promise<void> {
    while (this.alive && !this.lab.over) {
      await this.ready();
      await pause(1000);
    }
  }
}

export class Sentinel extends Member {
  public readonly kind = 'sentinel';

  public get users(): LabUsers | undefined {
    return this.lab.users?.sentinels;
  }

  /** What it knows of the master, or nothing where it does not answer. */
  public async view(): Promise<Facts> {
    const words = (await this.ask('SENTINEL', 'MASTER', NAME)).split('\n');
    return Object.fromEntries(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])));
  }

  public async ask(...command: string[]): Promise<string> {
    const { tls } = this.lab.options;
    const [password, user] = [this.credentials ?? []].flat().reverse();
    const at = tls ? ['-s', this.socket] : ['-h', this.host, '-p', `${this.lab.sentinelPort}`];
    const cli = ['redis-cli', '--no-auth-warning', ...at, ...(user ? ['--user', user] : [])];
    return (await new Running(this.lab.machine, [...cli, ...command], password ? { REDISCLI_AUTH: password } : {}).ended()).text;
  }

  public ready(): Promise<Outcome> {
    return this.script('sentinel-ready.sh').ended();
  }

  protected command(): string[] {
    return ['sentinel-start.sh', 'redis-server'];
  }

  protected env(): Record<string, string> {
    return {
      REPLICATION_HOST: this.host, SENTINEL_DATA: this.data, SENTINEL_BIND: this.host, SENTINEL_QUORUM: '2', SENTINEL_AUTH_CLIENTS: 'yes', ...this.local(),
      SENTINEL_DOWN_AFTER: `${this.lab.downAfter}`, SENTINEL_FAILOVER_TIMEOUT: '5000', REDIS_PORT: `${this.lab.sentinelPort}`,
    };
  }
}
