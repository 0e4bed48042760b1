import { Size } from 'cdk8s';
import { RedisClientCertificates, RedisPersistence } from 'cdk8s-redis-constructs';
import { parseAllDocuments } from 'yaml';
import { ADDRESSES_COMMAND, HOST_COMMAND, NAMES_COMMAND } from './accidents';
import {
  crashMajority, deleteAllWithoutNames, emptyMajority, endHealers, fillVolumes, form, masters, Outcome, permuteAddresses, robMaster,
} from './cluster-scenarios';
import { ClusterUnderTest, PODS, SLOTS } from './cluster-under-test';
import { expectNothingRefused, Guard } from './guard';
import { apply, inNamespace, Namespace, waitFor } from './kit';
import { clean } from '../scripts/processes';

const VERSION = '8.6.3';

/** What happened to a cluster, and that it is whole, has lost nothing, and did all that with the rights that its users have. */
async function survives(cluster: ClusterUnderTest, what: string, play: () => Promise<Outcome>): Promise<void> {
  const { seconds, pauses, lost, excused, report } = await play();
  process.stdout.write(`${what}: healthy after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms (writer held up ${report.heldUp} ms), `
    + `lost ${lost.length}, lost to asynchronous replication ${excused}\n`);
  expect(lost).toEqual([]);
  const members = await cluster.healthy();
  expect(masters(members).map(({ slots }) => slots).sort()).toEqual([...SLOTS].sort());
  expect(members.map(({ pod }) => pod)).toEqual(PODS);
  await expectNothingRefused(cluster.here, PODS);
}

/** The last lines of all healers, but for those on hosts that are gone. */
async function healers(here: Namespace): Promise<string> {
  return (await Promise.all(PODS.map((pod) => here.kubectl('logs', pod, '-c', 'healer', '--tail=20').catch(() => '')))).join('');
}

// The authorities' files.
afterAll(clean);

describe('a RedisCluster to which the worst happens', () => {
  const here = inNamespace('disasters');
  let cluster: ClusterUnderTest;

  beforeAll(async () => {
    const guard = await Guard.make(here, RedisClientCertificates.REQUIRED);
    cluster = await ClusterUnderTest.prepare(here, VERSION, guard.options);
  });

  test('forms when its Job never runs', async () => {
    const withoutJob = (yaml: string) => apply(parseAllDocuments(yaml).filter((document) => document.get('kind') !== 'Job').join(''));
    await survives(cluster, 'formed without its Job', () => form(cluster, withoutJob));
    // A Job that comes late finds a formed cluster.
    await apply(cluster.manifest());
    const [job] = (await here.kubectl('get', 'jobs', '-o', 'name')).trim().split('\n');
    await here.kubectl('wait', '--for=condition=complete', job, '--timeout=120s');
    expect((await here.kubectl('logs', job)).trim()).toBe('the cluster is formed: 3 masters with all slots, 3 replicas');
  });

  if (HOST_COMMAND !== undefined) {
    test('says what a person may do while two of three hosts are gone, and is whole when they are back', async () => {
      await survives(cluster, 'two hosts crashed', () => crashMajority(cluster, async () => {
        const advice = /stopped: redis-cluster-\d is not there, and too few masters are left to elect redis-cluster-\d/;
        await waitFor('the healer says so', async () => advice.test(await healers(here)), { explain: () => healers(here) });
      }));
    });
  }

  if (NAMES_COMMAND !== undefined) {
    test('comes together when names are answered again, after all its pods came back without', async () => {
      await survives(cluster, 'all pods deleted while the name service was silent', () => deleteAllWithoutNames(cluster));
    });
  }

  if (ADDRESSES_COMMAND !== undefined) {
    test('is the same when its pods come back with the addresses of each other', async () => {
      const before = (await cluster.healthy()).map(({ pod, id }) => [pod, id]);
      await survives(cluster, 'addresses permuted', async () => {
        const outcome = await permuteAddresses(cluster);
        expect(outcome.permuted).toBeGreaterThan(1);
        return outcome;
      });
      expect((await cluster.healthy()).map(({ pod, id }) => [pod, id])).toEqual(before);
    });
  }

  test('replaces a master that lost its append-only files but not what it knows of the cluster', async () => {
    await survives(cluster, 'append-only files of a master lost', () => robMaster(cluster));
  });

  test('replaces two of three masters that lost everything at once', async () => {
    await survives(cluster, 'volumes of two masters emptied', () => emptyMajority(cluster));
    expect(await here.kubectl('logs', '-l', 'app.kubernetes.io/component=cluster', '-c', 'redis', '--tail=-1'))
      .toContain('takes over: too few masters are left to elect it');
  });

  test('goes on when all healers are ended with a master', async () => {
    await survives(cluster, 'all healers ended', () => endHealers(cluster));
  });
});

if (HOST_COMMAND === undefined) {
  describe.skip('needs host-accidents: a RedisCluster to which the worst happens', () => {
    test('says what a person may do while two of three hosts are gone', () => undefined);
  });
}

if (NAMES_COMMAND === undefined) {
  describe.skip('needs silent-names: a RedisCluster to which the worst happens', () => {
    test('comes together when names are answered again, after all its pods came back without', () => undefined);
  });
}

if (ADDRESSES_COMMAND === undefined) {
  describe.skip('needs used-addresses: a RedisCluster to which the worst happens', () => {
    test('is the same when its pods come back with the addresses of each other', () => undefined);
  });
}

describe('a RedisCluster that keeps nothing', () => {
  const here = inNamespace('memory-only');
  let cluster: ClusterUnderTest;

  beforeAll(async () => {
    const guard = await Guard.make(here);
    cluster = await ClusterUnderTest.prepare(here, VERSION, { ...guard.options, persistence: RedisPersistence.none() });
    await apply(cluster.manifest());
    await cluster.healthy();
  });

  test('begins again empty where both nodes of a shard are gone', async () => {
    const members = await cluster.healthy();
    const [{ id, pod }] = masters(members);
    const replica = members.find(({ master }) => master === id)!.pod;
    await here.kubectl('delete', 'pod', pod, replica, '--grace-period=0', '--force');
    await waitFor('they are other nodes', async () => (await cluster.healthy()).every((member) => member.id !== id));
    expect(masters(await cluster.healthy()).map(({ slots }) => slots).sort()).toEqual([...SLOTS].sort());
    await expectNothingRefused(cluster.here, PODS);
  });

  test('forms again when all of its pods are gone', async () => {
    const former = await cluster.pods();
    await here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/component=cluster', '--wait=false');
    await cluster.podsThat('are other ones', ({ uid }) => former.every((pod) => pod.uid !== uid));
    expect(masters(await cluster.healthy()).map(({ slots }) => slots).sort()).toEqual([...SLOTS].sort());
    await expectNothingRefused(cluster.here, PODS);
  });
});

describe('a RedisCluster on small volumes', () => {
  const here = inNamespace('small-volumes');
  let cluster: ClusterUnderTest;

  beforeAll(async () => {
    const guard = await Guard.make(here);
    cluster = await ClusterUnderTest.prepare(here, VERSION, { ...guard.options, volumesOf: Size.mebibytes(64) });
    await apply(cluster.manifest());
    await cluster.healthy();
  });

  test('refuses writes to a shard whose volumes are full, and takes them again when there is room', async () => {
    const before = (await cluster.pods()).map(({ name, uid, restarts }) => ({ name, uid, restarts }));
    await survives(cluster, 'volumes of a shard full', () => fillVolumes(cluster));
    expect((await cluster.pods()).map(({ name, uid, restarts }) => ({ name, uid, restarts }))).toEqual(before);
  });
});
