import { execFileSync, spawnSync } from 'child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { directory, Machine, Running } from '../scripts/processes';

const PAGE = readFileSync(join(__dirname, '../../docs/clients.md'), 'utf8');

/** Where `.ci/clients/run` puts the clients. */
const CLIENTS = process.env.CLIENTS ?? '';

/** As root, and as anybody else where the machine lets everybody have namespaces. */
const UNSHARE = [['unshare', '--mount'], ['unshare', '--map-root-user', '--mount']].find(([unshare, ...args]) => spawnSync(unshare, [...args, 'true']).status === 0);

export interface Language {
  /** What the file of a program is called. */
  readonly file: string;
  /** The version of the client that is installed. */
  version(): string;
  /** What runs the program in a directory of its own. */
  command(home: string): string[];
}

const node = (name: string): Language => ({
  version: () => JSON.parse(readFileSync(join(CLIENTS, 'node/node_modules', name, 'package.json'), 'utf8')).version,
  file: 'main.mjs',
  command: (home) => {
    symlinkSync(join(CLIENTS, 'node/node_modules'), join(home, 'node_modules'));
    return [process.execPath, join(home, 'main.mjs')];
  },
});

const python: Language = {
  version: () => execFileSync(join(CLIENTS, 'python/bin/python'), ['-c', 'import redis; print(redis.__version__)']).toString().trim(),
  file: 'main.py',
  command: (home) => [join(CLIENTS, 'python/bin/python'), join(home, 'main.py')],
};

const go: Language = {
  version: () => /go-redis\/v9 v([\d.]+)/.exec(readFileSync(join(CLIENTS, 'go/go.mod'), 'utf8'))![1],
  file: 'main.go',
  command: (home) => {
    const program = join(home, 'program');
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
    execFileSync(process.env.GO ?? 'go', ['build', '-o', program, join(home, 'main.go')], { cwd: join(CLIENTS, 'go'), env, stdio: 'pipe' });
    return [program];
  },
};

const java: Language = {
  version: () => /jedis-([\d.]+)\.jar/.exec(execFileSync('ls', [join(CLIENTS, 'java')]).toString())![1],
  file: 'Main.java',
  command: (home) => ['java', '-cp', join(CLIENTS, 'java/*'), join(home, 'Main.java')],
};

export const LANGUAGES: { [client: string]: Language } = { 'ioredis': node('ioredis'), 'node-redis': node('redis'), 'redis-py': python, 'go-redis': go, 'Jedis': java };

/** The version that the page says was tested. */
export function versionOnPage(client: string): string {
  return new RegExp(`^\\| \\[${client}\\]\\(.*?\\) \\| ([\\d.]+) \\|`, 'm').exec(PAGE)![1];
}

/** A program of the page, as it stands there. */
export class Snippet {
  private readonly command: string[];

  constructor(client: string, kind: string) {
    const name = `${client.toLowerCase()}-${kind}`;
    const [, text] = new RegExp(`^\`\`\`[a-z]+ ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)!;
    const home = directory();
    const language = LANGUAGES[client];
    writeFileSync(join(home, language.file), text);
    this.command = language.command(home);
  }

  /** Runs it with these variables, and with names that only it knows. */
  public run(machine: Machine, variables: Record<string, string>, hosts: string): Running {
    // The machine's own names are not touched: what is mounted is seen by the program alone.
    const [unshare, ...args] = UNSHARE!;
    return new Running(machine, [unshare, ...args, 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts, ...this.command], variables);
  }
}
