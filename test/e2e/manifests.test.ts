import { ApiObject, Chart, Cron, Duration, Size } from 'cdk8s';
import {
  EvictionPolicy, IRedis, LonghornDataLocality, LonghornRedis, RedisAccess, RedisAccessMode, RedisAuth, RedisClaimRetention, RedisClientCertificates, RedisCluster,
  RedisController, RedisExposure, RedisFsync, RedisImage, RedisImagePullPolicy, RedisInsight, RedisIssuerKind, RedisMetrics, RedisPersistence, RedisReplication,
  RedisSentinel, RedisSpread, RedisStandalone, RedisStorage, RedisTaintEffect, RedisTls,
} from 'cdk8s-redis-constructs';
import { parseAllDocuments } from 'yaml';
import { inNamespace, kubectl } from './kit';

const here = inNamespace('manifests');

// Every option has a value that the manifest shows.
const manifest = () => here.manifest((chart) => {
  const auth = RedisAuth.password('redis-password', 'the-key');
  const scheduling = {
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'dedicated', value: 'redis', effect: RedisTaintEffect.NO_SCHEDULE }, { key: 'spot' }],
    priorityClassName: 'system-cluster-critical',
  };
  const resources = { memory: Size.mebibytes(512), cpu: 0.25, cpuLimit: 1.5 };
  const volume = {
    size: Size.gibibytes(2),
    accessMode: RedisAccessMode.READ_WRITE_ONCE_POD,
    annotations: { 'example.com/owner': 'us' },
    labels: { team: 'us' },
  };
  const standalone = new RedisStandalone(chart, 'standalone', {
    image: RedisImage.of('redis:8.6.3', { version: '8.6.3', pullPolicy: RedisImagePullPolicy.ALWAYS, pullSecrets: ['registry'] }),
    config: { maxMemoryPolicy: EvictionPolicy.VOLATILE_LRM, timeout: Duration.minutes(5), extraDirectives: { 'set-proc-title': 'no' } },
    persistence: RedisPersistence.aof({
      fsync: RedisFsync.NO,
      saveRules: [{ after: Duration.hours(1), changes: 1 }],
      storage: RedisStorage.volume({ ...volume, storageClass: 'standard', retention: RedisClaimRetention.DELETE }),
    }),
    auth, resources, scheduling, labels: { team: 'us' },
  });
  const bare = new RedisStandalone(chart, 'bare', {
    controller: RedisController.POD,
    persistence: RedisPersistence.rdb({
      storage: RedisStorage.longhorn({ ...volume, ownClass: { replicas: 1, dataLocality: LonghornDataLocality.STRICT_LOCAL } }),
    }),
    auth, resources, scheduling,
  });
  const longhorn = new LonghornRedis(chart, 'longhorn', {
    ownClass: {}, snapshots: { schedule: Cron.hourly() }, backups: { schedule: Cron.daily(), retain: 30 }, auth, resources, scheduling,
  });
  const replication = new RedisReplication(chart, 'replication', {
    replicas: 3,
    sentinel: RedisSentinel.enabled({ count: 5, quorum: 2, downAfter: Duration.seconds(9), failoverTimeout: Duration.minutes(1), storage: RedisStorage.volume(volume) }),
    proxy: { count: 3, resources },
    spread: RedisSpread.REQUIRED,
    persistence: RedisPersistence.aof({ storage: RedisStorage.longhorn({ ...volume, ownClass: {} }) }),
    auth, resources, scheduling, labels: { team: 'us' },
  });
  new RedisInsight(chart, 'ingress', {
    databases: [standalone, bare, longhorn, replication],
    acceptTerms: true,
    exposure: RedisExposure.ingress({
      host: 'redis.example.com', path: '/console', className: 'nginx', tlsSecretName: 'tls', annotations: { 'example.com/owner': 'us' },
    }),
    encryptionKey: { secretName: 'console', key: 'encryption' },
    storage: RedisStorage.volume(volume),
    pullSecrets: ['registry'],
    resources, scheduling, labels: { team: 'us' },
  });
  new RedisInsight(chart, 'balanced', {
    exposure: RedisExposure.loadBalancer({ port: 8080, sourceRanges: ['203.0.113.0/24', '2001:db8::/32'] }),
  });
  new RedisInsight(chart, 'inside', { exposure: RedisExposure.clusterIp({ port: 8080 }) });
  locked(chart);
});

/** One of each kind with users, TLS and certificates of clients, all of them shown by a console and with a workload as a user of its own. */
function locked(chart: Chart): void {
  const mutual = { clientCertificates: RedisClientCertificates.REQUIRED };
  const issued = { issuer: 'authority', issuerKind: RedisIssuerKind.CLUSTER_ISSUER, duration: Duration.days(30), renewBefore: Duration.days(10), ...mutual };
  const doors = {
    auth: RedisAuth.acl({
      users: [{ name: 'shop', passwordSecret: { secretName: 'shop', key: 'password' }, keys: ['shop:*'], readKeys: ['all:*'], channels: ['shop'], commands: ['@all', '-@scripting'] }],
      internalSecret: 'locked-internal',
    }),
    tls: RedisTls.certManager(issued),
    access: RedisAccess.restricted({ pods: [{ labels: { app: 'exporter' }, namespaceName: 'monitoring' }], networks: ['203.0.113.0/24', '2001:db8::/32'] }),
    metrics: RedisMetrics.exporter({ scrapers: { pods: [{ labels: { app: 'prometheus' }, namespaceName: 'monitoring' }] }, podMonitor: true }),
  };
  const databases: IRedis[] = [
    new RedisStandalone(chart, 'locked-standalone', doors),
    new RedisStandalone(chart, 'locked-pod', { controller: RedisController.POD, ...doors, tls: RedisTls.fromSecret('locked-pod-tls', mutual) }),
    new LonghornRedis(chart, 'locked-longhorn', { claimName: 'locked', ...doors }),
    new RedisCluster(chart, 'locked-cluster', { ...doors, tls: RedisTls.certManager({ ...issued, port: 6380, plainPort: 6379 }) }),
    new RedisReplication(chart, 'locked-replication', doors),
  ];
  const labels = { app: 'web' };
  const web = new ApiObject(chart, 'web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } } },
  });
  databases.forEach((redis, index) => redis.connect(web, { as: `REDIS_${index}`, user: 'web', keys: ['web:*'], clientCertificate: 'web-tls' }));
  new RedisInsight(chart, 'locked-console', { databases, clientCertificate: 'console-tls', acceptTerms: true });
}

test('the server accepts every object of every construct with everything on, strictly validated', async () => {
  // The recurring jobs' namespace is Longhorn's; where Longhorn is not, the server checks the same objects in ours.
  const yaml = manifest().replaceAll('namespace: longhorn-system', `namespace: ${here.name}`);
  const answer = await kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input: yaml });
  const accepted = answer.trim().split('\n');
  expect(accepted.filter((line) => !line.endsWith(' created (server dry run)'))).toEqual([]);
  expect(accepted).toHaveLength(parseAllDocuments(yaml).length);
});
