import { existsSync, readdirSync, readFileSync, statSync } from 'fs';
import { dirname, join } from 'path';
import { clean, Client, describeShells, directory, file, Machine, Mount, reap, Running, script, Server, until } from './processes';
import { freePort } from './servers';
import { Acl } from '../../src/node/acl';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

const ADDRESS = 'unix://internal-exporter@/redis-socket/redis.sock';

const NASTY = ['plain', ' with blanks ', '"quoted"', 'it\'s', 'a\\b', 'ends with \\', '\\"', '\\n', '\\u0041', '%s$HOME`id`', '{}', 'é日本語🔑', '"\\'.repeat(500)];

/** The password that the exporter finds, as it reads its file. */
function found(login: string): string | undefined {
  return existsSync(login) ? JSON.parse(readFileSync(login, 'utf8'))[ADDRESS] : undefined;
}

describeShells('exporter-login.sh', (machine) => {
  const write = (login: string, password: string) => (
    script(machine, 'exporter-login.sh', [], { EXPORTER_LOGIN: login, EXPORTER_ADDRESS: ADDRESS, EXPORTER_PASSWORD_FILE: file(password) }).ended());

  test('any text is a password, and nobody else may read it', async () => {
    const login = join(directory(), 'passwords.json');
    for (const password of NASTY) {
      expect(await write(login, password)).toEqual({ code: 0, text: '' });
      expect([JSON.parse(readFileSync(login, 'utf8')), statSync(login).mode.toString(8)]).toEqual([{ [ADDRESS]: password }, '100600']);
    }
    expect(readdirSync(dirname(login))).toEqual(['passwords.json']);
  });

  test('without a usable password the exporter starts all the same, and keeps one that it has', async () => {
    const login = join(directory(), 'passwords.json');
    expect(await write(login, '')).toEqual({ code: 0, text: expect.stringMatching(/^the password in \S+ is empty$/) });
    expect(readFileSync(login, 'utf8')).toBe('{}\n');
    await write(login, 'good');
    expect(await write(login, 'a\nb')).toEqual({ code: 0, text: expect.stringMatching(/has a line break or control character in it$/) });
    expect(found(login)).toBe('good');
  });

  test('a changed password reaches the exporter when the server has it', async () => {
    const secret = new Mount({ password: 'one' });
    const server = await Server.start(machine, '--requirepass', 'one');
    const login = join(directory(), 'passwords.json');
    const loop = script(machine, 'reload-config.sh', [], {
      REDIS_PORT: `${server.port}`, REDIS_CONF: file('', 'redis.conf'), REDIS_PASSWORD_FILE: secret.file('password'), RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20',
      TMPDIR: directory(), EXPORTER_LOGIN: login, EXPORTER_ADDRESS: ADDRESS, EXPORTER_PASSWORD_FILE: secret.file('password'),
    });
    await until(() => found(login) === 'one', () => loop.output);
    for (const password of ['two', '"3"']) {
      secret.change({ password });
      await until(() => found(login) === password, () => loop.output);
      expect(server.ask(found(login)!, 'PING')).toBe('PONG');
    }
    secret.change({ password: '' });
    await until(() => loop.output.includes('is empty'), () => loop.output);
    expect(found(login)).toBe('"3"');
    expect(loop.output).not.toMatch(/two|"3"/);
  });

  test('a Redis with users starts without the password of the exporter, which comes in when it is there', async () => {
    const pod = new Pod(machine, await freePort());
    await until(() => pod.asks('internal-config') === 'PONG', () => pod.server.output);
    expect(pod.server.output).toContain('user internal-exporter: left out until its Secret has its password');
    const loop = pod.watch();
    await until(() => /^user internal-exporter: cannot read the password file/m.test(loop.output), () => loop.output);
    pod.change({ exporter: 'password of exporter' });
    await until(() => loop.output.includes('user internal-exporter: added') && found(pod.login) === 'password of exporter', () => loop.output);
    expect(pod.asks('internal-exporter', 'INFO')).toContain('redis_version');
    expect(pod.asks('internal-exporter', 'SLOWLOG', 'LEN')).toMatch(/^\d+$/);
    for (const command of [['GET', 'a'], ['CONFIG', 'GET', '*'], ['SCAN', '0'], ['SELECT', '1']]) expect(pod.asks('internal-exporter', ...command)).toMatch(/^NOPERM/);
  });
});

/** A Redis with the users of the library alone. */
class Pod {
  public readonly login = join(directory(), 'passwords.json');
  public readonly server: Running;

  private readonly mount: Mount;
  private passwords: { [user: string]: string } = Object.fromEntries(['config', 'console', 'probe'].map((user) => [user, `password of ${user}`]));

  constructor(private readonly machine: Machine, private readonly port: number) {
    this.mount = new Mount(this.files());
    this.server = script(machine, 'start.sh', ['redis-server', file('', 'redis.conf'), '--port', `${port}`], { REDIS_USERS: this.mount.path });
  }

  public watch(): Running {
    const password = (user: string) => this.mount.file(`passwords/internal-${user}`);
    return script(this.machine, 'reload-config.sh', [], {
      REDIS_PORT: `${this.port}`, REDIS_CONF: file('', 'redis.conf'), RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20', TMPDIR: directory(),
      REDIS_USERS: this.mount.path, REDIS_USER: 'internal-config', REDIS_PASSWORD_FILE: password('config'),
      EXPORTER_LOGIN: this.login, EXPORTER_ADDRESS: ADDRESS, EXPORTER_PASSWORD_FILE: password('exporter'),
    });
  }

  public change(passwords: { [user: string]: string }): void {
    this.passwords = { ...this.passwords, ...passwords };
    this.mount.change(this.files());
  }

  public asks(user: string, ...command: string[]): string {
    return new Client(this.machine, this.port).askAs(user, this.passwords[user.replace('internal-', '')], ...(command.length > 0 ? command : ['PING']));
  }

  private files(): Record<string, string> {
    return {
      rules: new Acl({ name: 'redis', kind: 'standalone', version: '8.0.2', metrics: true }, 'internal', []).files.rules,
      ...Object.fromEntries(Object.entries(this.passwords).map(([user, password]) => [`passwords/internal-${user}`, password])),
    };
  }
}
