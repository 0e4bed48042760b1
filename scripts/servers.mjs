// The real servers that the tables in assets/ are learned from.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Every redis-server on PATH, the oldest first. */
export function servers() {
  const found = new Map();
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const binary = join(directory, 'redis-server');
    if (!directory || !existsSync(binary)) continue;
    const version = /v=(\d+\.\d+\.\d+)/.exec(spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
    if (version && !found.has(version)) found.set(version, { version, binary, cli: join(directory, 'redis-cli') });
  }
  return [...found.values()].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/** What is learned from one that runs: `learn` gets `ask`, which is redis-cli, and where the server is. */
export async function serve({ binary, cli }, learn) {
  const directory = mkdtempSync(join(tmpdir(), 'redis-tables-'));
  const socket = join(directory, 'socket');
  const server = spawn(binary, ['--port', '0', '--unixsocket', socket, '--dir', directory], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const ask = (...words) => spawnSync(cli, ['-s', socket, ...words], { encoding: 'utf8', maxBuffer: 2 ** 26 }).stdout.trim();
  try {
    await answering(ask);
    return learn({ ask, directory });
  } finally {
    server.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  }
}

async function answering(ask) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (ask('PING') === 'PONG') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('redis-server does not answer');
}
