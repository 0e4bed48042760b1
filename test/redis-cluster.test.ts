import { readFileSync } from 'fs';
import { join } from 'path';
import { Chart, Duration, Size, Testing } from 'cdk8s';
import {
  EvictionPolicy, RedisAuth, RedisCluster, RedisClusterProps, RedisClaimRetention, RedisDataLoss, RedisFsync, RedisHealing, RedisImage, RedisInsight, RedisMode,
  RedisPersistence, RedisSlots, RedisSpread, RedisStorage,
} from '../src';
import { container, identity, Manifest, only, podOf, synth, variables, workload } from './kit';

const cluster = (props?: RedisClusterProps, namespace?: string) => synth((chart) => new RedisCluster(chart, 'redis-cluster', props), namespace);
const defaults = cluster();

function conf(manifests: Manifest[]): { [directive: string]: string } {
  const lines: string[] = only(manifests, 'ConfigMap', 'redis-cluster').data['redis.conf'].split('\n').filter((line: string) => line && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
}

const job = (manifests: Manifest[]) => only(manifests, 'Job');

function refusal(props: RedisClusterProps, id: string = 'redis'): string[] {
  try {
    new RedisCluster(Testing.chart(), id, props);
  } catch (error) {
    const [subject, ...problems] = (error as Error).message.split('\n');
    expect(subject).toBe(`RedisCluster 'test/${id}' cannot be made:`);
    return problems.map((problem) => problem.replace(/^ {2}- /, ''));
  }
  throw new Error('nothing was refused');
}

describe('a RedisCluster', () => {
  test('makes these objects', () => {
    expect(defaults.map(identity)).toEqual([
      'ConfigMap/redis-cluster', 'ConfigMap/redis-cluster-plan', 'ConfigMap/redis-cluster-scripts', 'Service/redis-cluster', 'Service/redis-cluster-nodes',
      'StatefulSet/redis-cluster', 'PodDisruptionBudget/redis-cluster', 'NetworkPolicy/redis-cluster',
      expect.stringMatching(/^Job\/redis-cluster-init-[a-z0-9]{5}$/),
    ]);
  });

  test('has three masters and three replicas, which start together', () => {
    expect(only(defaults, 'StatefulSet').spec).toMatchObject({ replicas: 6, podManagementPolicy: 'Parallel', serviceName: 'redis-cluster-nodes' });
  });

  test('has a volume of 1Gi at /data for each pod', () => {
    const statefulSet = only(defaults, 'StatefulSet');
    expect(statefulSet.spec.volumeClaimTemplates).toEqual([{
      metadata: { name: 'data', labels: statefulSet.spec.selector.matchLabels },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }]);
    expect(container(statefulSet, 'redis').volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
  });

  test('has its ConfigMap at /conf, with the mode 0755', () => {
    const { spec } = podOf(only(defaults, 'StatefulSet'));
    expect(spec.volumes).toContainEqual({ name: 'config', configMap: { name: 'redis-cluster', defaultMode: 0o755 } });
    expect(container(only(defaults, 'StatefulSet'), 'redis').volumeMounts).toContainEqual({ name: 'config', mountPath: '/conf', readOnly: true });
    expect(container(only(defaults, 'StatefulSet'), 'redis').command).toEqual(['sh', '/scripts/cluster-start.sh', 'redis-server', '/conf/redis.conf']);
  });

  test('has a ClusterIP Service for clients and gossip, and one that names each pod, ready or not', () => {
    const ports = [{ name: 'client', port: 6379, targetPort: 'client' }, { name: 'gossip', port: 16379, targetPort: 'gossip' }];
    expect(only(defaults, 'Service', 'redis-cluster').spec).toMatchObject({ type: 'ClusterIP', ports });
    expect(only(defaults, 'Service', 'redis-cluster-nodes').spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, ports });
    expect(container(only(defaults, 'StatefulSet'), 'redis').ports).toEqual([
      { name: 'client', containerPort: 6379 }, { name: 'gossip', containerPort: 16379 },
    ]);
  });

  test('has a plan that a person can review', () => {
    expect(only(defaults, 'ConfigMap', 'redis-cluster-plan').data).toEqual({
      'shards': '0-5460\n5461-10922\n10923-16383\n',
      'replicas-per-shard': '1\n',
      'nodes': [0, 1, 2, 3, 4, 5].map((ordinal) => `redis-cluster-${ordinal}\n`).join(''),
    });
  });

  test('may be cut as the mission does', () => {
    const slots = RedisSlots.ranges('0-5000', '5001-10000', '10001-16383');
    expect(only(cluster({ slots }), 'ConfigMap', 'redis-cluster-plan').data.shards).toBe('0-5000\n5001-10000\n10001-16383\n');
  });

  test('tells Redis what a cluster needs', () => {
    expect(conf(defaults)).toEqual({
      'appendfsync': 'everysec',
      'appendonly': 'yes',
      'cluster-allow-replica-migration': 'no',
      'cluster-config-file': 'nodes.conf',
      'cluster-enabled': 'yes',
      'cluster-node-timeout': '5000',
      'cluster-replica-validity-factor': '0',
      'cluster-require-full-coverage': 'no',
      'dir': '/data',
      'maxmemory': '314572kb',
      'protected-mode': 'no',
      'repl-backlog-size': '64mb',
      'repl-diskless-sync-delay': '0',
      'repl-ping-replica-period': '2',
      'repl-timeout': '30',
      'replica-ignore-disk-write-errors': 'yes',
      'save': '""',
    });
  });

  test('is limited to 512Mi, of which the data may take 60%', () => {
    expect(container(only(defaults, 'StatefulSet'), 'redis').resources).toEqual({
      requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } });
    expect(only(defaults, 'ConfigMap', 'redis-cluster').data['redis.conf']).toContain('# 60% of the memory limit of 512Mi');
    const large = cluster({ resources: { memory: Size.gibibytes(1), cpu: 1 }, persistence: RedisPersistence.aof({ size: Size.gibibytes(8) }) });
    expect(conf(large).maxmemory).toBe(`${Math.floor(1024 * 1024 * 0.6)}kb`);
  });

  test('takes the user\'s directives in place of its own defaults', () => {
    const config = { replTimeout: Duration.seconds(99), replBacklogSize: Size.mebibytes(1), maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU, extraDirectives: { hz: '20' } };
    const given = cluster({ config: { ...config, extraDirectives: {}, hz: 20 } });
    expect(conf(given)).toMatchObject({ 'repl-timeout': '99', 'repl-backlog-size': '1024kb', 'maxmemory-policy': 'allkeys-lru', 'hz': '20' });
  });

  test('asks Redis itself whether it lives, and more before clients come', () => {
    expect(container(only(defaults, 'StatefulSet'), 'redis')).toMatchObject({
      startupProbe: { exec: { command: ['sh', '/scripts/alive.sh'] } },
      livenessProbe: { exec: { command: ['sh', '/scripts/alive.sh'] } },
      readinessProbe: { exec: { command: ['sh', '/scripts/cluster-ready.sh'] } },
      lifecycle: { preStop: { exec: { command: ['sh', '/scripts/cluster-pre-stop.sh'] } } },
    });
    expect(podOf(only(defaults, 'StatefulSet')).spec.terminationGracePeriodSeconds).toBe(60);
  });

  test('has a healer beside each node, which sees no data', () => {
    const healer = container(only(defaults, 'StatefulSet'), 'healer');
    expect(healer).toMatchObject({ image: 'redis:8.6.3', command: ['sh', '/scripts/cluster-heal.sh'], resources: { limits: { memory: '64Mi' } } });
    expect(healer.volumeMounts.map(({ name }: Manifest) => name)).toEqual(['config', 'scripts', 'plan', 'tmp']);
  });

  test.each([[75, '64Mi', '256Mi'], [100, '128Mi', '256Mi'], [500, '2048Mi', '2048Mi']])('of %i shards has memory to look at all of them', (shards, healer, init) => {
    const manifests = cluster({ shards });
    expect(container(only(manifests, 'StatefulSet'), 'healer').resources.limits.memory).toBe(healer);
    expect(podOf(only(manifests, 'StatefulSet')).spec.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: healer } });
    expect(container(job(manifests), 'init').resources.limits.memory).toBe(init);
    expect(podOf(job(manifests)).spec.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: init } });
  });

  test('has a healer that does less, or none', () => {
    const healing = (of: RedisHealing) => container(only(cluster({ healing: of }), 'StatefulSet'), 'healer');
    expect(healing(RedisHealing.links()).env).toContainEqual({ name: 'HEALING', value: 'links' });
    expect(healing(RedisHealing.none())).toBeUndefined();
    expect(JSON.stringify(cluster({ healing: RedisHealing.none() }))).not.toContain('"HEALING"');
  });

  test('waits for a person when data are nowhere left, unless they are kept nowhere', () => {
    const loss = (props: RedisClusterProps) => container(only(cluster(props), 'StatefulSet'), 'healer').env
      .find(({ name }: Manifest) => name === 'CLUSTER_DATA_LOSS').value;
    expect(loss({})).toBe('wait');
    expect(loss({ dataLoss: RedisDataLoss.START_EMPTY })).toBe('start-empty');
    expect(loss({ persistence: RedisPersistence.none() })).toBe('start-empty');
  });

  test('keeps nothing where it shall not', () => {
    const set = only(cluster({ persistence: RedisPersistence.none() }), 'StatefulSet');
    expect(set.spec.volumeClaimTemplates).toBeUndefined();
    expect(set.spec.template.spec.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });

  test('lets nobody but its own nodes reach the bus, and one pod at a time be taken away', () => {
    const { matchLabels } = only(defaults, 'StatefulSet').spec.selector;
    expect(only(defaults, 'NetworkPolicy').spec).toEqual({
      podSelector: { matchLabels }, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 'client', protocol: 'TCP' }] }, { from: [{ podSelector: { matchLabels } }] }],
    });
    expect(only(defaults, 'PodDisruptionBudget').spec).toEqual({ maxUnavailable: 1, selector: { matchLabels } });
  });

  test.each([
    [undefined, ['ScheduleAnyway', 'ScheduleAnyway']],
    [RedisSpread.REQUIRED, ['ScheduleAnyway', 'DoNotSchedule']],
    [RedisSpread.NONE, undefined],
  ])('is spread over zones and hosts as told (%s)', (spread, whenUnsatisfiable) => {
    const constraints = podOf(only(cluster({ spread }), 'StatefulSet')).spec.topologySpreadConstraints;
    expect(constraints?.map((each: Manifest) => each.whenUnsatisfiable)).toEqual(whenUnsatisfiable);
    if (constraints) expect(constraints.map((each: Manifest) => each.topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
  });

  test('ships the scripts byte for byte', () => {
    const { data } = only(defaults, 'ConfigMap', 'redis-cluster-scripts');
    for (const [name, text] of Object.entries(data)) expect(text).toBe(readFileSync(join(__dirname, '..', 'assets', 'scripts', name), 'utf8'));
    const run = [...JSON.stringify(defaults).matchAll(/"\/scripts\/([a-z-]+\.sh)"/g)];
    const sourced = Object.values<string>(data).flatMap((text) => [...text.matchAll(/\$(?:directory|\(dirname "\$0"\))\/([a-z-]+\.sh)/g)]);
    // For a Redis with users, and for one with metrics.
    for (const [, name] of [...run, ...sourced]) expect([...Object.keys(data), 'users.sh', 'exporter-login.sh']).toContain(name);
  });

  test('keeps its password in its Secret', () => {
    const manifests = cluster({ auth: RedisAuth.password('redis-secret') });
    for (const manifest of [only(manifests, 'StatefulSet'), job(manifests)]) {
      const { containers, volumes } = podOf(manifest).spec;
      expect(volumes).toContainEqual(expect.objectContaining({ name: 'auth' }));
      for (const each of containers) expect(variables(each).REDIS_PASSWORD_FILE).toBe('/redis-auth/password');
    }
  });

  test('makes the volumes that it is told', () => {
    const storage = RedisStorage.longhorn({ ownClass: { replicas: 1 }, size: Size.gibibytes(8), retention: RedisClaimRetention.DELETE });
    const manifests = cluster({ persistence: RedisPersistence.aof({ storage }) }, 'prod');
    expect(only(manifests, 'StorageClass').metadata.name).toBe('prod-redis-cluster');
    expect(only(manifests, 'StatefulSet').spec).toMatchObject({
      volumeClaimTemplates: [{ spec: { storageClassName: 'prod-redis-cluster', resources: { requests: { storage: '8Gi' } } } }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    });
  });
});

describe('a RedisCluster is what the snapshot says', () => {
  /** Without the scripts, which are their files, and what their hash makes of a name. */
  const shown = (manifests: Manifest[]) => manifests.filter(({ metadata }) => !metadata.name.endsWith('-scripts'))
    .map((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, name: manifest.metadata.name.replace(/-init-[a-z0-9]{5}$/, '-init-<hash>') } }));

  test('by default', () => {
    expect(shown(defaults)).toMatchSnapshot();
  });

  test('with everything on', () => {
    expect(shown(cluster({
      name: 'everything',
      image: RedisImage.of('registry.example.com/redis:prod', { version: '8.0.2', pullSecrets: ['registry'] }),
      auth: RedisAuth.password('redis-secret', 'pass'),
      slots: RedisSlots.weighted(1, 1, 2, 4),
      replicasPerShard: 2,
      spread: RedisSpread.REQUIRED,
      healing: RedisHealing.full(),
      dataLoss: RedisDataLoss.START_EMPTY,
      config: { minReplicasToWrite: 1, replTimeout: Duration.seconds(60), extraDirectives: { 'repl-diskless-load': 'swapdb' } },
      persistence: RedisPersistence.aof({
        storage: RedisStorage.longhorn({ size: Size.gibibytes(8), retention: RedisClaimRetention.DELETE, ownClass: { replicas: 1 } }),
      }),
      resources: { memory: Size.gibibytes(2), cpu: 0.5, cpuLimit: 2 },
      scheduling: { nodeSelector: { 'node-type': 'worker' }, tolerations: [{ key: 'spot' }], priorityClassName: 'high' },
      labels: { team: 'platform' },
    }, 'prod'))).toMatchSnapshot();
  });
});

describe('the Job of a RedisCluster', () => {
  test('is no target of its Services, and has no volume of a node', () => {
    const { metadata, spec } = podOf(job(defaults));
    expect(metadata.labels['app.kubernetes.io/component']).toBe('cluster-init');
    expect(spec.volumes.map(({ name }: Manifest) => name)).toEqual(['scripts', 'plan', 'tmp']);
    expect(spec.restartPolicy).toBe('OnFailure');
    expect(spec).not.toHaveProperty('topologySpreadConstraints');
  });

  test('has another name when its input is another one, and only then', () => {
    const name = (props?: RedisClusterProps) => job(cluster(props)).metadata.name;
    const names = [
      name(), name({ shards: 4 }), name({ replicasPerShard: 2 }), name({ slots: RedisSlots.weighted(1, 1, 2) }), name({ image: RedisImage.official('8.0.2') }),
      name({ auth: RedisAuth.password('a') }), name({ scheduling: { nodeSelector: { a: 'b' } } }),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(name({ config: { hz: 20 } })).toBe(name());
    expect(name({ spread: RedisSpread.NONE })).toBe(name());
  });
});

test('adding a shard changes only the plan, the number of pods and the Job', () => {
  const changed = cluster({ shards: 4 }).filter((manifest, index) => JSON.stringify(manifest) !== JSON.stringify(defaults[index])).map(identity);
  expect(changed).toEqual(['ConfigMap/redis-cluster-plan', 'StatefulSet/redis-cluster', expect.stringMatching(/^Job\//)]);
  const [before, after] = [defaults, cluster({ shards: 4 })].map((manifests) => only(manifests, 'StatefulSet'));
  expect(after).toEqual({ ...before, spec: { ...before.spec, replicas: 8 } });
});

describe('others', () => {
  test('are told where three of its nodes are, whatever its size', () => {
    const manifests = synth((chart) => new RedisCluster(chart, 'redis', { shards: 9 }).connect(workload(chart, 'Job', { containers: [{ name: 'web', image: 'web' }] })), 'prod');
    const web = manifests.filter(({ kind }) => kind === 'Job').map((manifest) => container(manifest, 'web')).find(Boolean);
    expect(variables(web)).toEqual({
      REDIS_HOST: 'redis.prod.svc',
      REDIS_PORT: '6379',
      REDIS_URL: 'redis://redis.prod.svc:6379',
      REDIS_NODES: [0, 1, 2].map((ordinal) => `redis-${ordinal}.redis-nodes.prod.svc:6379`).join(),
    });
  });

  test('see that it is a cluster, and RedisInsight takes it', () => {
    const manifests = synth((chart) => {
      const redis = new RedisCluster(chart, 'redis');
      expect(redis.mode).toBe(RedisMode.CLUSTER);
      expect(redis.nodeEndpoints.map(({ url }) => url)).toEqual([0, 1, 2].map((ordinal) => `redis://redis-${ordinal}.redis-nodes:6379`));
      new RedisInsight(chart, 'ui', { databases: [redis], acceptTerms: true });
    });
    expect(variables(container(only(manifests, 'Deployment'), 'ui') ?? podOf(only(manifests, 'Deployment')).spec.containers[0]).RI_REDIS_HOST_1).toBe('redis');
  });
});

describe('a RedisCluster refuses', () => {
  test.each<[string, RedisClusterProps, string]>([
    ['two shards', { shards: 2 }, '\'shards\' is 2: it takes a whole number from 3 to 1000, since a majority of masters decides who replaces one'],
    ['half a replica', { replicasPerShard: 0.5 }, '\'replicasPerShard\' is 0.5: it takes a whole number from 0'],
    ['slots for another number of shards', { shards: 4, slots: RedisSlots.ranges('0-5000', '5001-10000', '10001-16383') },
      '\'slots\' is made for 3 shards, but \'shards\' is 4: give both the same number'],
    ['slots with a hole', { slots: RedisSlots.ranges('0-5000', '5002-10000', '10001-16383') }, '\'slots\' gives 5001 to no shard: each slot needs one'],
    ['an end of data loss that nobody brings about', { dataLoss: RedisDataLoss.START_EMPTY, healing: RedisHealing.links() },
      '\'dataLoss\' is given, but \'healing\' does nothing about it: take RedisHealing.full(), or leave \'dataLoss\' out'],
    ['another word for data loss', { dataLoss: 'never' as RedisDataLoss }, '\'dataLoss\' is \'never\': it takes one of wait, start-empty'],
    ['one claim for all', { persistence: RedisPersistence.aof({ storage: RedisStorage.existingClaim('mine') }) },
      '\'persistence.storage\' is an existing claim, but each node needs a volume of its own: use RedisStorage.volume() or RedisStorage.longhorn()'],
    ['databases', { config: { databases: 16 } }, '\'config.databases\' is 16: a Redis Cluster has only one, so leave it out'],
    ['more acknowledging replicas than there are', { config: { minReplicasToWrite: 2 } },
      '\'config.minReplicasToWrite\' is 2, but \'replicasPerShard\' is 1: every write would be refused; lower the one or raise the other'],
    ['a directive of its own', { config: { extraDirectives: { 'cluster-node-timeout': '1' } } },
      '\'config.extraDirectives\' cannot set \'cluster-node-timeout\': it belongs to RedisCluster'],
    ['a durable cache', { persistence: RedisPersistence.aof({ fsync: RedisFsync.ALWAYS }), config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU } },
      '\'config.maxMemoryPolicy\' is \'allkeys-lru\', which throws away any key, but \'persistence\' with RedisFsync.ALWAYS promises to keep each: choose '
      + 'EvictionPolicy.NOEVICTION, or RedisFsync.EVERY_SECOND for a cache that starts warm'],
  ])('%s', (_, props, problem) => {
    expect(refusal(props)).toEqual([problem]);
  });

  test('everything that is wrong at once', () => {
    expect(refusal({ name: 'No', shards: 1, resources: { cpu: -1 }, config: { databases: 0 } }).length).toBeGreaterThanOrEqual(4);
  });

  test('a name that a Job could not have', () => {
    expect(refusal({ name: 'a'.repeat(53) })).toEqual([expect.stringMatching(/it takes at most 52/)]);
    expect(() => new RedisCluster(Testing.chart(), 'redis', { name: 'a'.repeat(52) })).not.toThrow();
  });

  test('the name of another one in its chart', () => {
    const chart = new Chart(Testing.app(), 'test');
    new RedisCluster(chart, 'one', { name: 'redis' });
    expect(() => new RedisCluster(chart, 'two', { name: 'redis' })).toThrow(/both need the ConfigMap 'redis' for themselves: give one of them another name/);
  });
});
