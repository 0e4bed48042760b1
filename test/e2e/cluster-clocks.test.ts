import { RedisClientCertificates } from 'cdk8s-redis-constructs';
import { Authority } from './certificates';
import { CLOCKS, clockOf, jump, makeClocks } from './clocks';
import { jumpClocks, killMaster, masters, Outcome } from './cluster-scenarios';
import { ClusterUnderTest, PODS, SLOTS } from './cluster-under-test';
import { expectNothingRefused, Guard } from './guard';
import { apply, inNamespace } from './kit';
import { clean } from '../scripts/processes';

const HOUR = 3600;

/** Seconds. Certificates must be valid by the clocks that are set back, too. */
const DAY = 24 * HOUR;

// The authorities' files.
afterAll(clean);

function suite(): void {
  const here = inNamespace('clocks');
  let cluster: ClusterUnderTest;

  beforeAll(async () => {
    const guard = await Guard.make(here, RedisClientCertificates.REQUIRED, undefined, new Authority('e2e', clockOf(-DAY)));
    await makeClocks(here);
    cluster = await ClusterUnderTest.prepare(here, '8.6.3', { ...guard.options, clocks: true });
    await apply(cluster.manifest());
    await cluster.healthy();
  });

  async function survives(what: string, play: () => Promise<Outcome>): Promise<void> {
    const { seconds, pauses, lost, excused } = await play();
    process.stdout.write(`${what}: healthy after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms, `
      + `lost ${lost.length}, lost to asynchronous replication ${excused}\n`);
    expect(lost).toEqual([]);
    expect(masters(await cluster.healthy()).map(({ slots }) => slots).sort()).toEqual([...SLOTS].sort());
    await expectNothingRefused(here, PODS);
  }

  test('stays as it is when clocks go an hour ahead and an hour back', async () => {
    const [members, pods] = [await cluster.healthy(), await cluster.pods()];
    const host = pods.find(({ name }) => name === masters(members)[0].pod)!.host;
    const ofHost = pods.filter((pod) => pod.host === host).map(({ name }) => name);
    await survives('clocks jumped', () => jumpClocks(cluster, [
      { seconds: HOUR, pods: PODS }, { seconds: 0, pods: PODS }, { seconds: -HOUR, pods: PODS }, { seconds: 0, pods: PODS },
      { seconds: HOUR, pods: ofHost }, { seconds: -HOUR, pods: ofHost }, { seconds: 0, pods: ofHost },
    ]));
    expect(await cluster.healthy()).toEqual(members);
    expect((await cluster.pods()).map(({ uid, restarts }) => [uid, restarts])).toEqual(pods.map(({ uid, restarts }) => [uid, restarts]));
  });

  test('replaces a master that dies after all clocks were set back', async () => {
    await survives('a master killed after clocks were set back', async () => {
      await Promise.all(PODS.map((pod) => jump(here, pod, HOUR)));
      await cluster.healthy();
      await Promise.all(PODS.map((pod) => jump(here, pod, 0)));
      return killMaster(cluster);
    });
  });
}

if (CLOCKS) {
  describe('a RedisCluster whose clocks jump', suite);
} else {
  describe.skip('needs cc: a RedisCluster whose clocks jump', () => {
    test.each(['stays as it is', 'replaces a master'])('%s', () => undefined);
  });
}
