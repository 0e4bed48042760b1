import { ChildProcess, execFileSync, spawn, spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { delimiter, dirname, join } from 'path';
import { freePort, redisServers } from './servers';
import { onPath } from '../tools';

export const SCRIPTS = join(__dirname, '../../assets/scripts');

/** How long a test waits for something that happens at once on an idle machine. */
const PATIENCE = 180_000;

export interface Machine {
  readonly version: string;
  readonly shell: string;
  /** Has `sh` and the tools of one kind of image in front, then one version of Redis. */
  readonly path: string;
}

export interface Outcome {
  readonly code: number | null;
  readonly text: string;
}

const SHELLS = ['dash', 'bash', 'busybox'];

const scratch = mkdtempSync(join(tmpdir(), 'scripts-'));
const processes: ChildProcess[] = [];
let directories = 0;

/** Every Redis on PATH under every shell of this machine. With busybox come its own tools, as in the Alpine image. */
function machines(): Machine[] {
  const shells = [['dash', 'dash', ['sh']], ['bash', 'bash', ['sh']],
    ['busybox', 'busybox', ['sh', 'awk', 'cat', 'cksum', 'cut', 'date', 'dirname', 'find', 'grep', 'head', 'mktemp', 'mv', 'rm', 'sed', 'sleep', 'sort', 'timeout', 'tr', 'wc']]] as const;
  const applets = onPath('busybox').length > 0 ? execFileSync('busybox', ['--list']).toString().split('\n') : [];
  return shells.filter(([, program]) => onPath(program).length > 0).flatMap(([shell, program, names]) => {
    const bin = directory();
    names.filter((name) => name === 'sh' || applets.includes(name)).forEach((name) => symlinkSync(onPath(program)[0], join(bin, name)));
    return redisServers().map(({ version, bin: redis }) => ({ version, shell, path: [bin, dirname(redis), process.env.PATH].join(delimiter) }));
  });
}

/** Tests against every Redis of this machine; skipped where there is none. The body gets that Redis under every shell. */
export function describeRedis(name: string, body: (machines: Machine[]) => void, versions = redisServers().map(({ version }) => version)): void {
  const all = machines();
  tellMissing(name, SHELLS);
  for (const version of versions) describe(`${name} (Redis ${version})`, () => body(all.filter((machine) => machine.version === version)));
}

/** The same with the newest Redis only: where the scripts are what is tested, and other tests go through all versions. */
export function describeNewestRedis(name: string, body: (machines: Machine[]) => void): void {
  describeRedis(name, body, redisServers().map(({ version }) => version).slice(-1));
}

/**
 * The same under every one of some shells, while the versions of Redis take turns, so that each shell and each version has its run: what a script does may
 * depend on either, and hardly ever on both together. The last shell, that of the Alpine image, gets the newest Redis.
 */
export function describeShells(name: string, body: (machine: Machine) => void, shells: readonly string[] = SHELLS): void {
  const all = machines().filter(({ shell }) => shells.includes(shell));
  tellMissing(name, shells);
  for (const machine of turns(all)) describe(`${name} under ${machine.shell} (Redis ${machine.version})`, () => body(machine));
}

/** As few machines as have every shell and every version. */
function turns(all: readonly Machine[]): Machine[] {
  const [shells, versions] = [(machine: Machine) => machine.shell, (machine: Machine) => machine.version].map((of) => [...new Set(all.map(of))].reverse());
  const pairs = Array.from({ length: Math.max(shells.length, versions.length) }, (_, at) => [shells[at % shells.length], versions[at % versions.length]]);
  return pairs.reverse().map(([shell, version]) => all.find((machine) => machine.shell === shell && machine.version === version)!);
}

/** What this machine lacks is told at the end of the run. */
function tellMissing(name: string, shells: readonly string[]): void {
  for (const missing of ['redis-server', ...shells].filter((program) => onPath(program).length === 0)) {
    describe.skip(`needs ${missing}: ${name}`, () => test('with it', () => undefined));
  }
}

export function directory(): string {
  const path = join(scratch, `${++directories}`);
  mkdirSync(path);
  return path;
}

export function file(content: string | Buffer, name = 'file'): string {
  const path = join(directory(), name);
  writeFileSync(path, content);
  return path;
}

/** A process that is ended with the test, however that ends. */
export class Running {
  public output = '';
  public code: number | null | undefined;

  private readonly child: ChildProcess;

  constructor(machine: Machine, command: string[], env: Record<string, string> = {}) {
    // A Redis without a directory saves where it was started: never where another one would find it. Nor do containers share a /tmp.
    const own = directory();
    this.child = spawn(command[0], command.slice(1), {
      cwd: own, env: { PATH: machine.path, LC_ALL: 'C.UTF-8', TMPDIR: own, ...env }, stdio: ['pipe', 'pipe', 'pipe'],
    });
    processes.push(this.child);
    this.child.stdin?.on('error', () => undefined).end();
    this.child.stdout?.on('data', (text) => { this.output += text; });
    this.child.stderr?.on('data', (text) => { this.output += text; });
    this.child.on('error', (error) => { this.output += error; });
    this.child.on('close', (code) => { this.code = code; });
  }

  public get pid(): number {
    return this.child.pid ?? 0;
  }

  public get lines(): string[] {
    return this.output.split('\n').filter((line) => line !== '');
  }

  public signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  public async ended(): Promise<Outcome> {
    await until(() => this.code !== undefined, () => `still running: ${this.output}`);
    return { code: this.code ?? null, text: this.output.trim() };
  }

  public async stop(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await this.ended();
  }
}

/** Runs a script as the container does. */
export function script(machine: Machine, name: string, args: string[] = [], env: Record<string, string> = {}): Running {
  return new Running(machine, ['sh', join(SCRIPTS, name), ...args], env);
}

/** Asks a Redis as `redis-cli` does. */
export class Client {
  constructor(private readonly machine: Machine, public readonly port: number) {}

  /** What redis-cli prints, with no blanks around it. */
  public ask(password: string, ...command: string[]): string {
    return this.askAs('default', password, ...command);
  }

  /** The same as another user. */
  public askAs(user: string, password: string, ...command: string[]): string {
    return spawnSync('redis-cli', ['--no-auth-warning', '--user', user, '-p', `${this.port}`, ...command],
      { env: { PATH: this.machine.path, ...(password ? { REDISCLI_AUTH: password } : {}) }, timeout: 10_000 }).stdout.toString().trim();
  }

  /** The value of a directive. */
  public get(name: string, password = ''): string {
    return this.ask(password, 'CONFIG', 'GET', name).split('\n').slice(1).join('\n');
  }
}

/** A Redis with a port and a directory of its own. */
export class Server {
  public static async start(machine: Machine, ...options: string[]): Promise<Server> {
    const server = new Server(machine, await freePort(), options);
    await server.answering();
    return server;
  }

  public process: Running;

  private readonly client: Client;

  constructor(private readonly machine: Machine, public readonly port: number, private readonly options: string[]) {
    this.client = new Client(machine, port);
    this.process = this.run();
  }

  public async answering(): Promise<void> {
    await until(() => /^(PONG|[A-Z]+ )/.test(this.ask('', 'PING')), () => this.process.output);
  }

  public async restart(): Promise<void> {
    await this.process.stop();
    this.process = this.run();
    await this.answering();
  }

  public ask(password: string, ...command: string[]): string {
    return this.client.ask(password, ...command);
  }

  public get(name: string, password = ''): string {
    return this.client.get(name, password);
  }

  private run(): Running {
    const conf = this.options[0]?.startsWith('/') ? [this.options[0]] : [];
    return new Running(this.machine, ['redis-server', ...conf, '--port', `${this.port}`, '--dir', directory(), ...this.options.slice(conf.length)]);
  }
}

/** A directory as the kubelet makes it: its files are links into `..data`, a link that is swapped at each change. */
export class Mount {
  public readonly path = directory();

  private generation = 0;

  constructor(files: Record<string, string>) {
    this.change(files);
    new Set(Object.keys(files).map((name) => name.split('/')[0])).forEach((name) => symlinkSync(join('..data', name), join(this.path, name)));
  }

  public change(files: Record<string, string>): void {
    const next = `..${++this.generation}`;
    mkdirSync(join(this.path, next));
    Object.entries(files).forEach(([name, content]) => {
      mkdirSync(dirname(join(this.path, next, name)), { recursive: true });
      writeFileSync(join(this.path, next, name), content);
    });
    symlinkSync(next, join(this.path, '..data_tmp'));
    renameSync(join(this.path, '..data_tmp'), join(this.path, '..data'));
    if (this.generation > 1) rmSync(join(this.path, `..${this.generation - 1}`), { recursive: true });
  }

  public file(name: string): string {
    return join(this.path, name);
  }
}

export async function until(condition: () => boolean | Promise<boolean>, why: () => string = () => 'it never happened', every = 50): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(why());
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** Arguments of a living process. */
export function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`).toString().split('\0').join(' ');
}

/** For `afterEach`: nothing that a test started outlives it. */
export async function reap(): Promise<void> {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
    child.kill('SIGCONT');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

/** For `afterAll`. */
export function clean(): void {
  rmSync(scratch, { recursive: true, force: true });
}
