import { spawnSync } from 'child_process';
import { mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Chart, Duration, Size, Testing } from 'cdk8s';
import {
  RedisAuth, RedisClaimRetention, RedisImage, RedisInsight, RedisMode, RedisPersistence, RedisReplication, RedisReplicationProps, RedisSentinel, RedisSpread,
  RedisStorage,
} from '../src';
import { container, identity, Manifest, only, podOf, synth, variables, workload } from './kit';
import { describeWith } from './tools';

const replication = (props?: RedisReplicationProps, namespace?: string) => synth((chart) => new RedisReplication(chart, 'redis', props), namespace);
const defaults = replication();
const NONE = { sentinel: RedisSentinel.none() };

function conf(manifests: Manifest[]): { [directive: string]: string } {
  const lines: string[] = only(manifests, 'ConfigMap', 'redis-config').data['redis.conf'].split('\n').filter((line: string) => line && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
}

const proxyConf = (manifests: Manifest[]): string => only(manifests, 'ConfigMap', 'redis-proxy').data['haproxy.cfg'];

function refusal(props: RedisReplicationProps, id: string = 'redis'): string[] {
  try {
    new RedisReplication(Testing.chart(), id, props);
  } catch (error) {
    const [subject, ...problems] = (error as Error).message.split('\n');
    expect(subject).toBe(`RedisReplication 'test/${id}' cannot be made:`);
    return problems.map((problem) => problem.replace(/^ {2}- /, ''));
  }
  throw new Error('nothing was refused');
}

describe('a RedisReplication', () => {
  test('makes these objects', () => {
    expect(defaults.map(identity)).toEqual([
      'ConfigMap/redis-config', 'ConfigMap/redis-plan', 'ConfigMap/redis-scripts',
      'Service/redis-0', 'Service/redis-1', 'Service/redis-2', 'StatefulSet/redis', 'PodDisruptionBudget/redis',
      'Service/redis-sentinel-0', 'Service/redis-sentinel-1', 'Service/redis-sentinel-2', 'Service/redis-sentinel', 'StatefulSet/redis-sentinel',
      'PodDisruptionBudget/redis-sentinel',
      'ConfigMap/redis-proxy', 'Service/redis', 'Service/redis-replicas', 'Deployment/redis-proxy', 'PodDisruptionBudget/redis-proxy',
      'NetworkPolicy/redis-sentinel',
    ]);
  });

  test('has a master and two replicas, which start together, and a volume of 1Gi at /data for each', () => {
    const statefulSet = only(defaults, 'StatefulSet', 'redis');
    expect(statefulSet.spec).toMatchObject({ replicas: 3, podManagementPolicy: 'Parallel' });
    expect(statefulSet.spec.volumeClaimTemplates).toEqual([{
      metadata: { name: 'data', labels: statefulSet.spec.selector.matchLabels },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }]);
    expect(container(statefulSet, 'redis').volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
  });

  test('gives each pod a Service that leads to it, ready or not', () => {
    expect(only(defaults, 'Service', 'redis-1').spec).toEqual({
      type: 'ClusterIP',
      publishNotReadyAddresses: true,
      selector: { ...only(defaults, 'StatefulSet', 'redis').spec.selector.matchLabels, 'statefulset.kubernetes.io/pod-name': 'redis-1' },
      ports: [{ name: 'redis', port: 6379, targetPort: 'redis' }],
    });
    expect(only(defaults, 'Service', 'redis-sentinel-2').spec).toMatchObject({
      publishNotReadyAddresses: true,
      selector: { 'statefulset.kubernetes.io/pod-name': 'redis-sentinel-2' },
      ports: [{ name: 'sentinel', port: 26379, targetPort: 'sentinel' }],
    });
  });

  test('looks all names up before Redis and the Sentinels start, which would stand still while the name service is silent', () => {
    for (const name of ['redis', 'redis-sentinel']) {
      const { spec } = podOf(only(defaults, 'StatefulSet', name));
      const [names] = spec.initContainers;
      expect(names).toMatchObject({ name: 'names', image: spec.containers[0].image, command: ['sh', '/scripts/names.sh', 'find'] });
      expect(names.env).toContainEqual({ name: 'HOSTS_FILE', value: '/hosts/hosts' });
      expect(names.volumeMounts).toEqual(expect.arrayContaining([{ name: 'hosts', mountPath: '/hosts' }, { name: 'data', mountPath: '/data' }]));
      // Kubernetes leaves a hosts file alone that a container mounts itself.
      expect(spec.containers[0].env).toContainEqual({ name: 'HOSTS_FILE', value: '/etc/hosts' });
      expect(spec.containers[0].volumeMounts).toContainEqual({ name: 'hosts', mountPath: '/etc/hosts', subPath: 'hosts' });
    }
  });

  test('has a plan that a person can review', () => {
    expect(only(defaults, 'ConfigMap', 'redis-plan').data).toEqual({
      nodes: 'redis-0\nredis-1\nredis-2\n', sentinels: 'redis-sentinel-0\nredis-sentinel-1\nredis-sentinel-2\n',
    });
  });

  test('tells Redis what a replication needs', () => {
    expect(conf(defaults)).toEqual({
      'appendfsync': 'everysec',
      'appendonly': 'yes',
      'dir': '/data',
      'maxmemory': '314572kb',
      'min-replicas-max-lag': '5',
      'min-replicas-to-write': '1',
      'protected-mode': 'no',
      'repl-backlog-size': '64mb',
      'repl-diskless-sync-delay': '0',
      'repl-timeout': '30',
      'replica-ignore-disk-write-errors': 'yes',
      'save': '""',
    });
  });

  test('lets a master that is cut off write no longer than the Sentinels wait, and the user say otherwise', () => {
    const slow = RedisSentinel.enabled({ downAfter: Duration.millis(9500) });
    expect(conf(replication({ sentinel: slow }))).toMatchObject({ 'min-replicas-to-write': '1', 'min-replicas-max-lag': '10' });
    const config = { minReplicasToWrite: 0, minReplicasMaxLag: Duration.seconds(3) };
    expect(conf(replication({ config }))).toMatchObject({ 'min-replicas-to-write': '0', 'min-replicas-max-lag': '3' });
  });

  test('asks for no replica where none would be left, or nobody elects', () => {
    for (const props of [{ replicas: 1 }, { replicas: 1, sentinel: RedisSentinel.enabled() }, { replicas: 2, ...NONE }]) {
      expect(conf(replication(props))).not.toHaveProperty('min-replicas-to-write');
    }
  });

  test('tells the Sentinels when to act', () => {
    const sentinel = RedisSentinel.enabled({ count: 5, quorum: 2, downAfter: Duration.seconds(10), failoverTimeout: Duration.minutes(1) });
    const set = only(replication({ sentinel }), 'StatefulSet', 'redis-sentinel');
    expect(set.spec.replicas).toBe(5);
    expect(variables(container(set, 'sentinel'))).toMatchObject({
      REDIS_PORT: '26379', SENTINEL_QUORUM: '2', SENTINEL_DOWN_AFTER: '10000', SENTINEL_FAILOVER_TIMEOUT: '60000',
    });
    expect(variables(container(only(defaults, 'StatefulSet', 'redis-sentinel'), 'sentinel'))).toMatchObject({
      SENTINEL_QUORUM: '2', SENTINEL_DOWN_AFTER: '5000', SENTINEL_FAILOVER_TIMEOUT: '30000',
    });
  });

  test('gives each Sentinel a small volume, of a class of the user\'s', () => {
    const claim = (manifests: Manifest[]) => only(manifests, 'StatefulSet', 'redis-sentinel').spec.volumeClaimTemplates[0].spec;
    expect(claim(defaults)).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } });
    const storage = RedisStorage.volume({ storageClass: 'fast', size: Size.gibibytes(1) });
    expect(claim(replication({ sentinel: RedisSentinel.enabled({ storage }) }))).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } });
  });

  test('leads writes to the master and reads to the replicas, by a proxy', () => {
    const proxies = only(defaults, 'Deployment', 'redis-proxy').spec.selector.matchLabels;
    expect(only(defaults, 'Service', 'redis').spec).toEqual({
      type: 'ClusterIP', selector: proxies, ports: [{ name: 'redis', port: 6379, targetPort: 'write' }],
    });
    expect(only(defaults, 'Service', 'redis-replicas').spec.ports).toEqual([{ name: 'redis', port: 6379, targetPort: 'read' }]);
  });

  test('starts its proxies anew when their configuration changes, and not before', () => {
    const annotations = (manifests: Manifest[]) => podOf(only(manifests, 'Deployment', 'redis-proxy')).metadata.annotations;
    expect(annotations(replication({ resources: { cpu: 2 } }))).toEqual(annotations(defaults));
    expect(annotations(replication({ replicas: 3 }))).not.toEqual(annotations(defaults));
  });

  test('lets the user choose the proxy', () => {
    const deployment = only(replication({ proxy: { image: 'registry.example.com/haproxy:3.2', count: 3, resources: { cpu: 1 } } }), 'Deployment', 'redis-proxy');
    expect(deployment.spec.replicas).toBe(3);
    expect(container(deployment, 'haproxy')).toMatchObject({
      image: 'registry.example.com/haproxy:3.2', resources: { requests: { cpu: '1000m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    });
    expect(container(only(defaults, 'Deployment', 'redis-proxy'), 'haproxy').image).toBe('haproxy:3.0');
  });

  test('has a proxy that holds no more for slow clients than half of its memory', () => {
    expect(proxyConf(defaults)).toContain('tune.buffers.limit 4096\n');
    expect(proxyConf(replication({ proxy: { resources: { memory: Size.mebibytes(512) } } }))).toContain('tune.buffers.limit 16384\n');
  });

  test('has a proxy that needs no password, and so none of its Secret', () => {
    const secured = replication({ auth: RedisAuth.password('redis-password') });
    expect(proxyConf(secured)).toBe(proxyConf(defaults));
    expect(proxyConf(secured).match(/tcp-check send "AUTH proxy none\\r\\n"\n {2}tcp-check expect string \+OK/g)).toHaveLength(5);
    expect(podOf(only(secured, 'Deployment', 'redis-proxy'))).toEqual(podOf(only(defaults, 'Deployment', 'redis-proxy')));
  });

  test('has Sentinels that want the password, and a loop beside them that gives them another one', () => {
    const sentinels = only(replication({ auth: RedisAuth.password('redis-password') }), 'StatefulSet', 'redis-sentinel');
    for (const name of ['sentinel', 'config-reloader']) {
      expect(variables(container(sentinels, name))).toMatchObject({ REDIS_PASSWORD_FILE: '/redis-auth/password', REDIS_PORT: '26379' });
      expect(container(sentinels, name).volumeMounts).toContainEqual({ name: 'auth', mountPath: '/redis-auth', readOnly: true });
    }
    expect(container(sentinels, 'config-reloader').command).toEqual(['sh', '/scripts/sentinel-reload.sh']);
    expect(podOf(only(defaults, 'StatefulSet', 'redis-sentinel')).spec.containers).toHaveLength(1);
  });

  test('changes no pod of Redis or of a Sentinel when replicas are added', () => {
    const more = replication({ replicas: 4 });
    for (const name of ['redis', 'redis-sentinel']) expect(podOf(only(more, 'StatefulSet', name))).toEqual(podOf(only(defaults, 'StatefulSet', name)));
  });

  test('spreads nodes, Sentinels and proxies, each for themselves', () => {
    const pods = [only(defaults, 'StatefulSet', 'redis'), only(defaults, 'StatefulSet', 'redis-sentinel'), only(defaults, 'Deployment', 'redis-proxy')];
    for (const each of pods) {
      const [zones, hosts] = podOf(each).spec.topologySpreadConstraints;
      expect([zones.whenUnsatisfiable, hosts.whenUnsatisfiable]).toEqual(['ScheduleAnyway', 'ScheduleAnyway']);
      expect(hosts.labelSelector.matchLabels).toEqual(each.spec.selector.matchLabels);
    }
    expect(podOf(only(replication({ spread: RedisSpread.REQUIRED }), 'StatefulSet', 'redis-sentinel')).spec.topologySpreadConstraints[1].whenUnsatisfiable).toBe('DoNotSchedule');
    expect(podOf(only(replication({ spread: RedisSpread.NONE }), 'Deployment')).spec).not.toHaveProperty('topologySpreadConstraints');
  });

  test('may keep nothing: its data live as long as a pod does', () => {
    const set = only(replication({ persistence: RedisPersistence.none() }), 'StatefulSet', 'redis');
    expect(set.spec).not.toHaveProperty('volumeClaimTemplates');
    expect(podOf(set).spec.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });

  test('may take the volumes of its Sentinels with it', () => {
    const sentinel = RedisSentinel.enabled({ storage: RedisStorage.volume({ retention: RedisClaimRetention.DELETE }) });
    expect(only(replication({ sentinel }), 'StatefulSet', 'redis-sentinel').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete' });
    expect(only(defaults, 'StatefulSet', 'redis-sentinel').spec).not.toHaveProperty('persistentVolumeClaimRetentionPolicy');
  });

  test('may take its volumes with it', () => {
    const storage = RedisStorage.volume({ retention: RedisClaimRetention.DELETE });
    expect(only(replication({ persistence: RedisPersistence.rdb({ storage }) }), 'StatefulSet', 'redis').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete' });
  });

  test('is what the snapshot says', () => {
    expect(defaults.filter(({ metadata }) => metadata.name !== 'redis-scripts')).toMatchSnapshot();
  });

  test('with everything on is what the snapshot says', () => {
    const everything = replication({
      replicas: 4,
      sentinel: RedisSentinel.enabled({ count: 5, quorum: 2, downAfter: Duration.seconds(10), failoverTimeout: Duration.minutes(3), storage: RedisStorage.volume({ storageClass: 'fast' }) }),
      proxy: { image: 'haproxy:3.2', count: 3, resources: { memory: Size.mebibytes(512) } },
      image: RedisImage.official('8.0.2', { pullSecrets: ['registry'] }),
      auth: RedisAuth.password('redis-password'),
      persistence: RedisPersistence.rdb({ storage: RedisStorage.longhorn({ ownClass: {}, size: Size.gibibytes(4) }) }),
      spread: RedisSpread.REQUIRED,
      resources: { memory: Size.gibibytes(1), cpu: 1 },
      scheduling: { tolerations: [{ key: 'redis' }], priorityClassName: 'high' },
      labels: { team: 'shop' },
      config: { minReplicasToWrite: 2 },
    }, 'prod');
    expect(everything.filter(({ metadata }) => metadata.name !== 'redis-scripts')).toMatchSnapshot();
  });
});

describe('a RedisReplication without Sentinels', () => {
  const fixed = replication({ replicas: 1 });

  test('is the default with one replica, and makes these objects', () => {
    expect(fixed.map(identity)).toEqual([
      'ConfigMap/redis-config', 'ConfigMap/redis-plan', 'ConfigMap/redis-scripts', 'Service/redis-0', 'Service/redis-1', 'StatefulSet/redis', 'PodDisruptionBudget/redis',
      'Service/redis', 'Service/redis-replicas',
    ]);
    expect(only(fixed, 'ConfigMap', 'redis-plan').data).toEqual({ nodes: 'redis-0\nredis-1\n' });
  });

  test('has the first node as its master for ever', () => {
    const { matchLabels } = only(fixed, 'StatefulSet').spec.selector;
    expect(only(fixed, 'Service', 'redis').spec.selector).toEqual({ ...matchLabels, 'statefulset.kubernetes.io/pod-name': 'redis-0' });
    expect(only(fixed, 'Service', 'redis-replicas').spec.selector).toEqual(matchLabels);
  });

  test('may have them with one replica, and may have none with two', () => {
    expect(replication({ replicas: 1, sentinel: RedisSentinel.enabled() }).map(identity)).toContain('StatefulSet/redis-sentinel');
    expect(replication({ replicas: 2, ...NONE }).map(identity)).not.toContain('StatefulSet/redis-sentinel');
  });
});

describeWith('haproxy', 'needs haproxy: the configuration of the proxy', () => {
  test.each(['::', '*'])('is one that HAProxy takes, at %s', (bind) => {
    const file = join(mkdtempSync(join(tmpdir(), 'haproxy-')), 'haproxy.cfg');
    writeFileSync(file, proxyConf(defaults));
    const env = { ...process.env, PROXY_DOMAIN: 'prod.svc.cluster.local', PROXY_BIND: bind, REPLICATION_DOMAIN: 'prod.svc' };
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', file], { encoding: 'utf8', env });
    // Nobody has these names here, and where they are none yet the proxy waits for them.
    expect([status, stderr.replace(/^\[NOTICE\].*\n|^.*could not resolve address.*\n/gm, '')]).toEqual([0, '']);
  });
});

describe('what others know of a RedisReplication', () => {
  const chart = (namespace?: string) => new Chart(Testing.app(), 'test', { namespace });

  test('are its endpoints', () => {
    const redis = new RedisReplication(chart('prod'), 'redis');
    expect(redis.mode).toBe(RedisMode.STANDALONE);
    expect(redis.endpoint.address).toBe('redis.prod.svc:6379');
    expect(redis.readEndpoint!.address).toBe('redis-replicas.prod.svc:6379');
    expect(redis.nodeEndpoints.map(({ address }) => address)).toEqual([0, 1, 2].map((ordinal) => `redis-${ordinal}.prod.svc:6379`));
    expect(redis.sentinelEndpoints!.map(({ address }) => address)).toEqual([0, 1, 2].map((ordinal) => `redis-sentinel-${ordinal}.prod.svc:26379`));
    expect(redis.sentinelMaster).toBe('redis');
    expect(new RedisReplication(chart(), 'redis', { replicas: 1 })).toMatchObject({ sentinelEndpoints: undefined, sentinelMaster: undefined });
  });

  test('is in the variables of a workload', () => {
    const app = chart('prod');
    const web = workload(app, 'Deployment', { containers: [{ name: 'web', image: 'web' }] });
    new RedisReplication(app, 'redis', { auth: RedisAuth.password('secret') }).connect(web, { as: 'CACHE' });
    expect(variables(Testing.synth(app).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name !== 'redis-proxy')!.spec.template.spec.containers[0])).toEqual({
      CACHE_HOST: 'redis.prod.svc',
      CACHE_PORT: '6379',
      CACHE_URL: 'redis://redis.prod.svc:6379',
      CACHE_NODES: 'redis-0.prod.svc:6379,redis-1.prod.svc:6379,redis-2.prod.svc:6379',
      CACHE_READ_HOST: 'redis-replicas.prod.svc',
      CACHE_READ_PORT: '6379',
      CACHE_READ_URL: 'redis://redis-replicas.prod.svc:6379',
      CACHE_SENTINELS: 'redis-sentinel-0.prod.svc:26379,redis-sentinel-1.prod.svc:26379,redis-sentinel-2.prod.svc:26379',
      CACHE_SENTINEL_MASTER: 'redis',
      CACHE_PASSWORD: { secretKeyRef: { name: 'secret', key: 'password' } },
    });
  });

  test('is a database of a console', () => {
    const manifests = synth((app) => new RedisInsight(app, 'ui', { databases: [new RedisReplication(app, 'redis')], acceptTerms: true }));
    const console = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'ui')!;
    expect(variables(podOf(console).spec.containers[0])).toMatchObject({ RI_REDIS_HOST_1: 'redis', RI_REDIS_PORT_1: '6379' });
  });
});

describe('a RedisReplication refuses', () => {
  test.each<[RedisReplicationProps, string]>([
    [{ replicas: 0 }, '\'replicas\' is 0: it takes a whole number from 1 to 20; for a Redis without a copy, use RedisStandalone'],
    [{ replicas: 2.5 }, '\'replicas\' is 2.5: it takes a whole number from 1 to 20; for a Redis without a copy, use RedisStandalone'],
    [{ sentinel: RedisSentinel.enabled({ count: 4 }) }, '\'sentinel.count\' is 4: it takes an odd number from 3 to 9, since most of them must agree'],
    [{ sentinel: RedisSentinel.enabled({ count: 1e9 + 1 }) }, '\'sentinel.count\' is 1000000001: it takes an odd number from 3 to 9, since most of them must agree'],
    [{ replicas: 1e9 }, '\'replicas\' is 1000000000: it takes a whole number from 1 to 20; for a Redis without a copy, use RedisStandalone'],
    [{ sentinel: RedisSentinel.enabled({ quorum: 4 }) }, '\'sentinel.quorum\' is 4: it takes a whole number from 1 to \'sentinel.count\', which is 3'],
    [{ sentinel: RedisSentinel.enabled({ downAfter: Duration.millis(500) }) },
      '\'sentinel.downAfter\' is 0.5 seconds: it takes a Duration from 1 second to 1 minute, in whole milliseconds'],
    [{ sentinel: RedisSentinel.enabled({ downAfter: Duration.seconds(20) }) },
      '\'sentinel.failoverTimeout\' is 30 seconds: it takes a Duration from three times \'sentinel.downAfter\', which is 20 seconds, to 1 hour, in whole milliseconds'],
    [{ sentinel: RedisSentinel.enabled({ storage: RedisStorage.existingClaim('mine') }) },
      '\'sentinel.storage\' is an existing claim, but each Sentinel needs a volume of its own: use RedisStorage.volume() or RedisStorage.longhorn()'],
    [{ sentinel: RedisSentinel.enabled({ storage: RedisStorage.longhorn({ ownClass: {} }) }) },
      '\'sentinel.storage\' has an \'ownClass\', which a few kilobytes do not need: leave it out, or name a class in RedisStorage.volume()'],
    [{ sentinel: true as any }, '\'sentinel\' is true: it takes a RedisSentinel, such as RedisSentinel.enabled()'],
    [{ proxy: { count: 0 } }, '\'proxy.count\' is 0: it takes a whole number from 1 to 20'],
    [{ proxy: { image: 'HAProxy' } }, '\'proxy.image\' is \'HAProxy\': it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\''],
    [{ proxy: { resources: { cpu: 0 } } }, '\'proxy.resources.cpu\' is 0: it takes CPU cores from 0.001 to 1024'],
    [{ proxy: 3 as any }, '\'proxy\' is 3: it takes an object of properties'],
    [{ ...NONE, proxy: {} }, '\'proxy\' is given, but without Sentinels there is none: leave it out, or take RedisSentinel.enabled()'],
    [{ config: { minReplicasToWrite: 3 } },
      '\'config.minReplicasToWrite\' is 3, but \'replicas\' is 2: every write would be refused; lower the one or raise the other'],
    [{ persistence: RedisPersistence.aof({ storage: RedisStorage.existingClaim('mine') }) },
      '\'persistence.storage\' is an existing claim, but each node needs a volume of its own: use RedisStorage.volume() or RedisStorage.longhorn()'],
    [{ config: { extraDirectives: { replicaof: 'somebody 6379' } } }, '\'config.extraDirectives\' cannot set \'replicaof\': it belongs to RedisReplication'],
  ])('%j', (props, problem) => {
    expect(refusal(props)).toEqual([problem]);
  });

  test('a name that leaves no room for those of its pods', () => {
    const [problem] = refusal({}, 'r'.repeat(44));
    expect(problem).toContain('44 characters: it takes at most 43');
    expect(replication({ name: 'r'.repeat(43) }).map(identity)).toContain(`StatefulSet/${'r'.repeat(43)}-sentinel`);
  });

  test('all that is wrong at once', () => {
    expect(refusal({ replicas: 0, proxy: { count: 0 }, sentinel: RedisSentinel.enabled({ count: 2 }), spread: 'wide' as any })).toHaveLength(4);
  });

  test('a second one of the same name in a chart', () => {
    const chart = Testing.chart();
    new RedisReplication(chart, 'one', { name: 'redis' });
    expect(() => new RedisReplication(chart, 'two', { name: 'redis' })).toThrow('both need the');
  });
});
