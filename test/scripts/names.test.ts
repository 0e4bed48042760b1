import { chmodSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { clean, describeNewestRedis, directory, file, Machine, reap, Running, script, until } from './processes';

jest.setTimeout(60_000);
afterEach(reap);
afterAll(clean);

const DOMAIN = 'ns.svc.cluster.example';

/** A name service that a test controls: it has a zone, and may be silent. */
class Names {
  private readonly bin = directory();
  private readonly volume = directory();
  private readonly hosts = file('', 'hosts');
  private readonly plan = directory();

  constructor(private readonly machine: Machine) {
    writeFileSync(join(this.bin, 'getent'), `#!/bin/sh
[ ! -e ${this.bin}/silent ] || exec sleep 20
grep -m 1 -F " $2" ${this.bin}/zone
`);
    chmodSync(join(this.bin, 'getent'), 0o755);
    writeFileSync(join(this.plan, 'nodes'), 'redis-0\nredis-1\n');
    writeFileSync(join(this.plan, 'sentinels'), 'redis-sentinel-0\n');
    this.zone({});
  }

  /** Services have these addresses from now on. */
  public zone(addresses: { [service: string]: string }): void {
    writeFileSync(join(this.bin, 'zone'), Object.entries(addresses).map(([name, address]) => `${address} ${name}.${DOMAIN}\n`).join(''));
  }

  public silent(silent = true): void {
    if (silent) writeFileSync(join(this.bin, 'silent'), '');
    else rmSync(join(this.bin, 'silent'));
  }

  public run(mode: string, env: Record<string, string> = {}): Running {
    return script({ ...this.machine, path: [this.bin, this.machine.path].join(delimiter) }, 'names.sh', [mode], {
      HOSTS_FILE: this.hosts,
      REPLICATION_NAME: 'redis',
      REPLICATION_DOMAIN: 'ns.svc',
      REPLICATION_PLAN: this.plan,
      REPLICATION_DATA: this.volume,
      RESOLV_CONF: file(`nameserver 10.0.0.10\nsearch ${DOMAIN} svc.cluster.example cluster.example\noptions ndots:5\n`, 'resolv.conf'),
      NAMES_INTERVAL: '0.2',
      ...env,
    });
  }

  /** The lines that the hosts file has for nodes and Sentinels. */
  public get known(): string[] {
    return readFileSync(this.hosts, 'utf8').split('\n').filter((line) => line.includes('.svc'));
  }

  public get file(): { text: string; inode: number } {
    return { text: readFileSync(this.hosts, 'utf8'), inode: statSync(this.hosts).ino };
  }

  /** Makes the volume one that takes nothing. */
  public fillVolume(): void {
    symlinkSync('/dev/full', join(this.volume, 'hosts.new'));
  }

  public get kept(): boolean {
    return existsSync(join(this.volume, 'hosts'));
  }
}

const ALL = { 'redis-0': '10.96.0.1', 'redis-1': '10.96.0.2', 'redis-sentinel-0': '10.96.0.3' };
const LINES = ['10.96.0.1 redis-0.ns.svc', '10.96.0.2 redis-1.ns.svc', '10.96.0.3 redis-sentinel-0.ns.svc'];

describeNewestRedis('names.sh', (machines) => describe.each(machines)('under $shell', (machine) => {
  test('writes all names below what Kubernetes wrote', async () => {
    const names = new Names(machine);
    names.zone(ALL);
    expect(await names.run('find').ended()).toEqual({ code: 0, text: '' });
    expect(names.known).toEqual(LINES);
    expect(names.file.text).toContain(readFileSync('/etc/hosts', 'utf8').trim());
  });

  test('waits for a Service that is not there yet', async () => {
    const names = new Names(machine);
    names.zone({ 'redis-0': '10.96.0.1' });
    const running = names.run('find');
    await until(() => running.output.includes('waiting: not all nodes and Sentinels have an address yet'));
    names.zone(ALL);
    expect((await running.ended()).code).toBe(0);
    expect(names.known).toEqual(LINES);
  });

  test('goes on without a name when its patience ends', async () => {
    const names = new Names(machine);
    names.zone({ 'redis-0': '10.96.0.1' });
    expect((await names.run('find', { NAMES_PATIENCE: '1' }).ended()).code).toBe(0);
    expect(names.known).toEqual(LINES.slice(0, 1));
  });

  test('keeps the addresses that it knew while the name service is silent', async () => {
    const names = new Names(machine);
    names.zone(ALL);
    await names.run('find').ended();
    names.silent();
    const { code, text } = await names.run('find').ended();
    expect([code, text]).toEqual([0, '']);
    expect(names.known).toEqual(LINES);
  });

  test('works with a volume that is full', async () => {
    const names = new Names(machine);
    names.fillVolume();
    names.zone(ALL);
    expect((await names.run('find').ended()).code).toBe(0);
    expect(names.known).toEqual(LINES);
    expect(names.kept).toBe(false);
  });

  test('goes on watching, and writes into the same file that a Service was made anew', async () => {
    const names = new Names(machine);
    names.zone(ALL);
    await names.run('find').ended();
    const { inode } = names.file;
    const running = names.run('watch');
    names.silent();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(names.known).toEqual(LINES);
    names.zone({ ...ALL, 'redis-1': '10.96.0.22' });
    names.silent(false);
    await until(() => names.known.includes('10.96.0.22 redis-1.ns.svc'), () => running.output);
    expect(names.known).toHaveLength(3);
    expect(names.file.inode).toBe(inode);
    await until(() => running.output.includes('addresses are now:'));
    expect(running.code).toBeUndefined();
  });
}));
