import { App, Chart, Size } from 'cdk8s';
import { RedisCluster, RedisImage, RedisPersistence, RedisSlots } from 'cdk8s-redis-constructs';
import { ADDRESSES_COMMAND, excusable, runCommand } from './accidents';
import { hosts, SLOTS } from './cluster-under-test';
import { apply, inNamespace, kubectl, newNamespace, waitFor } from './kit';
import { makePrograms, Writer, writerPod } from './writer';

const VERSION = '8.6.3';

/** How often all pods of neighbouring clusters are deleted. */
const DELETIONS = 2;

/** How often they go at most until a pod gets the address of a neighbour: of nine pods on three hosts, hardly one keeps its own. */
const EXCHANGES = 4;

/** Clusters of three masters, which keep their keys on their volumes. */
describe('RedisClusters beside each other', () => {
  const here = inNamespace('neighbours');
  const there = newNamespace('neighbours');
  const clusters = [{ namespace: here, name: 'one' }, { namespace: here, name: 'two' }, { namespace: there, name: 'one' }];
  afterAll(() => there.abandon());

  const make = (chart: Chart, name: string) => new RedisCluster(chart, name, {
    image: RedisImage.official(VERSION),
    replicasPerShard: 0,
    slots: RedisSlots.ranges(...SLOTS),
    persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
  });

  beforeAll(async () => {
    await there.create();
    const [host] = await hosts();
    for (const namespace of [here, there]) {
      await makePrograms(namespace);
      await apply(namespace.manifest((chart) => { writerPod(chart, host); }));
      await namespace.ready('writer');
    }
    for (const { namespace, name } of clusters) await apply(namespace.manifest((chart) => { make(chart, name); }));
  });

  /** Begins to write to each cluster. */
  function writers(): Promise<Writer[]> {
    return Promise.all(clusters.map(({ namespace, name }) => {
      const nodes = make(new Chart(new App(), 'names', { namespace: namespace.name }), name).nodeEndpoints.map(({ address }) => address);
      return Writer.start(namespace, name, SLOTS, { between: 10, env: { REDIS_NODES: nodes.join() } });
    }));
  }

  const pods = [0, 1, 2];

  /** The ids that each node knows, when all are ready and agree. */
  async function members(): Promise<string[]> {
    return Promise.all(clusters.map(({ namespace, name }) => waitFor(`${name} is whole`, async () => {
      expect(Object.values(await namespace.pods(...pods.map((pod) => `${name}-${pod}`))).every(({ ready }) => ready)).toBe(true);
      const views = await Promise.all(pods.map(async (pod) => {
        const lines = (await namespace.redisCli(`${name}-${pod}`, 'CLUSTER', 'NODES')).split('\n').map((line) => line.split(' '));
        expect(lines.every(([, , flags, , , , , link]) => link === 'connected' && !/fail|noaddr|handshake/.test(flags))).toBe(true);
        return lines.map(([id]) => id).sort().join();
      }));
      expect(views[0].split(',')).toHaveLength(pods.length);
      return new Set(views).size === 1 && views[0];
    }, { explain: () => namespace.explain(`${name}-0`) })));
  }

  /** Something happens to all of them while clients write: each has the same members afterwards, and has lost nothing. */
  async function survive(accidents: number, act: () => Promise<unknown>): Promise<void> {
    const before = await members();
    expect(new Set(before.flatMap((ids) => ids.split(','))).size).toBe(clusters.length * pods.length);
    const writing = await writers();
    await Promise.all(writing.map((writer) => writer.writing()));
    await act();
    expect(await members()).toEqual(before);
    for (const writer of writing) {
      const { shards } = await writer.stop();
      for (const shard of shards) {
        // Who is killed has not always given its last acknowledged writes to the kernel: that is what `appendfsync everysec` means.
        const excused = excusable(shard, accidents);
        expect(shard.lost.filter((write) => !excused.includes(write))).toEqual([]);
      }
    }
  }

  test('never have a member in common and lose nothing, however often all their pods come back at once', async () => {
    const before = await members();
    await survive(DELETIONS, async () => {
      for (let time = 0; time < DELETIONS; time++) {
        await Promise.all(clusters.map(({ namespace, name }) =>
          kubectl(['-n', namespace.name, 'delete', 'pods', ...pods.map((pod) => `${name}-${pod}`), '--grace-period=0', '--force'])));
        expect(await members()).toEqual(before);
      }
    });
  });

  /** The address of each pod, by the name of its cluster's StatefulSet. */
  async function addresses(): Promise<Array<{ cluster: number; address: string }>> {
    const all = await Promise.all(clusters.map(async ({ namespace, name }, cluster) => {
      const text = await namespace.kubectl('get', 'pods', '-l', `app.kubernetes.io/instance=${name},app.kubernetes.io/component=cluster`,
        '-o', 'jsonpath={.items[*].status.podIP}');
      return text.split(' ').filter(Boolean).map((address) => ({ cluster, address }));
    }));
    return all.flat();
  }

  async function scaleTo(count: number): Promise<void> {
    await Promise.all(clusters.map(({ namespace, name }) => namespace.kubectl('scale', `statefulset/${name}`, `--replicas=${count}`)));
    await waitFor(`${count} pods of each cluster have addresses`, async () => (await addresses()).length === count * clusters.length);
  }

  if (ADDRESSES_COMMAND !== undefined) {
    test('stay apart when their pods come back with the addresses of each other', async () => {
      let exchanged = 0;
      await survive(EXCHANGES, async () => {
        for (let time = 0; time < EXCHANGES && exchanged === 0; time++) {
          const before = await addresses();
          await scaleTo(0);
          await runCommand(ADDRESSES_COMMAND!);
          await scaleTo(pods.length);
          exchanged = (await addresses()).filter(({ cluster, address }) =>
            before.some((former) => former.address === address && former.cluster !== cluster)).length;
          await members();
        }
      });
      process.stdout.write(`neighbours: ${exchanged} pods came back with the address of another cluster's pod\n`);
      expect(exchanged).toBeGreaterThan(0);
    });
  }
});

if (ADDRESSES_COMMAND === undefined) {
  describe.skip('needs used-addresses: RedisClusters beside each other', () => {
    test('stay apart when their pods come back with the addresses of each other', () => undefined);
  });
}
