import { Size } from 'cdk8s';
import { EvictionPolicy, RedisConfig, RedisController, RedisImage, RedisPersistence, RedisStandalone } from 'cdk8s-redis-constructs';
import { apply, expectUntouched, expectWritten, inNamespace, waitFor, write } from './kit';

const here = inNamespace('config');

/** The kubelet brings a changed ConfigMap into a pod within a minute or two. */
const DELIVERY = { seconds: 240 };

const VERSIONS = ['8.0.2', '8.6.3'];
const tutorial = (version: string) => `tutorial-${version.replaceAll('.', '-')}`;

const manifest = (live: RedisConfig, restarting: RedisConfig) => here.manifest((chart) => {
  new RedisStandalone(chart, 'live', { config: live });
  new RedisStandalone(chart, 'restarting', { config: restarting, persistence: RedisPersistence.aof({ size: Size.mebibytes(64) }) });
  for (const version of VERSIONS) {
    new RedisStandalone(chart, tutorial(version), {
      controller: RedisController.POD, image: RedisImage.official(version), existingConfigMap: 'example-redis-config',
    });
  }
});

/** The ConfigMap of the Kubernetes tutorial, indented as it is there. */
const exampleConfig = (value: string) => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: example-redis-config
  namespace: ${here.name}
data:
  redis-config: ${value}
`;

const before = { live: { maxMemory: Size.mebibytes(4), hz: 20 }, restarting: { databases: 4 } };
const after = { live: { maxMemory: Size.mebibytes(4), maxMemoryPolicy: EvictionPolicy.ALLKEYS_LFU }, restarting: { databases: 5 } };

beforeAll(async () => {
  await apply(exampleConfig('""'));
  await apply(manifest(before.live, before.restarting));
  await Promise.all(['live-0', 'restarting-0', ...VERSIONS.map(tutorial)].map((pod) => here.ready(pod)));
});

test('without a directive Redis has its own default: no limit of memory, and nothing is evicted', async () => {
  for (const version of VERSIONS) {
    expect(await here.directive(tutorial(version), 'maxmemory')).toBe('0');
    expect(await here.directive(tutorial(version), 'maxmemory-policy')).toBe('noeviction');
  }
});

describe('after a change of the configuration', () => {
  beforeAll(async () => {
    expect(await here.directive('live-0', 'hz')).toBe('20');
    expect(await here.directive('restarting-0', 'databases')).toBe('4');
    await write(here, 'restarting-0');
  });

  test('what Redis can change while it runs reaches the running server, and what left the file gets its default back', async () => {
    const pods = await here.pods('live-0');
    await apply(manifest(after.live, before.restarting));
    const changed = async () => await here.directive('live-0', 'maxmemory-policy') === 'allkeys-lfu';
    await waitFor('the running server has the new policy', changed, { ...DELIVERY, explain: () => here.explain('live-0') });
    await waitFor('hz has its default again', async () => await here.directive('live-0', 'hz') === '10', {
      explain: () => here.explain('live-0'),
    });
    expect(await here.directive('live-0', 'maxmemory')).toBe(String(4 * 1024 * 1024));
    await expectUntouched(here, pods);
    expect(await here.kubectl('logs', 'live-0', '-c', 'config-reloader')).toContain('maxmemory-policy: noeviction -> allkeys-lfu');
  });

  test('what Redis cannot change while it runs replaces the pod, with the data that it keeps', async () => {
    const former = await here.pod('restarting-0');
    const others = await here.pods('live-0');
    await apply(manifest(after.live, after.restarting));
    await here.ready('restarting-0', former);
    expect(await here.directive('restarting-0', 'databases')).toBe('5');
    await expectWritten(here, 'restarting-0');
    await expectUntouched(here, others);
  });

  test('a ConfigMap of one\'s own, as in the Kubernetes tutorial, reaches the running Pod on both versions', async () => {
    const pods = await here.pods(...VERSIONS.map(tutorial));
    await apply(exampleConfig('|\n    maxmemory 2mb\n    maxmemory-policy allkeys-lru'));
    for (const version of VERSIONS) {
      const pod = tutorial(version);
      await waitFor(`${pod} has the new limit`, async () => await here.directive(pod, 'maxmemory') === '2097152', {
        ...DELIVERY, explain: () => here.explain(pod),
      });
      await waitFor(`${pod} has the new policy`, async () => await here.directive(pod, 'maxmemory-policy') === 'allkeys-lru');
      // An argument of the construct wins over the file.
      expect(await here.directive(pod, 'dir')).toBe('/redis-master-data');
      expect(await here.redisCli(pod, 'INFO', 'server')).toContain(`redis_version:${version}`);
    }
    await expectUntouched(here, pods);
  });
});
