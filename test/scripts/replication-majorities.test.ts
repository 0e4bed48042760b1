import { writeFileSync } from 'fs';
import { join } from 'path';
import { some } from './cluster-lab';
import { clean, describeNewestRedis, directory, until } from './processes';
import { keep, Watch } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { Node, pause, Sentinel } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

/** Which Sentinels are down: each set of three. */
const SUBSETS = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];

type Act = (lab: ReplicationLab, down: () => Promise<void>, living: Sentinel[]) => Promise<void>;

describeNewestRedis('a node of a replication that is restarted', (shells) => {
  const machine = shells[0];

  /** Does something to a whole replication, once for each set of Sentinels that are down. */
  async function withoutEach(act: Act, downAfter?: number): Promise<void> {
    const subsets = [...SUBSETS];
    await some([1, 2], async () => {
      const lab = await ReplicationLab.formed(machine, { downAfter });
      for (let subset = subsets.pop(); subset; subset = subsets.pop()) {
        const dead = subset.map((sentinel) => lab.sentinels[sentinel]);
        const living = lab.sentinels.filter((sentinel) => !dead.includes(sentinel));
        await keep(await lab.led(), `without ${subset}`);
        const watch = new Watch(lab);
        await act(lab, async () => { await Promise.all(dead.map((sentinel) => sentinel.stop())); }, living);
        expect([subset, await watch.end()]).toEqual([subset, []]);
        dead.forEach((sentinel) => sentinel.start());
        await expectSame(lab, await lab.whole());
      }
    });
  }

  /** All have what the master has. */
  async function expectSame(lab: ReplicationLab, master: Node): Promise<void> {
    const keys = await master.ask('DBSIZE');
    expect(Number(keys) % 20).toBe(0);
    for (const node of lab.nodes) await until(async () => await node.ask('DBSIZE') === keys, () => `${node.name} has not ${keys} keys`);
  }

  test('is the master again where it was the master, whoever of the Sentinels is down', async () => {
    await withoutEach(async (lab, down, living) => {
      const master = await lab.led();
      const keys = await master.ask('DBSIZE');
      await down();
      await master.stop();
      master.start();
      expect([living.length, await lab.led()]).toEqual([living.length, master]);
      expect(await master.ask('DBSIZE')).toBe(keys);
      expect(master.output.includes('too few Sentinels answer')).toBe(living.length < 2);
    }, 30_000);
  });

  test('follows the master where it was a replica, whoever of the Sentinels is down', async () => {
    await withoutEach(async (lab, down, living) => {
      const master = await lab.led();
      const [replica] = lab.others(master);
      await down();
      await replica.stop();
      replica.start();
      expect([living.length, await lab.led()]).toEqual([living.length, master]);
      expect(replica.output).toContain(`starting as a replica of ${master.host}`);
      expect(replica.output.includes('too few Sentinels answer')).toBe(living.length < 2);
    }, 30_000);
  });

  test('follows its successor where it was the master, whoever of the Sentinels is down', async () => {
    await withoutEach(async (lab, down) => {
      const former = await lab.led();
      const successor = await lab.failedOver(former);
      expect(former.remembered()).toBe(former.host);
      await down();
      former.start();
      await former.says(`starting as a replica of ${successor.host}`);
      expect(await lab.led()).toBe(successor);
    });
  });

  test('waits while the Sentinels are choosing another master', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    const replicas = lab.others(master);
    // One is chosen, but cannot hear it.
    replicas.forEach((node) => node.signal('SIGSTOP'));
    const [sentinel] = lab.sentinels;
    expect(await sentinel.ask('SENTINEL', 'FAILOVER', 'redis')).toBe('OK');
    await master.stop();
    master.start();
    await master.says('waiting: the Sentinels choose a master');
    expect(master.output).not.toContain('starting as the master');
    replicas.forEach((node) => node.signal('SIGCONT'));
    expect(await lab.whole()).not.toBe(master);
  });

  test('takes no write when they begin to choose another one after it has asked them', async () => {
    // Nor does it where replicas are not asked for.
    const lab = await ReplicationLab.formed(machine, { kept: { 'min-replicas-to-write': '0' } });
    const master = await lab.led();
    await master.stop();
    const go = startsSlowly(master);
    master.start();
    await master.says('starting as the master');
    const replicas = lab.others(master);
    replicas.forEach((node) => node.signal('SIGSTOP'));
    expect(await lab.sentinels[0].ask('SENTINEL', 'FAILOVER', 'redis')).toBe('OK');
    go();
    await until(async () => await master.ask('PING') === 'PONG', () => master.output);
    await pause(1500);
    expect(await master.ask('SET', 'key', 'lost')).toContain('NOREPLICAS');
    replicas.forEach((node) => node.signal('SIGCONT'));
    expect(await lab.whole()).not.toBe(master);
    expect(master.output).not.toContain('leads: ');
    // Should it be promoted one day, it takes writes.
    await until(async () => await master.get('min-replicas-to-write') === '0', () => master.output);
  });

  test('leads all the same when they are gone after it has asked them', async () => {
    const lab = await ReplicationLab.formed(machine, { downAfter: 30_000 });
    const master = await lab.led();
    await master.stop();
    const go = startsSlowly(master);
    master.start();
    await master.says('starting as the master');
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    go();
    await master.says('leads: too few Sentinels answer');
    expect(await lab.led()).toBe(master);
    expect(await master.get('min-replicas-to-write')).toBe('1');
  });
});

/** From its next start on, a node's Redis is there when the test says so. */
function startsSlowly(node: Node): () => void {
  const home = directory();
  node.server = join(home, 'redis-server');
  writeFileSync(node.server, `#!/bin/sh\nuntil [ -e '${home}/go' ]; do sleep 0.1; done\nexec redis-server "$@"\n`, { mode: 0o755 });
  return () => writeFileSync(join(home, 'go'), '');
}
