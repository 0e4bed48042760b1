import { cpSync, existsSync, readdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { clean, commandLine, describeShells, directory, file, Machine, Mount, reap, Running, script, SCRIPTS, Server, until } from './processes';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

/** A pod: a Redis, its ConfigMap and Secret, and the loop beside it. */
class Pod {
  public static async start(machine: Machine, conf: string, password?: string): Promise<Pod> {
    const pod = new Pod(machine, conf, password);
    pod.server = await Server.start(machine, pod.config.file('redis.conf'), ...(password ? ['--requirepass', password] : []));
    await pod.watch();
    return pod;
  }

  public server!: Server;
  public loop!: Running;
  public readonly config: Mount;
  public readonly secret: Mount;
  public readonly memory = directory();

  private constructor(private readonly machine: Machine, conf: string, private readonly password?: string) {
    this.config = new Mount({ 'redis.conf': conf });
    this.secret = new Mount({ password: password ?? '' });
  }

  /** Starts the loop, as the kubelet does also after it ended, and waits until it has looked once. */
  public async watch(): Promise<void> {
    this.loop = this.run();
    await until(() => existsSync(join(this.memory, 'redis.conf.applied')), () => this.loop.output);
  }

  public run(): Running {
    return script(this.machine, 'reload-config.sh', [], {
      REDIS_PORT: `${this.server.port}`, REDIS_CONF: this.config.file('redis.conf'), RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20', TMPDIR: this.memory,
      REDIS_MEMORY_LIMIT: `${1024 ** 3}`, PASSWORD_OVERLAP: '5', ...(this.password ? { REDIS_PASSWORD_FILE: this.secret.file('password') } : {}),
    });
  }

  public change(conf: string): void {
    this.config.change({ 'redis.conf': conf });
  }

  public rotate(password: string): void {
    this.secret.change({ password });
  }

  /** Waits for as many lines as expected: these and no others, in this order. */
  public async prints(...lines: (string | RegExp)[]): Promise<void> {
    await until(() => this.loop.lines.length >= lines.length, () => `only: ${this.loop.output}`);
    expect(this.loop.lines).toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  }
}

describeShells('reload-config.sh', (machine) => {
  test('a live change reaches Redis and is told in one line', async () => {
    const pod = await Pod.start(machine, 'maxmemory-policy noeviction\n');
    pod.change('maxmemory-policy allkeys-lru\n');
    await pod.prints('maxmemory-policy: noeviction -> allkeys-lru');
    expect(pod.server.get('maxmemory-policy')).toBe('allkeys-lru');
  });

  test('several changes are told in a line each, and what stays in none', async () => {
    const pod = await Pod.start(machine, 'hz 10\nmaxmemory 100mb\nsave 3600 1\nsave 300 100\nmaxmemory-policy noeviction\n');
    pod.change('# a comment\n\n  HZ   20  \nmaxmemory 104857600\nsave ""\nmaxmemory-policy "volatile-lru"\n');
    const lines = ['hz: 10 -> 20', 'save: 3600 1 300 100 -> ""', 'maxmemory-policy: noeviction -> volatile-lru'];
    await pod.prints(...lines);
    pod.change('hz 20\nmaxmemory 100mb\nsave 60 5\nsave 30 10\nmaxmemory-policy volatile-lru');
    await pod.prints(...lines, 'save: "" -> 60 5 30 10');
  });

  test('values reach Redis as redis.conf means them', async () => {
    const pod = await Pod.start(machine, 'hz 10\n');
    pod.change([
      'client-output-buffer-limit normal 0 0 0', 'client-output-buffer-limit "replica" 512mb 64mb 60', 'notify-keyspace-events "KEA"',
      'proc-title-template "{title} a\\"b {listen-addr}"', 'masterauth a\\b', 'hz 11',
    ].join('\n'));
    await until(() => pod.server.get('hz') === '11');
    expect(pod.server.get('client-output-buffer-limit')).toBe('normal 0 0 0 slave 536870912 67108864 60 pubsub 33554432 8388608 60');
    expect(pod.server.get('proc-title-template')).toBe('{title} a"b {listen-addr}');
    expect(pod.server.get('masterauth')).toBe('a\\b');
    await until(() => pod.loop.lines.length >= 5);
    expect(pod.loop.lines).toContain('masterauth: changed');
  });

  test('a directive that needs a restart is told when it changed, and never else', async () => {
    const pod = await Pod.start(machine, 'databases 16\nio-threads 1\nhz 10\n');
    pod.change('databases 16\nio-threads 2\nhz 11\n');
    await pod.prints('io-threads: needs a restart of the pod', 'hz: 10 -> 11');
    pod.change('databases 16\nio-threads 2\nhz 12\n');
    await pod.prints('io-threads: needs a restart of the pod', 'hz: 10 -> 11', 'hz: 11 -> 12');
  });

  test('a maxmemory above the memory of the container waits for a new pod', async () => {
    const pod = await Pod.start(machine, 'maxmemory 32mb\n');
    pod.change('maxmemory 1073741825\nhz 20\n');
    await pod.prints('maxmemory: needs a restart of the pod', 'hz: 10 -> 20');
    pod.change('maxmemory 1048576kb\nhz 20\n');
    await pod.prints('maxmemory: needs a restart of the pod', 'hz: 10 -> 20', 'maxmemory: 33554432 -> 1073741824');
  });

  test('what Redis does not accept is told once, and the rest is done', async () => {
    const pod = await Pod.start(machine, 'maxmemory-policy noeviction\nhz 10\n');
    pod.change('maxmemory-policy best\nno-such-directive 1\nappendfsync "unbalanced\nhz 11\n');
    const lines = [/^maxmemory-policy: ERR CONFIG SET failed/, /^no-such-directive: ERR Unknown option/, /^appendfsync: /, 'hz: 10 -> 11'];
    await pod.prints(...lines);
    pod.change('maxmemory-policy noeviction\nhz 12\n');
    await pod.prints(...lines, /^no-such-directive: needs a restart of the pod$/, 'hz: 11 -> 12');
  });

  test('a directive that left the file goes back to its default', async () => {
    const pod = await Pod.start(machine, 'hz 50\nsave ""\ndatabases 16\nmaxmemory-policy allkeys-lru\nproc-title-template "a b"\n');
    pod.change('maxmemory-policy allkeys-lru\n');
    await pod.prints('hz: 50 -> 10', 'save: "" -> 3600 1 300 100 60 10000', 'proc-title-template: a b -> {title} {listen-addr} {server-mode}');
    expect(readdirSync(pod.memory)).not.toContain('dump.rdb');
  });

  test('an empty file is all defaults, and a missing one nothing at all', async () => {
    const pod = await Pod.start(machine, 'hz 50\n', 'old');
    pod.change('');
    await pod.prints('hz: 50 -> 10');
    pod.change('hz 20\n');
    await pod.prints('hz: 50 -> 10', 'hz: 10 -> 20');
    pod.config.change({});
    pod.rotate('new');
    await pod.prints('hz: 50 -> 10', 'hz: 10 -> 20', 'password: changed');
    pod.change('hz 21\n');
    await pod.prints('hz: 50 -> 10', 'hz: 10 -> 20', 'password: changed', 'hz: 20 -> 21');
  });

  test('what belongs to others is never set', async () => {
    const pod = await Pod.start(machine, 'hz 10\n');
    const before = ['requirepass', 'dir', 'port', 'bind'].map((name) => pod.server.get(name));
    pod.change(`requirepass x\ndir ${pod.memory}\nport 1\nbind 127.0.0.2\nuser x on\ninclude /x\nloadmodule /x\nrename-command PING ""\nhz 11\n`);
    await pod.prints('hz: 10 -> 11');
    expect(['requirepass', 'dir', 'port', 'bind'].map((name) => pod.server.get(name))).toEqual(before);
  });

  test('a server that was away gets the change when it is back, and one that read it itself is left alone', async () => {
    const pod = await Pod.start(machine, 'hz 10\nmaxmemory-policy noeviction\n');
    pod.server.process.signal('SIGSTOP');
    pod.change('hz 11\nmaxmemory-policy noeviction\n');
    pod.server.process.signal('SIGCONT');
    await pod.prints('hz: 10 -> 11');
    await pod.server.process.stop();
    pod.change('hz 12\nmaxmemory-policy noeviction\n');
    await pod.server.restart();
    expect(pod.server.get('hz')).toBe('12');
    pod.change('hz 12\nmaxmemory-policy allkeys-lru\n');
    await pod.prints('hz: 10 -> 11', 'maxmemory-policy: noeviction -> allkeys-lru');
  });

  test('a loop that starts again does what was missed in between', async () => {
    const pod = await Pod.start(machine, 'hz 50\nio-threads 1\n');
    await pod.loop.stop();
    pod.change('maxmemory-policy allkeys-lru\nio-threads 1\n');
    await pod.watch();
    await pod.prints('hz: 50 -> 10', 'maxmemory-policy: noeviction -> allkeys-lru');
    await pod.loop.stop();
    await pod.watch();
    pod.change('maxmemory-policy allkeys-lfu\nio-threads 1\n');
    await pod.prints('maxmemory-policy: allkeys-lru -> allkeys-lfu');
  });

  test('a new password reaches Redis, the former one is valid for a while, and nobody sees any', async () => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old "one"');
    const printed: string[] = [];
    for (const [password, before] of [['Aq9-new \\"$x# é', 'old "one"'], ['third', 'Aq9-new \\"$x# é']]) {
      pod.rotate(`${password}\n`);
      await until(() => pod.server.ask(password, 'PING') === 'PONG', () => pod.loop.output);
      expect(pod.server.ask(before, 'PING')).toBe('PONG');
      expect(commandLine(pod.loop.pid)).not.toContain('Aq9');
      printed.push('password: changed', 'password: the former one is no longer valid');
      await pod.prints(...printed);
      expect(pod.server.ask(before, 'PING')).toMatch(/NOAUTH/);
      expect(pod.server.ask(password, 'PING')).toBe('PONG');
      expect(pod.server.get('masterauth', password)).toBe(password);
    }
    pod.change('hz 11\n');
    await pod.prints(...printed, 'hz: 10 -> 11');
  });

  test('a loop that is started anew ends what another one began', async () => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old');
    pod.rotate('new');
    await until(() => pod.server.ask('new', 'PING') === 'PONG', () => pod.loop.output);
    await pod.loop.stop();
    expect(pod.server.ask('old', 'PING')).toBe('PONG');
    await pod.watch();
    await pod.prints('password: the former one is no longer valid');
    expect(pod.server.ask('old', 'PING')).toMatch(/NOAUTH/);
  });

  test('a server that started with the new password is left alone', async () => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old');
    pod.server.ask('old', 'CONFIG', 'SET', 'requirepass', 'new');
    pod.rotate('new');
    pod.change('hz 11\n');
    await pod.prints('hz: 10 -> 11');
  });

  test('a server whose password nobody knows is told once', async () => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old');
    await pod.loop.stop();
    pod.rotate('new');
    pod.loop = pod.run();
    await pod.prints('password: nobody knows the server\'s: restart the pod');
    pod.change('hz 11\n');
    pod.server.ask('old', 'CONFIG', 'SET', 'requirepass', 'new');
    await pod.prints('password: nobody knows the server\'s: restart the pod', 'hz: 10 -> 11');
  });

  test.each([['empty', ''], ['of two lines', 'a\nb\n']])('a password that is %s is not set', async (_, password) => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old');
    pod.rotate(password);
    await pod.prints(/^password: not changed: the password in /);
    pod.change('hz 11\n');
    await until(() => pod.server.get('hz', 'old') === '11', () => pod.loop.output);
    expect(pod.server.ask('', 'PING')).toMatch(/NOAUTH/);
  });

  test('a new version of the script takes over, and remembers the password', async () => {
    const pod = await Pod.start(machine, 'hz 10\n', 'old');
    await pod.loop.stop();
    const scripts = directory();
    cpSync(SCRIPTS, scripts, { recursive: true });
    pod.loop = new Running(machine, ['sh', join(scripts, 'reload-config.sh')], {
      REDIS_PORT: `${pod.server.port}`, REDIS_CONF: pod.config.file('redis.conf'), RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20',
      TMPDIR: pod.memory, REDIS_PASSWORD_FILE: pod.secret.file('password'),
    });
    pod.change('hz 11\n');
    await pod.prints('hz: 10 -> 11');
    // Both at once, so that only the loop knows the old one.
    pod.loop.signal('SIGSTOP');
    writeFileSync(join(scripts, 'redis.sh'), `echo 'the new version'\n. ${join(SCRIPTS, 'redis.sh')}\n`);
    pod.rotate('new');
    pod.loop.signal('SIGCONT');
    await pod.prints('hz: 10 -> 11', 'the new version', 'password: changed');
  });

  test('leaves a master alone that must not take writes yet', async () => {
    const pod = await Pod.start(machine, 'hz 10\nmin-replicas-to-write 0\n');
    expect(pod.server.ask('', 'CONFIG', 'SET', 'min-replicas-to-write', '65535')).toBe('OK');
    pod.change('hz 11\nmin-replicas-to-write 0\n');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(pod.server.ask('', 'CONFIG', 'GET', 'min-replicas-to-write')).toContain('65535');
    expect(pod.server.ask('', 'CONFIG', 'SET', 'min-replicas-to-write', '0')).toBe('OK');
    await pod.prints('hz: 10 -> 11');
  });

  test('ends on SIGTERM, in the middle of its sleep as well', async () => {
    const pod = await Pod.start(machine, 'hz 10\n');
    pod.loop.signal('SIGTERM');
    expect(await pod.loop.ended()).toEqual({ code: 0, text: '' });
    const sleeping = script(machine, 'reload-config.sh', [], {
      REDIS_PORT: `${pod.server.port}`, REDIS_CONF: file('hz 12\n'), RELOAD_INTERVAL: '3600', REDIS_TIMEOUT: '20', TMPDIR: pod.memory,
    });
    await until(() => sleeping.lines.length > 0);
    sleeping.signal('SIGTERM');
    expect(await sleeping.ended()).toEqual({ code: 0, text: 'hz: 10 -> 12' });
  });
});
