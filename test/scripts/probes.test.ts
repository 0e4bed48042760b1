import { rmSync } from 'fs';
import { AddressInfo, connect, createServer, Server as TcpServer, Socket } from 'net';
import { clean, describeRedis, directory, file, reap, Running, script, Server, until } from './processes';
import { freePort } from './servers';

jest.setTimeout(180_000);

const open: (Socket | TcpServer)[] = [];

afterEach(async () => {
  open.splice(0).forEach((end) => (end instanceof Socket ? end.destroy() : end.close()));
  await reap();
});
afterAll(clean);

describeRedis('the probes', (shells) => {
  const machine = shells[0];

  /** Runs a probe under every shell: all end with the same code and print what fits. */
  async function expectProbe(name: string, code: number, text: RegExp, port: number, env: Record<string, string>): Promise<void> {
    const runs = shells.map((shell) => script(shell, name, [], { REDIS_PORT: `${port}`, REDIS_TIMEOUT: '20', ...env }));
    const outcomes = await Promise.all(runs.map((run) => run.ended()));
    expect(outcomes).toEqual(shells.map(() => ({ code, text: expect.stringMatching(text) })));
  }

  async function expectAliveAndReady(port: number, env: Record<string, string> = {}): Promise<void> {
    await expectProbe('alive.sh', 0, /^$/, port, env);
    await expectProbe('ready.sh', 0, /^$/, port, env);
  }

  async function expectAliveButNotReady(port: number, why: RegExp, env: Record<string, string> = {}): Promise<void> {
    await expectProbe('alive.sh', 0, /^$/, port, env);
    await expectProbe('ready.sh', 1, why, port, env);
  }

  async function expectDead(port: number, why: RegExp, env: Record<string, string> = {}): Promise<void> {
    await expectProbe('alive.sh', 1, why, port, env);
    await expectProbe('ready.sh', 1, why, port, env);
  }

  test('a server that runs is alive and ready', async () => {
    const server = await Server.start(machine);
    await expectAliveAndReady(server.port);
  });

  test('a server with a password is alive and ready, whatever is in the password', async () => {
    const password = ' a"b\\ $HOME #\'é';
    const server = await Server.start(machine, '--requirepass', password);
    await expectAliveAndReady(server.port, { REDIS_PASSWORD_FILE: file(`${password}\n`) });
  });

  test('a server without the password of the Secret is alive and ready', async () => {
    const server = await Server.start(machine);
    await expectAliveAndReady(server.port, { REDIS_PASSWORD_FILE: file('secret') });
  });

  test('a server with another password than the Secret is alive and ready, so that a rotation is no outage', async () => {
    const server = await Server.start(machine, '--requirepass', 'old');
    await expectAliveAndReady(server.port, { REDIS_PASSWORD_FILE: file('new') });
  });

  test('a server with a password that the probe does not have is alive and ready', async () => {
    const server = await Server.start(machine, '--requirepass', 'old');
    await expectAliveAndReady(server.port);
    await expectAliveAndReady(server.port, { REDIS_PASSWORD_FILE: file('') });
    await expectAliveAndReady(server.port, { REDIS_PASSWORD_FILE: '/nowhere' });
  });

  test('a server that loads its data is alive and not ready', async () => {
    const data = directory();
    const before = await Server.start(machine, '--dir', data, '--enable-debug-command', 'yes');
    before.ask('', 'DEBUG', 'POPULATE', '50000');
    expect(before.ask('', 'SAVE')).toBe('OK');
    await before.process.stop();
    const server = await Server.start(machine, '--dir', data, '--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024');
    await expectAliveButNotReady(server.port, /^LOADING /);
    await expectAliveButNotReady(server.port, /LOADING /, { REDIS_PASSWORD_FILE: file('secret') });
  });

  test('a server that says that a script keeps it busy is alive and not ready', async () => {
    const server = await Server.start(machine, '--busy-reply-threshold', '100');
    new Running(machine, ['redis-cli', '-p', `${server.port}`, 'EVAL', 'while true do end', '0']);
    await until(() => server.ask('', 'PING').startsWith('BUSY'));
    await expectAliveButNotReady(server.port, /^BUSY /);
  });

  test('a server that a script keeps from answering is not alive', async () => {
    const server = await Server.start(machine, '--busy-reply-threshold', '600000');
    const client = new Running(machine, ['redis-cli', '-p', `${server.port}`, 'EVAL', 'while true do end', '0']);
    await until(async () => (await script(machine, 'alive.sh', [], { REDIS_PORT: `${server.port}`, REDIS_TIMEOUT: '1' }).ended()).code === 1);
    await expectDead(server.port, /^no answer within 1 seconds$/, { REDIS_TIMEOUT: '1' });
    expect(client.code).toBeUndefined();
  });

  test('a server that hangs is not alive', async () => {
    const server = await Server.start(machine);
    server.process.signal('SIGSTOP');
    await expectDead(server.port, /^no answer within 1 seconds$/, { REDIS_TIMEOUT: '1' });
    await expectDead(server.port, /^no answer within 1 seconds$/, { REDIS_TIMEOUT: '1', REDIS_PASSWORD_FILE: file('secret') });
  });

  test('a server that is not there is not alive', async () => {
    const port = await freePort();
    await expectDead(port, /^Could not connect to Redis at 127\.0\.0\.1:\d+: Connection refused$/);
    await expectDead(port, /^Could not connect to Redis at 127\.0\.0\.1:\d+: Connection refused$/, { REDIS_PASSWORD_FILE: file('secret') });
  });

  test('who hangs up without a word is not alive', async () => {
    const rude = createServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => undefined));
    open.push(rude);
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as AddressInfo;
    await expectDead(port, /closed|reset/);
    await expectDead(port, /closed|reset/, { REDIS_PASSWORD_FILE: file('secret') });
  });

  test('a server that cannot save is alive and ready, because it serves reads', async () => {
    const data = directory();
    const server = await Server.start(machine, '--dir', data, '--save', '3600', '1');
    rmSync(data, { recursive: true });
    server.ask('', 'SET', 'key', 'value');
    server.ask('', 'BGSAVE');
    await until(() => server.ask('', 'PING').startsWith('MISCONF'));
    await expectAliveAndReady(server.port);
  });

  test('a server with too many clients is alive and not ready', async () => {
    const server = await Server.start(machine, '--maxclients', '1', '--timeout', '0');
    const client = connect(server.port, '127.0.0.1').on('error', () => undefined);
    open.push(client);
    await until(() => server.ask('', 'PING').includes('max number of clients'));
    await expectAliveButNotReady(server.port, /max number of clients reached/);
    await expectAliveButNotReady(server.port, /max number of clients reached/, { REDIS_PASSWORD_FILE: file('secret') });
  });

  test('a replica that must not serve stale data is alive and not ready while its master is away', async () => {
    const server = await Server.start(machine, '--replicaof', '127.0.0.1', `${await freePort()}`, '--replica-serve-stale-data', 'no');
    await expectAliveButNotReady(server.port, /^MASTERDOWN /);
  });

  test('a default user that may not even ask is alive and not ready', async () => {
    const server = await Server.start(machine, '--user', 'default', 'on', 'nopass', '~*', '+@all', '-ping');
    await expectAliveButNotReady(server.port, /^NOPERM /);
  });
});
