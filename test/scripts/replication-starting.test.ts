import { some } from './cluster-lab';
import { clean, describeNewestRedis, describeRedis } from './processes';
import { Watch } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { pause } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

/** Every order of three nodes, and how many of them are there before the Sentinels. */
const ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map((order, index) => ({ order, before: index % 4 }));

/** Starts all of them in an order, the Sentinels between two nodes. */
async function start(lab: ReplicationLab, order: readonly number[], before: number, gap: number): Promise<void> {
  const nodes = order.map((node) => lab.nodes[node]);
  for (const member of [...nodes.slice(0, before), ...lab.sentinels, ...nodes.slice(before)]) {
    member.start();
    await pause(gap);
  }
}

describeRedis('the first start of a replication', (shells) => {
  test('of all at once has the first node lead, under every shell', async () => {
    await some([...shells], async (machine) => {
      const lab = await ReplicationLab.make(machine);
      [...lab.nodes, ...lab.sentinels].forEach((member) => member.start());
      expect(await lab.whole()).toBe(lab.nodes[0]);
      expect((await Promise.all(lab.nodes.map((node) => node.ready()))).map(({ code }) => code)).toEqual([0, 0, 0]);
      expect((await Promise.all(lab.sentinels.map((sentinel) => sentinel.ready()))).map(({ code }) => code)).toEqual([0, 0, 0]);
    });
  });
});

describeNewestRedis('starts of a replication', (shells) => {
  const machine = shells[0];

  test('the first one makes the first node the master, in every order of nodes and Sentinels', async () => {
    await some([...ORDERS], async ({ order, before }) => {
      const lab = await ReplicationLab.make(machine);
      const watch = new Watch(lab);
      await start(lab, order, before, 700);
      expect(await lab.whole()).toBe(lab.nodes[0]);
      expect(await watch.end()).toEqual([]);
    });
  });

  test('nodes that are there long before the Sentinels wait for them', async () => {
    const lab = await ReplicationLab.make(machine);
    lab.nodes.forEach((node) => node.start());
    for (const node of lab.nodes) await node.says('waiting: 0 of 3 Sentinels answer');
    // Longer than their patience, since none of them has a master to remember.
    await pause(6000);
    for (const node of lab.nodes) expect(node.output).not.toContain('starting');
    lab.sentinels.forEach((sentinel) => sentinel.start());
    expect(await lab.whole()).toBe(lab.nodes[0]);
  });

  test('Sentinels that have found the first node dead before it was there still let it begin', async () => {
    const lab = await ReplicationLab.make(machine);
    lab.sentinels.forEach((sentinel) => sentinel.start());
    for (const sentinel of lab.sentinels) await sentinel.says('+sdown');
    lab.nodes[2].start();
    await lab.nodes[2].says('starting as a replica');
    lab.nodes[1].start();
    await pause(3000);
    lab.nodes[0].start();
    expect(await lab.whole()).toBe(lab.nodes[0]);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('after %s for all, in every order, the same master as before leads with all keys', async (signal) => {
    // Nobody is to be elected only because a test is slow.
    const lab = await ReplicationLab.formed(machine, { downAfter: 30_000 });
    expect(await lab.sentinels[0].ask('SENTINEL', 'FAILOVER', 'redis')).toBe('OK');
    await lab.sentinels[0].says('+switch-master');
    const master = await lab.whole();
    expect(master).not.toBe(lab.nodes[0]);
    await master.ask('MSET', ...[...Array(100).keys()].flatMap((key) => [`key-${key}`, 'kept']));
    const watch = new Watch(lab);
    for (const { order, before } of ORDERS) {
      await Promise.all([...lab.nodes, ...lab.sentinels].map((member) => member.stop(signal)));
      await start(lab, order, before, 300);
      expect(await lab.whole()).toBe(master);
      for (const node of lab.nodes) expect([order, await node.ask('DBSIZE')]).toEqual([order, '100']);
    }
    expect(await watch.end()).toEqual([]);
  });
});
