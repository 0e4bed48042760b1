import { clean, describeNewestRedis, until } from './processes';
import { keep, Watch } from './replication-clients';
import { NOTHING_KEPT, reapLabs, ReplicationLab, SNAPSHOTS } from './replication-lab';
import { pause } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('a replication without Sentinels', (shells) => {
  const machine = shells[0];

  async function expectFirst(lab: ReplicationLab, keys: string): Promise<void> {
    // Another one may lead for a while.
    await until(async () => await lab.led() === lab.nodes[0], () => lab.nodes[0].output);
    for (const node of lab.nodes) expect([node.name, await node.ask('DBSIZE')]).toEqual([node.name, keys]);
  }

  test('has the first node lead, also after a stop of all, and nobody takes its place', async () => {
    const lab = await ReplicationLab.formed(machine, { withoutSentinels: true });
    const [first, ...others] = lab.nodes;
    await keep(first, 'before');
    await expectFirst(lab, '20');
    const watch = new Watch(lab);
    await Promise.all(lab.nodes.map((node) => node.stop()));
    others.forEach((node) => node.start());
    await pause(5000);
    expect(await lab.masters()).toEqual([]);
    first.start();
    await expectFirst(lab, '20');
    expect(await watch.end()).toEqual([]);
    expect(await first.script('replication-pre-stop.sh', [], { PRE_STOP_SECONDS: '100000' }).ended()).toEqual({ code: 0, text: '' });
  });

  test.each([
    ['lost its volume', {}, true],
    ['keeps nothing', { kept: NOTHING_KEPT }, false],
    ['lost its snapshot', { kept: SNAPSHOTS }, true],
  ] as const)('a first node that %s copies what the others have before it leads again', async (_, options, lost) => {
    const lab = await ReplicationLab.formed(machine, { ...options, withoutSentinels: true });
    const [first] = lab.nodes;
    await keep(first, 'before');
    await first.stop();
    if (lost) first.wipe();
    first.start();
    await expectFirst(lab, '20');
    await keep(first, 'after');
    await expectFirst(lab, '40');
  });
});
