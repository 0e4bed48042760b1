import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Ward } from './cluster-ward';
import { clean, describeRedis, Machine, reap, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

/** Three masters, of which the first has the lowest epoch, and its replica. */
interface Cast {
  readonly ward: Ward;
  readonly master: number;
  readonly replica: number;
  readonly voters: number[];
}

/** A cluster without healers whose other masters have a wrong epoch for one of them: their own, as from an answer of theirs that came from its address. */
async function misled(machine: Machine): Promise<Cast> {
  const ward = await Ward.open(machine);
  await Promise.all(ward.healers.map((healer) => healer.stop()));
  const epoch = async (node: number) => Number(/cluster_my_epoch:(\d+)/.exec(await ward.lab.ask(node, 'CLUSTER', 'INFO'))![1]);
  const masters = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name));
  const epochs = new Map(await Promise.all(masters.map(async (node) => [node, await epoch(node)] as const)));
  const [master, ...voters] = masters.sort((one, other) => epochs.get(one)! - epochs.get(other)!);
  const replica = await ward.replicaOf(master);
  const id = await ward.lab.ask(master, 'CLUSTER', 'MYID');
  for (const voter of voters) {
    await ward.lab.stop(voter);
    const file = join(ward.lab.data(voter), 'nodes.conf');
    const text = readFileSync(file, 'utf8');
    const wrong = text.replace(new RegExp(`^(${id}( \\S+){5}) \\d+`, 'm'), `$1 ${epochs.get(voter)}`);
    expect(wrong).not.toBe(text);
    writeFileSync(file, wrong);
    ward.lab.start(voter);
    await ward.lab.answering(voter);
  }
  await until(async () => (await ward.lab.expectFormed().then(() => true, () => false)));
  return { ward, master, replica, voters };
}

describeRedis('a cluster of which some have a wrong epoch for a master', ([machine]) => {
  test('hands over again as soon as its healers have seen it', async () => {
    const { ward, master, replica } = await misled(machine);
    ward.lab.nodes.forEach((_, node) => ward.heal(node));
    await until(() => ward.said().includes(`${ward.lab.nodes[master]} takes a new epoch: others have `), () => ward.said());
    await ward.whole();
    await until(async () => {
      await ward.lab.ask(replica, 'CLUSTER', 'FAILOVER');
      return (await ward.lab.ownSlots(replica)).size > 0;
    }, () => ward.lab.processes[replica].output, 500);
    await ward.whole();
    await ward.expectKeys();
  });

  test('replaces that master, although they vote for nobody', async () => {
    const { ward, master, replica, voters } = await misled(machine);
    await ward.end(master);
    await until(() => voters.every((voter) => ward.lab.processes[voter].output.includes('Failover auth denied')), () => ward.lab.processes[replica].output);
    expect((await ward.lab.ownSlots(replica)).size).toBe(0);
    [...ward.lab.nodes.keys()].filter((node) => node !== master).forEach((node) => ward.heal(node));
    await until(() => ward.said().includes(`${ward.lab.nodes[replica]} takes over from ${ward.lab.nodes[master]}`), () => ward.said());
    ward.begin(master);
    await ward.whole();
    await ward.expectKeys();
  });
});
