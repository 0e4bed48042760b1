import { Cron, Size } from 'cdk8s';
import { LonghornDataLocality, LonghornRedis, LonghornRedisProps, RedisPersistence } from '../src';
import { container, directives, identity, only, podOf, synth } from './kit';

const make = (props: LonghornRedisProps = {}, namespace?: string) => synth((chart) => new LonghornRedis(chart, 'redis', props), namespace);

describe('by default', () => {
  const manifests = make();

  test('makes one Redis and the claim redis-pvc of 5Gi on Longhorn', () => {
    expect(manifests.map(identity).sort()).toEqual([
      'ConfigMap/redis-config', 'ConfigMap/redis-scripts', 'PersistentVolumeClaim/redis-pvc', 'Service/redis', 'StatefulSet/redis',
    ]);
    expect(only(manifests, 'PersistentVolumeClaim').spec).toEqual({
      accessModes: ['ReadWriteOnce'], storageClassName: 'longhorn', resources: { requests: { storage: '5Gi' } },
    });
    const set = only(manifests, 'StatefulSet');
    expect(podOf(set).spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'redis-pvc' } });
    expect(container(set, 'redis').volumeMounts).toContainEqual({ name: 'data', mountPath: directives(manifests).dir });
  });

  test('writes an append-only file', () => {
    expect(directives(manifests)).toMatchObject({ appendonly: 'yes', appendfsync: 'everysec' });
  });

  test('listens on 6379 behind a ClusterIP Service', () => {
    expect(only(manifests, 'Service').spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 6379 }] });
  });

  test('is what the snapshot says', () => {
    expect(manifests.filter(({ metadata }) => metadata.name !== 'redis-scripts')).toMatchSnapshot();
  });
});

describe('namespace', () => {
  test('is redis-server where it is made and the chart has none', () => {
    const manifests = make({ createNamespace: true });
    expect(only(manifests, 'Namespace').metadata.name).toBe('redis-server');
    for (const { kind, metadata } of manifests) expect([kind, metadata.namespace]).toEqual([kind, kind === 'Namespace' ? undefined : 'redis-server']);
    synth((chart) => expect(new LonghornRedis(chart, 'redis', { createNamespace: true }).endpoint.host).toBe('redis.redis-server.svc'));
  });

  test('is the chart\'s where it has one', () => {
    expect(only(make({ createNamespace: true }, 'prod'), 'Namespace').metadata.name).toBe('prod');
  });
});

describe('recurring jobs', () => {
  const manifests = make({ snapshots: { schedule: Cron.hourly(), retain: 24 }, backups: { schedule: Cron.daily() } }, 'prod');

  test('live where Longhorn looks for them', () => {
    expect(only(manifests, 'RecurringJob', 'prod-redis-snapshot')).toMatchObject({
      apiVersion: 'longhorn.io/v1beta2',
      metadata: { namespace: 'longhorn-system' },
      spec: { name: 'prod-redis-snapshot', task: 'snapshot', cron: '0 * * * *', retain: 24, concurrency: 1 },
    });
    expect(only(manifests, 'RecurringJob', 'prod-redis-backup').spec).toMatchObject({ task: 'backup', cron: '0 0 * * *', retain: 7 });
  });

  test('are chosen by the labels of the claim', () => {
    expect(only(manifests, 'PersistentVolumeClaim').metadata.labels).toMatchObject({
      'recurring-job.longhorn.io/source': 'enabled',
      'recurring-job.longhorn.io/prod-redis-snapshot': 'enabled',
      'recurring-job.longhorn.io/prod-redis-backup': 'enabled',
    });
  });
});

test('makes its own class with three copies, one of them near the pod', () => {
  const manifests = make({ ownClass: {} }, 'prod');
  expect(only(manifests, 'StorageClass')).toMatchObject({
    metadata: { name: 'prod-redis' }, parameters: { numberOfReplicas: '3', dataLocality: 'best-effort' }, reclaimPolicy: 'Retain',
  });
  expect(only(manifests, 'PersistentVolumeClaim').spec.storageClassName).toBe('prod-redis');
});

test('with everything on is what the snapshot says', () => {
  const manifests = make({
    name: 'store',
    claimName: 'store-data',
    size: Size.gibibytes(10),
    ownClass: { name: 'redis-fast', dataLocality: LonghornDataLocality.STRICT_LOCAL, recurringJobGroup: 'nightly' },
    snapshots: { schedule: Cron.hourly() },
    backups: { schedule: Cron.weekly(), retain: 4 },
    createNamespace: true,
    persistence: RedisPersistence.rdb(),
    resources: { memory: Size.gibibytes(2) },
    labels: { team: 'platform' },
  });
  expect(manifests.filter(({ metadata }) => metadata.name !== 'store-scripts')).toMatchSnapshot();
});
