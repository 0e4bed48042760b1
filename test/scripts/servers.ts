import { ChildProcess, spawn, spawnSync } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { createServer } from 'net';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { onPath } from '../tools';

export interface RedisServer {
  readonly version: string;
  readonly bin: string;
}

export interface RunningRedis {
  readonly port: number;
  cli(...args: string[]): string;
  stop(): Promise<void>;
}

// A wrong value can make Redis allocate all memory of the host before it says a word.
const LIMITED = ['-c', 'ulimit -v 8000000 && exec "$0" "$@"'];
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Every redis-server on PATH, the oldest first. */
export function redisServers(): RedisServer[] {
  const found = new Map<string, string>();
  for (const bin of onPath('redis-server')) {
    const version = /v=(\d+\.\d+\.\d+)/.exec(spawnSync(bin, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
    if (version && !found.has(version)) found.set(version, bin);
  }
  return [...found].map(([version, bin]) => ({ version, bin })).sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/** Starts a server on a free port of the loopback with a directory of its own, and waits until it answers. */
export async function start(server: RedisServer, lines: readonly string[]): Promise<RunningRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const conf = [...lines, 'bind 127.0.0.1', `port ${port}`, `dir ${directory}`].join('\n');
  const child = spawn('sh', [...LIMITED, server.bin, '-'], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  child.stdin.end(conf);
  const cli = (...args: string[]) => spawnSync(join(dirname(server.bin), 'redis-cli'), ['-p', String(port), ...args], { encoding: 'utf8' }).stdout.trim();
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    running.delete(child);
    rmSync(directory, { recursive: true });
  };
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    if (cli('PING') === 'PONG') return { port, cli, stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`Redis ${server.version} did not start:\n${output}`);
}

/** What Redis says against the lines, if anything: with no port at all it goes through its whole start and then ends. */
export function refusal({ bin }: RedisServer, lines: readonly string[]): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'redis-'));
  try {
    const { stdout, stderr } = spawnSync('sh', [...LIMITED, bin, '-'], {
      cwd: directory,
      encoding: 'utf8',
      input: ['port 0', ...lines, 'loglevel notice'].join('\n'),
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    return stdout.includes('Configured to not listen anywhere') ? undefined : (stdout + stderr).trim() || 'no answer';
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A thousand ports for each worker of Jest, below those that the kernel gives to clients; the bus of a cluster listens 10000 above. */
const FIRST_PORT = 10_000 + (Number(process.env.JEST_WORKER_ID ?? 0) % 10) * 1000;
let ports = 0;

/** A port that nobody listens on, and that no other test gets. */
export async function freePort(): Promise<number> {
  const port = FIRST_PORT + ports++ % 1000;
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => probe.once('error', () => resolve(false)).listen(port, () => resolve(true)));
  if (!free) return freePort();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
