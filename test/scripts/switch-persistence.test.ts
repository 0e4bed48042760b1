import { existsSync, readdirSync, rmSync } from 'fs';
import { join } from 'path';
import { clean, Client, describeShells, directory, file, Machine, reap, Running, script, until } from './processes';
import { freePort } from './servers';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

const RDB = 'appendonly no\nsave 3600 1\n';
const AOF = 'appendonly yes\nappendfsync always\nsave ""\n';
const BOTH = 'appendonly yes\nappendfsync always\nsave 3600 1\n';

/** A volume, and one pod after the other that uses it. */
class Volume {
  public readonly data = directory();
  private server!: Running;
  private loop!: Running;
  private client!: Client;
  private run!: () => void;

  constructor(private readonly machine: Machine, private readonly password = '') {}

  /** Starts a pod with a redis.conf, and waits until the loop beside Redis has done its part. */
  public async start(conf: string, ...options: string[]): Promise<void> {
    // As between two containers: the find of Alpine counts whole seconds.
    if (this.machine.shell === 'busybox') await new Promise((resolve) => setTimeout(resolve, 1100));
    const port = await freePort();
    const memory = directory();
    const path = file(`port ${port}\ndir ${this.data}\n${conf}`, 'redis.conf');
    const secret: Record<string, string> = this.password ? { REDIS_PASSWORD_FILE: file(this.password) } : {};
    this.client = new Client(this.machine, port);
    this.run = () => this.server = script(this.machine, 'start.sh', ['redis-server', path, ...options], { REDIS_DATA: this.data, ...secret });
    this.run();
    this.loop = script(this.machine, 'reload-config.sh', [], {
      REDIS_PORT: `${port}`, REDIS_CONF: path, RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20', TMPDIR: memory, ...secret,
    });
    await until(() => existsSync(join(memory, 'redis.conf.applied')), () => this.server.output + this.loop.output);
    await until(() => this.ask('INFO', 'persistence').includes('aof_rewrite_in_progress:0'));
  }

  public ask(...command: string[]): string {
    return this.client.ask(this.password, ...command);
  }

  /** Kills Redis, and lets the kubelet start its container again beside the same loop. */
  public async kill(inBetween: () => void): Promise<void> {
    await this.server.stop();
    inBetween();
    this.run();
  }

  /** Ends the pod as Kubernetes does, or as a power failure. */
  public async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.server.signal(signal);
    this.loop.signal('SIGTERM');
    await this.server.ended();
  }

  public get said(): string {
    return this.server.output;
  }
}

describeShells('a volume whose persistence is changed', (machine) => {
  test.each([['', ''], [' with a password', 'it\'s "secret"']])('keeps every key from RDB to AOF and back, stopped or killed%s', async (_, password) => {
    const volume = new Volume(machine, password);
    await volume.start(RDB);
    volume.ask('SET', 'first', 'rdb');
    await volume.stop();

    await volume.start(AOF);
    expect(volume.ask('CONFIG', 'GET', 'appendonly')).toBe('appendonly\nyes');
    volume.ask('SET', 'second', 'aof');
    await volume.stop('SIGKILL');

    await volume.start(AOF);
    expect(volume.ask('MGET', 'first', 'second')).toBe('rdb\naof');
    await volume.stop();

    await volume.start(RDB);
    expect(volume.ask('CONFIG', 'GET', 'appendonly')).toBe('appendonly\nno');
    expect(volume.ask('MGET', 'first', 'second')).toBe('rdb\naof');
    volume.ask('SET', 'third', 'rdb');
    await volume.stop();

    await volume.start(RDB);
    volume.ask('SET', 'fourth', 'rdb');
    await volume.stop();

    await volume.start(AOF);
    expect(volume.ask('MGET', 'first', 'second', 'third', 'fourth')).toBe('rdb\naof\nrdb\nrdb');
  });

  test('keeps what is in the append-only file when a host fails right after the change to RDB', async () => {
    const volume = new Volume(machine);
    await volume.start(AOF);
    volume.ask('SET', 'key', 'aof');
    await volume.stop('SIGKILL');
    await volume.start(RDB);
    await volume.stop('SIGKILL');
    await volume.start(RDB);
    expect(volume.ask('GET', 'key')).toBe('aof');
  });

  test('is caught up when Redis alone was killed before the first append-only file was complete', async () => {
    const volume = new Volume(machine);
    await volume.start(RDB);
    volume.ask('SET', 'first', 'rdb');
    await volume.stop();
    await volume.start(AOF);
    await volume.kill(() => rmSync(join(volume.data, 'appendonlydir'), { recursive: true }));
    await until(() => volume.ask('CONFIG', 'GET', 'appendonly') === 'appendonly\nyes', () => volume.said);
    expect(volume.ask('GET', 'first')).toBe('rdb');
    volume.ask('SET', 'second', 'aof');
    await until(() => volume.ask('INFO', 'persistence').includes('aof_rewrite_in_progress:0'));
    await volume.stop('SIGKILL');
    await volume.start(AOF);
    expect(volume.ask('MGET', 'first', 'second')).toBe('rdb\naof');
  });

  test('reads the append-only file, not the snapshot beside it, where both are asked for', async () => {
    const volume = new Volume(machine);
    await volume.start(BOTH);
    volume.ask('SET', 'key', 'old');
    volume.ask('SAVE');
    volume.ask('SET', 'key', 'new');
    await volume.stop('SIGKILL');
    await volume.start(BOTH);
    expect(volume.ask('GET', 'key')).toBe('new');
    expect(volume.said).not.toContain('starting from');
  });

  test('heeds an option behind the file', async () => {
    const volume = new Volume(machine);
    await volume.start(RDB);
    volume.ask('SET', 'key', 'rdb');
    await volume.stop();
    await volume.start('', '--appendonly', 'yes');
    expect(volume.ask('GET', 'key')).toBe('rdb');
    expect(volume.said).toContain('starting from dump.rdb: there is no append-only file yet');
  });

  test('says and does nothing on an empty volume', async () => {
    const volume = new Volume(machine);
    await volume.start(AOF);
    expect(volume.said).not.toContain('starting from');
    await volume.stop();
    expect(readdirSync(volume.data)).toEqual(['appendonlydir']);
    rmSync(join(volume.data, 'appendonlydir'), { recursive: true });
    await volume.start(RDB);
    expect(volume.said).not.toContain('starting from');
  });
});
