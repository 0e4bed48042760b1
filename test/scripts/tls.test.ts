import { readFileSync } from 'fs';
import { connect, TLSSocket } from 'tls';
import { Authority, CertificateFiles } from './certificates';
import { clean, describeRedis, directory, file, Machine, Mount, reap, Running, script, until } from './processes';
import { freePort } from './servers';
import { RedisClientCertificates, RedisTls, RedisTlsOptions } from '../../src';
import { renderRedisConf } from '../../src/node/redis-conf';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

/** A client with TLS, which asks one question after the other on the same connection. */
class Client {
  public static connect(port: number, options: { ca: string; cert?: string; key?: string }): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'redis', ...options }, () => resolve(new Client(socket)));
      socket.once('error', reject);
    });
  }

  /** The name in the server's certificate. */
  public readonly serverName: string;

  private constructor(private readonly socket: TLSSocket) {
    this.serverName = `${socket.getPeerCertificate().subject.CN}`;
  }

  public ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.socket.once('data', (data) => resolve(data.toString().trim()));
      this.socket.once('error', reject);
      this.socket.once('close', () => reject(new Error('the server hung up')));
      this.socket.write(`${command}\r\n`);
    });
  }
}

/** A pod with TLS: its Redis is started from the directives that the library gives it, with its Secret and the loop beside it. */
class Pod {
  public static async start(machine: Machine, certificate: CertificateFiles, options: RedisTlsOptions = {}): Promise<Pod> {
    const pod = new Pod(machine, certificate, await freePort());
    pod.conf = pod.write(options);
    pod.startServer();
    await until(() => pod.server.output.includes('Ready to accept connections tls'), () => pod.server.output);
    return pod;
  }

  public server!: Running;
  public loop!: Running;
  public conf!: string;
  public readonly secret: Mount;

  private readonly home = directory();
  private readonly memory = directory();

  private constructor(private readonly machine: Machine, certificate: CertificateFiles, public readonly port: number) {
    this.secret = new Mount(certificate);
  }

  public startServer(): void {
    this.server = new Running(this.machine, ['redis-server', this.conf]);
  }

  public get env(): Record<string, string> {
    return { REDIS_TLS_DIRECTORY: this.secret.path, REDIS_SOCKET: `${this.home}/redis.sock`, REDIS_PORT: `${this.port}`, REDIS_TIMEOUT: '20' };
  }

  public async watch(): Promise<void> {
    this.loop = this.run('reload-config.sh', { REDIS_CONF: this.conf, RELOAD_INTERVAL: '0.2', TMPDIR: this.memory });
    await until(() => readable(`${this.memory}/redis.conf.applied`), () => this.loop.output);
  }

  public run(name: string, env: Record<string, string> = {}): Running {
    return script(this.machine, name, [], { ...this.env, ...env });
  }

  private write(options: RedisTlsOptions): string {
    const { directives = [] } = RedisTls.fromSecret('redis-tls', options)._contribute('replication');
    return file(renderRedisConf(directives).replace('tls-port 6379', `tls-port ${this.port}`).replaceAll('/redis-tls', this.secret.path).replaceAll('/redis-socket', this.home), 'redis.conf');
  }
}

function readable(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

describeRedis('a Redis with TLS', (machines) => {
  const [machine] = machines;
  const ours = new Authority('ours');
  const strangers = new Authority('strangers');
  const certificate = ours.issue('redis');
  const ca = ours.certificate;

  test('serves who checks its certificate, and nobody without TLS', async () => {
    const pod = await Pod.start(machine, certificate);
    expect(await (await Client.connect(pod.port, { ca })).ask('PING')).toBe('+PONG');
    await expect(Client.connect(pod.port, { ca: strangers.certificate })).rejects.toThrow('self-signed certificate in certificate chain');
    expect((await script(machine, 'ready.sh', [], { REDIS_PORT: `${pod.port}` }).ended()).code).toBe(1);
  });

  test('refuses clients without a certificate, or with one of somebody else, where they need one', async () => {
    const pod = await Pod.start(machine, certificate, { clientCertificates: RedisClientCertificates.REQUIRED });
    const { 'tls.crt': cert, 'tls.key': key } = ours.issue('web');
    const { 'tls.crt': wrong, 'tls.key': wrongKey } = strangers.issue('web');
    const ask = async (own: { cert?: string; key?: string }) => (await Client.connect(pod.port, { ca, ...own })).ask('PING');
    expect(await ask({ cert, key })).toBe('+PONG');
    await expect(ask({})).rejects.toThrow();
    await expect(ask({ cert: wrong, key: wrongKey })).rejects.toThrow();
  });

  test('takes clients with and without a certificate where they may have one', async () => {
    const pod = await Pod.start(machine, certificate, { clientCertificates: RedisClientCertificates.OPTIONAL });
    const { 'tls.crt': cert, 'tls.key': key } = ours.issue('web');
    expect(await (await Client.connect(pod.port, { ca })).ask('PING')).toBe('+PONG');
    expect(await (await Client.connect(pod.port, { ca, cert, key })).ask('PING')).toBe('+PONG');
  });

  test.each(machines)('its scripts talk to it under $shell, through its socket and from other pods', async (each) => {
    const pod = await Pod.start(each, certificate, { clientCertificates: RedisClientCertificates.REQUIRED });
    const names = ['alive.sh', 'ready.sh'];
    for (const name of names) expect(await pod.run(name).ended()).toEqual({ code: 0, text: '' });
    // As from another pod.
    for (const name of names) expect(await pod.run(name, { REDIS_SOCKET: '', REDIS_HOST: '127.0.0.1' }).ended()).toEqual({ code: 0, text: '' });
    const stranger = new Mount(strangers.issue('redis'));
    const { code, text } = await pod.run('ready.sh', { REDIS_SOCKET: '', REDIS_TLS_DIRECTORY: stranger.path }).ended();
    expect(text).toContain('certificate verify failed');
    expect(code).toBe(1);
  });

  test.each(machines)('a changed certificate is loaded under $shell, and connections go on', async (each) => {
    const pod = await Pod.start(each, certificate);
    await pod.watch();
    const client = await Client.connect(pod.port, { ca });
    expect(client.serverName).toBe('redis');
    pod.secret.change(ours.issue('localhost'));
    await until(() => pod.loop.lines.length > 0, () => pod.loop.output);
    expect(pod.loop.lines).toEqual(['certificate: changed']);
    expect(await client.ask('PING')).toBe('+PONG');
    expect((await Client.connect(pod.port, { ca, ...{ servername: 'localhost' } })).serverName).toBe('localhost');
  });

  test('a certificate of another authority is loaded too, though nobody can check it in between', async () => {
    const pod = await Pod.start(machine, certificate, { clientCertificates: RedisClientCertificates.REQUIRED });
    await pod.watch();
    const { 'ca.crt': other, 'tls.crt': cert, 'tls.key': key } = strangers.issue('redis');
    pod.secret.change({ 'ca.crt': other, 'tls.crt': cert, 'tls.key': key });
    await until(() => pod.loop.lines.length > 0, () => pod.loop.output);
    expect(await (await Client.connect(pod.port, { ca: other, cert, key })).ask('PING')).toBe('+PONG');
  });

  test('a certificate without its key is refused once, and the one before goes on; the next good one is loaded', async () => {
    const pod = await Pod.start(machine, certificate);
    await pod.watch();
    pod.secret.change({ ...certificate, 'tls.key': ours.issue('redis')['tls.key'] });
    await until(() => pod.loop.lines.length > 0, () => pod.loop.output);
    expect(pod.loop.lines).toEqual([expect.stringMatching(/^certificate: not changed: ERR /)]);
    expect(await (await Client.connect(pod.port, { ca })).ask('PING')).toBe('+PONG');
    // Neither probes nor the loop need a certificate.
    expect((await pod.run('ready.sh').ended()).code).toBe(0);
    pod.secret.change(ours.issue('redis'));
    await until(() => pod.loop.lines.length > 1, () => pod.loop.output);
    expect(pod.loop.lines.slice(1)).toEqual(['certificate: changed']);
  });

  test('comes back from a crash at the socket that it left behind', async () => {
    const pod = await Pod.start(machine, certificate);
    await pod.server.stop();
    expect((await pod.run('alive.sh').ended()).code).toBe(1);
    pod.startServer();
    await until(async () => (await pod.run('alive.sh').ended()).code === 0, () => pod.server.output);
  });
});
