import { spawnSync } from 'child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'fs';
import { join } from 'path';
import { Lab } from './cluster-lab';
import { Ward } from './cluster-ward';
import { clean, describeNewestRedis, directory, Machine, reap, until } from './processes';
import { freePort } from './servers';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

const HOUR = 3600;
const SHIM = join(directory(), 'clock.so');
const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', SHIM, join(__dirname, '../fixtures/clock.c')]).status === 0;

/** As `describeNewestRedis`, on machines with a compiler: the clocks of processes are moved by a library before libc. */
function describeClocks(name: string, body: (machines: Machine[]) => void): void {
  if (compiled) return describeNewestRedis(name, body);
  describe.skip(`needs cc: ${name}`, () => test('with it', () => undefined));
}

/** A lab in which each node has a clock of its own, and its scripts with it. */
class Clocks extends Lab {
  public static async form(machine: Machine): Promise<[Clocks, Ward]> {
    const lab = new Clocks(machine, await freePort(), { healing: true });
    lab.nodes.forEach((_, node) => lab.start(node));
    return [lab, await Ward.form(lab)];
  }

  private readonly files = new Map<number, string>();

  public env(node = 0): Record<string, string> {
    return { ...super.env(node), LD_PRELOAD: SHIM, CLOCK_AHEAD: this.file(node) };
  }

  /** How many seconds the clocks of all nodes are ahead from now on. */
  public jump(seconds: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    for (const node of this.nodes.keys()) {
      // In place: processes have it mapped.
      const file = openSync(this.file(node), 'r+');
      writeSync(file, bytes);
      closeSync(file);
    }
  }

  private file(node: number): string {
    const known = this.files.get(node);
    if (known !== undefined) return known;
    const path = join(directory(), 'ahead');
    writeFileSync(path, Buffer.alloc(8));
    this.files.set(node, path);
    return path;
  }
}

describeClocks('a cluster whose clocks jump', ([machine]) => {
  test('stays as it is when they go an hour ahead and an hour back', async () => {
    const [lab, ward] = await Clocks.form(machine);
    const before = await lab.keep();
    for (const seconds of [HOUR, 0, -HOUR, 0]) {
      lab.jump(seconds);
      expect(Math.abs(Number((await lab.ask(0, 'TIME')).split('\n')[0]) - Date.now() / 1000 - seconds)).toBeLessThan(60);
      await ward.whole();
      await ward.expectKeys();
    }
    expect(JSON.parse(await lab.keep()).map(({ id, master, slots }: any) => [id, master, slots]))
      .toEqual(JSON.parse(before).map(({ id, master, slots }: any) => [id, master, slots]));
  });

  test('replaces a master also after they were set back, when nobody counts it as failed', async () => {
    const [lab, ward] = await Clocks.form(machine);
    lab.jump(HOUR);
    await ward.whole();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    lab.jump(0);
    await ward.whole();
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.end(node);
    await until(async () => (await lab.ownSlots(replica)).size > 0, () => ward.said());
    ward.begin(node);
    await ward.whole();
    await ward.expectKeys();
  });

  test('serves again when all nodes were started with clocks that were ahead, and set back then', async () => {
    const [lab, ward] = await Clocks.form(machine);
    await Promise.all(lab.nodes.map((_, node) => ward.end(node)));
    lab.jump(HOUR);
    lab.nodes.forEach((_, node) => ward.begin(node, lab.addresses[node]));
    await lab.answering();
    lab.jump(0);
    await ward.whole();
    await ward.expectKeys();
  });
});
