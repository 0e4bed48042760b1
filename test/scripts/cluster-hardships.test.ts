import { spawnSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'fs';
import { delimiter, join } from 'path';
import { Lab } from './cluster-lab';
import { Ward } from './cluster-ward';
import { clean, describeNewestRedis, directory, Machine, reap, until } from './processes';
import { freePort } from './servers';

jest.setTimeout(300_000);
afterEach(async () => {
  await reap();
  unmount();
});
afterAll(clean);

const mounted: string[] = [];

/** A volume so small that a test can fill it. */
function mount(path: string): boolean {
  mkdirSync(path, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]);
  if (status === 0) mounted.push(path);
  return status === 0;
}

/** Lazily: a child of a Redis that was killed may still be writing there. */
function unmount(): void {
  for (const path of mounted.splice(0)) spawnSync('umount', ['--lazy', path]);
}

const mountable = mount(directory());
unmount();

/** As `describeNewestRedis`, on machines that let a test mount. */
function describeVolumes(name: string, body: (machines: Machine[]) => void): void {
  if (mountable) return describeNewestRedis(name, body);
  describe.skip(`needs mount: ${name}`, () => test('with it', () => undefined));
}

/** The same pods under another domain. */
class Elsewhere extends Lab {
  public env(node = 0): Record<string, string> {
    return { ...super.env(node), CLUSTER_DOMAIN: 'redis-nodes.elsewhere.svc' };
  }
}

/** In a lab that the test has prepared. */
async function open(lab: Lab, prefix = ''): Promise<Ward> {
  lab.nodes.forEach((_, node) => lab.start(node));
  return Ward.form(lab, {}, prefix);
}

/** All pods are deleted. */
async function endAll(ward: Ward): Promise<void> {
  await Promise.all(ward.lab.nodes.map((_, node) => ward.end(node)));
}

/** They come back at other addresses, of which the name service has not heard unless it was told. */
function beginAll(ward: Ward, addresses: readonly string[]): void {
  ward.lab.addresses.splice(0, addresses.length, ...addresses);
  ward.lab.nodes.forEach((_, node) => {
    ward.lab.start(node);
    ward.heal(node);
  });
}

/** A name service that does something before each answer. */
class NameService {
  private readonly usual: string;
  private readonly questions = join(directory(), 'questions');

  constructor(private readonly lab: Lab, before = '') {
    this.usual = readFileSync(join(lab.env().PATH.split(delimiter)[0], 'getent'), 'utf8');
    lab.program('getent', `echo "$POD_NAME $2" >>'${this.questions}'\n${before}\n${this.usual}`);
  }

  /** Lines `<pod that asks> <name>`. */
  public asked(): string[] {
    return existsSync(this.questions) ? readFileSync(this.questions, 'utf8').trim().split('\n') : [];
  }

  /** A healer looked at the whole cluster: for that it asks for the name of its own pod, too. */
  public async looked(): Promise<void> {
    await until(() => this.asked().some((line) => /^(\S+) \1\./.test(line)), () => this.asked().join('\n'));
  }

  public recover(): void {
    this.lab.announce();
    this.lab.program('getent', this.usual);
  }
}

describeVolumes('a cluster in hard times', ([machine]) => {
  async function onSmallVolumes(): Promise<Ward> {
    const lab = new Lab(machine, await freePort(), { healing: true });
    lab.nodes.forEach((_, node) => expect(mount(lab.data(node))).toBe(true));
    return open(lab);
  }

  /** Takes all space there is, and says how it is given back. */
  function fill(volume: string): () => void {
    const zeros = join(volume, 'zeros');
    expect(spawnSync('dd', ['if=/dev/zero', `of=${zeros}`, 'bs=4k']).stderr.toString()).toContain('No space left on device');
    return () => rmSync(zeros);
  }

  const known = (ward: Ward, node: number) => readFileSync(join(ward.lab.data(node), 'nodes.conf'), 'utf8').match(/^[0-9a-f]{40}(?= )/gm)?.sort();

  /** Starts it again whenever it has ended, until something happens: as the kubelet does, with less patience. */
  async function keepAlive(ward: Ward, node: number, happened: () => Promise<boolean>): Promise<void> {
    await until(async () => {
      if (ward.lab.processes[node].code !== undefined) ward.lab.start(node);
      return happened();
    }, () => ward.lab.processes[node].output);
  }

  const alive = (ward: Ward, node: number) => keepAlive(ward, node, async () => (await ward.lab.ask(node, 'PING')) === 'PONG');

  /** Writes to a node until it refuses that, and gives the keys that it acknowledged. */
  async function writeUntilRefused(ward: Ward, node: number): Promise<string[]> {
    const acknowledged: string[] = [];
    for (let index = 0, answer = ''; !answer.startsWith('MISCONF'); index++) {
      answer = await ward.lab.ask(node, 'SET', `more:${index}`, 'x'.repeat(1000));
      expect(answer).toMatch(/^(OK$|MOVED |MISCONF .*No space left on device)/);
      if (answer === 'OK') acknowledged.push(`more:${index}`);
    }
    return acknowledged;
  }

  test('a master without space refuses writes, cannot come back, and loses nothing that it acknowledged', async () => {
    const ward = await onSmallVolumes();
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    const before = known(ward, node);
    const free = fill(ward.lab.data(node));
    const acknowledged = await writeUntilRefused(ward, node);
    await ward.lab.stop(node);
    // Redis ends when it cannot save nodes.conf.
    await keepAlive(ward, node, async () => (await ward.lab.ownSlots(replica)).size > 0);
    expect(known(ward, node)).toEqual(before);
    free();
    await alive(ward, node);
    await ward.whole();
    await ward.expectKeys();
    expect(acknowledged).not.toEqual([]);
    for (const key of acknowledged) expect([key, await ward.command('STRLEN', key)]).toEqual([key, '1000']);
  });

  test('all nodes come back with other addresses while a master has no space, and it joins them when it has', async () => {
    const ward = await onSmallVolumes();
    const node = await ward.node('master');
    const others = [...ward.lab.nodes.keys()].filter((each) => each !== node);
    const before = known(ward, node);
    const free = fill(ward.lab.data(node));
    await endAll(ward);
    const addresses = ward.lab.fresh();
    ward.lab.announce(addresses);
    beginAll(ward, addresses);
    await ward.lab.answering(...others);
    await keepAlive(ward, node, async () => {
      const lists = await Promise.all(others.map((each) => ward.lab.list(each)));
      return lists.every((listed) => listed.every(({ name, connected }) => connected || name === ward.lab.nodes[node]));
    });
    expect(known(ward, node)).toEqual(before);
    free();
    await alive(ward, node);
    await ward.whole();
    await ward.expectKeys();
  });
});

describeNewestRedis('a cluster in hard times', ([machine]) => {
  /** What each node is in its own eyes, and whom it knows. */
  async function selves(lab: Lab): Promise<unknown[]> {
    return Promise.all(lab.nodes.map(async (_, node) => {
      const listed = await lab.list(node);
      const { id, master, slots } = listed.find(({ flags }) => flags.includes('myself'))!;
      return { id, master, slots, knows: listed.map(({ name }) => name).sort() };
    }));
  }

  test('all nodes come up at other addresses while the name service is silent, and together when it answers', async () => {
    const ward = await Ward.open(machine);
    const before = await selves(ward.lab);
    await endAll(ward);
    const names = new NameService(ward.lab, 'exec sleep 600');
    beginAll(ward, ward.lab.fresh());
    await ward.lab.answering();
    // Each node asked for five names when it started, and its healer does so again and again.
    await until(() => names.asked().length > 100, () => ward.said());
    expect(await selves(ward.lab)).toEqual(before);
    names.recover();
    await ward.whole();
    await ward.expectKeys();
  });

  test('they come together while the name service takes a second for each answer', async () => {
    const ward = await Ward.open(machine);
    await endAll(ward);
    const names = new NameService(ward.lab, 'sleep 1');
    const addresses = ward.lab.fresh();
    ward.lab.announce(addresses);
    beginAll(ward, addresses);
    await ward.whole();
    await ward.expectKeys();
    expect(names.asked()).not.toEqual([]);
  });

  test('a replica does not copy another node that has got the address of its master', async () => {
    const ward = await Ward.open(machine);
    const { lab } = ward;
    const [master, other] = (await lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => lab.nodes.indexOf(name));
    const replica = await ward.replicaOf(master);
    const [keys, former] = [await lab.ask(replica, 'DBSIZE'), lab.addresses[master]];
    expect(keys).not.toBe('0');
    // Nobody is elected meanwhile.
    await lab.ask(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
    await ward.end(master);
    await until(async () => (await lab.ask(replica, 'CONFIG', 'GET', 'masteruser')).includes('nobody@'), () => ward.said());
    await ward.end(other);
    ward.begin(other, former);
    await until(() => lab.processes[replica].output.includes('Unable to AUTH to MASTER'), () => lab.processes[replica].output);
    expect(await lab.ask(replica, 'DBSIZE')).toBe(keys);
    ward.begin(master);
    await ward.whole();
    await ward.expectKeys();
    await until(async () => !(await lab.ask(replica, 'CONFIG', 'GET', 'masteruser')).includes('nobody@'), () => ward.said());
  });

  /** Acts, and expects that no node ever knows one of the other cluster meanwhile: later they might have parted again. */
  async function expectApart(wards: readonly Ward[], act: () => Promise<void>): Promise<void> {
    const ids = await Promise.all(wards.map(async ({ lab }) => (await lab.list(0)).map(({ id }) => id)));
    const met = new Set<string>();
    let over = false;
    const watch = (async () => {
      while (!over) {
        await Promise.all(wards.flatMap(({ lab }, cluster) => lab.nodes.map(async (name, node) => {
          const said = await lab.ask(node, 'CLUSTER', 'NODES');
          if (ids[1 - cluster].some((id) => said.includes(id))) met.add(`${name} of cluster ${cluster}: ${said}`);
        })));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const failure = await act().then(() => undefined, (error) => error);
    over = true;
    await watch;
    expect([...met]).toEqual([]);
    if (failure) throw failure;
  }

  /** Two clusters whose nodes may have each other's addresses. */
  async function neighbours(Other: typeof Lab): Promise<[Ward, Ward]> {
    const port = await freePort();
    const [one, other] = [new Lab(machine, port, { healing: true }), new Other(machine, port, { healing: true })];
    return Promise.all([open(one), open(other, 'other ')]);
  }

  test('another cluster, whose nodes are where the name service says that ours are, is left alone', async () => {
    const [ours, other] = await neighbours(Elsewhere);
    await expectApart([ours, other], async () => {
      const names = new NameService(ours.lab);
      const old = [...ours.lab.addresses];
      await Promise.all([ours, other].map(endAll));
      other.lab.announce(old);
      beginAll(other, old);
      beginAll(ours, ours.lab.fresh());
      await names.looked();
      await other.whole();
      names.recover();
      await ours.whole();
      await other.whole();
    });
    await ours.expectKeys();
    await other.expectKeys('other ');
  });

  test('two clusters of the same name do not mix when their nodes exchange addresses, and the name service is behind', async () => {
    const wards = await neighbours(Lab);
    await expectApart(wards, async () => {
      const names = wards.map(({ lab }) => new NameService(lab));
      const [first, second] = wards.map(({ lab }) => [...lab.addresses]);
      await Promise.all(wards.map(endAll));
      beginAll(wards[0], second);
      beginAll(wards[1], first);
      await Promise.all(names.map((each) => each.looked()));
      // Of half of the pods it hears before the others.
      const mixed = [...first.slice(0, 3), ...second.slice(3)];
      for (const { lab } of wards) lab.announce(mixed);
      const looks = wards.map(({ lab }) => lab.script('cluster-tend.sh', [], { ...lab.env(), TMPDIR: directory() }));
      for (const look of looks) expect((await look.ended()).code).toBe(0);
      for (const each of names) each.recover();
      for (const ward of wards) await ward.whole();
    });
    await wards[0].expectKeys();
    await wards[1].expectKeys('other ');
  });
});
