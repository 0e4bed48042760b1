import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Ward } from './cluster-ward';
import { clean, describeRedis, Machine, reap, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

/** What the answer of another node, from an address that was a master's, does to the line of that master in nodes.conf. */
type Mislead = (line: string, epoch: number) => string;

const wrongEpoch: Mislead = (line, epoch) => line.replace(/^((\S+ ){6})\d+/, `$1${epoch}`);
const noAddress: Mislead = (line, epoch) => wrongEpoch(line, epoch).replace(/ \S+:\d+@\d+/, ' :0@0').replace(' master ', ' master,noaddr ');

/** A cluster without healers, of whose masters one has the lowest epoch, and the others are misled about it. */
class Misled {
  public static async make(machine: Machine): Promise<Misled> {
    const ward = await Ward.open(machine);
    await Promise.all(ward.healers.map((healer) => healer.stop()));
    const masters = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name));
    const epochs = new Map<number, number>();
    for (const node of masters) epochs.set(node, Number(/cluster_my_epoch:(\d+)/.exec(await ward.lab.ask(node, 'CLUSTER', 'INFO'))![1]));
    const [master, ...voters] = masters.sort((one, other) => epochs.get(one)! - epochs.get(other)!);
    // The others shall stay masters, however long their restart takes.
    for (const voter of voters) await ward.lab.ask(await ward.replicaOf(voter), 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
    return new Misled(ward, epochs, master, await ward.replicaOf(master), voters, await ward.lab.ask(master, 'CLUSTER', 'MYID'));
  }

  private constructor(
    public readonly ward: Ward, private readonly epochs: Map<number, number>, public readonly master: number, public readonly replica: number,
    public readonly voters: readonly number[], private readonly id: string) {}

  public async mislead(how: Mislead): Promise<void> {
    const { lab } = this.ward;
    for (const voter of this.voters) {
      await lab.stop(voter);
      const file = join(lab.data(voter), 'nodes.conf');
      const lines = readFileSync(file, 'utf8').split('\n');
      // Its own epoch, as from an answer of its own.
      const wrong = lines.map((line) => (line.startsWith(this.id) ? how(line, this.epochs.get(voter)!) : line));
      expect(wrong).not.toEqual(lines);
      writeFileSync(file, wrong.join('\n'));
      lab.start(voter);
      await lab.answering(voter);
    }
  }

  public healAll(but?: number): void {
    [...this.ward.lab.nodes.keys()].filter((node) => node !== but).forEach((node) => this.ward.heal(node));
  }

  public async says(text: string): Promise<void> {
    await until(() => this.ward.said().includes(text), () => this.ward.said());
  }

  public name(node: number): string {
    return this.ward.lab.nodes[node];
  }
}

describeRedis('a cluster of which some have a wrong epoch for a master', (machines) => {
  // The shell and the awk of Alpine's image, where they are: other tests have those of Debian's.
  const machine = machines[machines.length - 1];

  test('hands over again as soon as its healers have seen it', async () => {
    const misled = await Misled.make(machine);
    const { ward, master, replica } = misled;
    await misled.mislead(wrongEpoch);
    misled.healAll();
    await misled.says(`${misled.name(master)} takes a new epoch: others have `);
    await ward.whole();
    await until(async () => {
      await ward.lab.ask(replica, 'CLUSTER', 'FAILOVER');
      return (await ward.lab.ownSlots(replica)).size > 0;
    }, () => ward.lab.processes[replica].output, 500);
    await ward.whole();
    await ward.expectKeys();
  });

  test('replaces that master, although they vote for nobody', async () => {
    const misled = await Misled.make(machine);
    const { ward, master, replica, voters } = misled;
    await misled.mislead(wrongEpoch);
    await until(() => ward.lab.expectFormed().then(() => true, () => false));
    await ward.end(master);
    await until(() => voters.every((voter) => ward.lab.processes[voter].output.includes('Failover auth denied')), () => ward.lab.processes[replica].output);
    expect((await ward.lab.ownSlots(replica)).size).toBe(0);
    misled.healAll(master);
    await misled.says(`${misled.name(replica)} takes over from ${misled.name(master)}`);
    ward.begin(master);
    await ward.whole();
    await ward.expectKeys();
  });

  test('and although they do not know where it was, so that it fails for nobody', async () => {
    const misled = await Misled.make(machine);
    const { ward, master, replica } = misled;
    await ward.lab.ask(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
    await ward.end(master);
    await misled.mislead(noAddress);
    await ward.lab.ask(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'no');
    misled.healAll(master);
    await misled.says(`${misled.name(replica)} takes over from ${misled.name(master)}`);
    ward.begin(master);
    await ward.whole();
    await ward.expectKeys();
  });
});
