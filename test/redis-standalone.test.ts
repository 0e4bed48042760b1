import { Size } from 'cdk8s';
import {
  EvictionPolicy, LonghornDataLocality, RedisAccessMode, RedisAuth, RedisClaimRetention, RedisController, RedisFsync, RedisImage, RedisPersistence, RedisStandalone,
  RedisStandaloneProps, RedisStorage, RedisTaintEffect,
} from '../src';
import { container, directives, identity, Manifest, only, podOf, synth, variables } from './kit';

const make = (props: RedisStandaloneProps = {}, namespace?: string) => synth((chart) => new RedisStandalone(chart, 'redis', props), namespace);
const statefulSet = (props: RedisStandaloneProps = {}) => only(make(props), 'StatefulSet');
const SELECTOR = { 'app.kubernetes.io/name': 'redis', 'app.kubernetes.io/instance': 'redis', 'app.kubernetes.io/component': 'standalone' };

describe('by default', () => {
  const manifests = make();
  const redis = container(only(manifests, 'StatefulSet'), 'redis');

  test('makes a StatefulSet of one, a Service and two ConfigMaps', () => {
    expect(manifests.map(identity).sort()).toEqual(['ConfigMap/redis-config', 'ConfigMap/redis-scripts', 'Service/redis', 'StatefulSet/redis']);
    expect(only(manifests, 'StatefulSet').spec.replicas).toBe(1);
  });

  test('listens on 6379 behind a ClusterIP Service', () => {
    expect(only(manifests, 'Service').spec).toEqual({
      type: 'ClusterIP', selector: SELECTOR, ports: [{ name: 'redis', port: 6379, targetPort: 'redis' }],
    });
    expect(redis.ports).toEqual([{ name: 'redis', containerPort: 6379 }]);
  });

  test('runs redis-server with the redis.conf of the ConfigMap\'s key redis-config', () => {
    expect(redis.command).toEqual(['redis-server', '/redis-master/redis.conf']);
    const volume = podOf(only(manifests, 'StatefulSet')).spec.volumes.find(({ name }: Manifest) => name === 'config');
    expect(volume.configMap).toEqual({ name: 'redis-config', items: [{ key: 'redis-config', path: 'redis.conf' }] });
    expect(redis.volumeMounts).toContainEqual({ name: 'config', mountPath: '/redis-master', readOnly: true });
  });

  test('sets MASTER', () => {
    expect(variables(redis)).toEqual({ MASTER: 'true' });
  });

  test('keeps its data in an emptyDir where Redis saves it, and saves nothing', () => {
    expect(redis.volumeMounts).toContainEqual({ name: 'data', mountPath: '/redis-master-data' });
    expect(podOf(only(manifests, 'StatefulSet')).spec.volumes).toContainEqual({ name: 'data', emptyDir: {} });
    expect(directives(manifests)).toEqual({ 'appendonly': 'no', 'dir': '/redis-master-data', 'protected-mode': 'no', 'save': '""' });
  });

  test('says nothing of maxmemory, so that it is 0 and nothing is evicted', () => {
    expect(directives(manifests)).not.toHaveProperty('maxmemory');
    expect(directives(manifests)).not.toHaveProperty('maxmemory-policy');
  });

  test('takes the image that is tested, whose tag does not move', () => {
    expect(redis.image).toBe('redis:8.6.3');
    expect(redis).not.toHaveProperty('imagePullPolicy');
  });

  test('answers for its namespace where the chart has one', () => {
    synth((chart) => expect(new RedisStandalone(chart, 'redis').endpoint.url).toBe('redis://redis.prod.svc:6379'), 'prod');
    synth((chart) => expect(new RedisStandalone(chart, 'redis').endpoint.host).toBe('redis'));
  });

  test('is what the snapshot says', () => {
    expect(manifests.filter(({ metadata }) => metadata.name !== 'redis-scripts')).toMatchSnapshot();
  });
});

describe('with everything on', () => {
  test('is what the snapshot says', () => {
    const manifests = make({
      name: 'everything',
      image: RedisImage.of('registry.example.com/redis:prod', { version: '8.0.2', pullSecrets: ['registry'] }),
      auth: RedisAuth.password('redis-secret', 'pass'),
      config: { maxMemoryPolicy: EvictionPolicy.VOLATILE_TTL, extraDirectives: { 'repl-diskless-load': 'swapdb' } },
      persistence: RedisPersistence.aof({
        fsync: RedisFsync.ALWAYS,
        storage: RedisStorage.longhorn({
          size: Size.gibibytes(8),
          accessMode: RedisAccessMode.READ_WRITE_ONCE_POD,
          retention: RedisClaimRetention.DELETE,
          annotations: { 'example.com/backup': 'yes' },
          labels: { tier: 'data' },
          ownClass: { replicas: 1, dataLocality: LonghornDataLocality.STRICT_LOCAL, recurringJobGroup: 'nightly' },
        }),
      }),
      resources: { memory: Size.gibibytes(2), cpu: 0.5, cpuLimit: 2 },
      scheduling: {
        nodeSelector: { 'node-type': 'worker' },
        tolerations: [{ key: 'dedicated', value: 'redis', effect: RedisTaintEffect.NO_SCHEDULE }, { key: 'spot' }],
        priorityClassName: 'high',
      },
      labels: { team: 'platform' },
    }, 'prod');
    expect(manifests.filter(({ metadata }) => metadata.name !== 'everything-scripts')).toMatchSnapshot();
  });
});

describe('names', () => {
  test('do not depend on where the construct is', () => {
    const manifests = synth((chart) => new RedisStandalone(chart, 'some-longer-id', { name: 'redis' }));
    expect(manifests).toEqual(make());
  });
});

describe('persistence', () => {
  test('starts Redis by the script that looks what is there', () => {
    const redis = container(statefulSet({ persistence: RedisPersistence.rdb() }), 'redis');
    expect(redis.command).toEqual(['sh', '/scripts/start.sh', 'redis-server', '/redis-master/redis.conf']);
    expect(variables(redis)).toEqual({ MASTER: 'true', REDIS_DATA: '/redis-master-data' });
  });

  test('claims a volume for each pod', () => {
    const { spec } = statefulSet({ persistence: RedisPersistence.aof({ size: Size.gibibytes(2) }) });
    expect(spec.volumeClaimTemplates).toEqual([{
      metadata: { name: 'data', labels: SELECTOR },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    }]);
    expect(spec.template.spec.volumes.map(({ name }: Manifest) => name)).not.toContain('data');
  });

  test('writes an append-only file once a second', () => {
    expect(directives(make({ persistence: RedisPersistence.aof() }))).toMatchObject({ appendonly: 'yes', appendfsync: 'everysec', save: '""' });
  });

  test('saves snapshots as Redis does by itself', () => {
    expect(directives(make({ persistence: RedisPersistence.rdb() }))).toMatchObject({ appendonly: 'no', save: '3600 1 300 100 60 10000' });
  });

  test('uses a claim that exists', () => {
    const { spec } = statefulSet({ persistence: RedisPersistence.aof({ storage: RedisStorage.existingClaim('mine') }) });
    expect(spec).not.toHaveProperty('volumeClaimTemplates');
    expect(spec.template.spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'mine' } });
  });

  test('gives a stop the time to save', () => {
    const grace = (persistence?: RedisPersistence, memory?: Size) => podOf(statefulSet({ persistence, resources: { memory } })).spec.terminationGracePeriodSeconds;
    expect(grace()).toBeUndefined();
    expect(grace(RedisPersistence.aof())).toBe(60);
    expect(grace(RedisPersistence.rdb({ size: Size.gibibytes(8) }), Size.gibibytes(4))).toBe(60 + 77);
    expect(grace(RedisPersistence.rdb({ size: Size.gibibytes(8) }))).toBe(60 + 128);
  });

  test('keeps the claim unless told otherwise', () => {
    const retention = (value?: RedisClaimRetention) =>
      statefulSet({ persistence: RedisPersistence.aof({ storage: RedisStorage.volume({ retention: value }) }) }).spec.persistentVolumeClaimRetentionPolicy;
    expect(retention()).toBeUndefined();
    expect(retention(RedisClaimRetention.DELETE)).toEqual({ whenDeleted: 'Delete' });
  });

  test('makes a StorageClass of Longhorn, whose parameters are text', () => {
    const storage = RedisStorage.longhorn({ ownClass: { replicas: 2, recurringJobGroup: 'nightly' } });
    const manifests = make({ persistence: RedisPersistence.aof({ storage }) }, 'prod');
    expect(only(manifests, 'StorageClass')).toMatchObject({
      metadata: { name: 'prod-redis' },
      provisioner: 'driver.longhorn.io',
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      parameters: {
        numberOfReplicas: '2', dataLocality: 'best-effort', staleReplicaTimeout: '30', fsType: 'ext4', recurringJobSelector: '[{"name":"nightly","isGroup":true}]',
      },
    });
    expect(only(manifests, 'StatefulSet').spec.volumeClaimTemplates[0].spec.storageClassName).toBe('prod-redis');
  });

  test('keeps no copy but the local one where it must be local', () => {
    const storage = RedisStorage.longhorn({ ownClass: { dataLocality: LonghornDataLocality.STRICT_LOCAL } });
    expect(only(make({ persistence: RedisPersistence.aof({ storage }) }), 'StorageClass').parameters.numberOfReplicas).toBe('1');
  });
});

describe('memory', () => {
  const conf = (props: RedisStandaloneProps) => only(make(props), 'ConfigMap', 'redis-config').data['redis-config'];

  test('leaves a quarter of the limit to the buffers of a cache', () => {
    expect(conf({ resources: { memory: Size.gibibytes(1) } })).toContain(
      '# 75% of the memory limit of 1Gi: the rest is for buffers and fragmentation\nmaxmemory 786432kb\n');
  });

  test('leaves room for the copies of a fork', () => {
    expect(conf({ resources: { memory: Size.mebibytes(512) }, persistence: RedisPersistence.aof() })).toContain(
      '# 60% of the memory limit of 512Mi: a fork copies the pages that change\n# while it saves\nmaxmemory 314572kb\n');
  });

  test('takes the user\'s own maxmemory', () => {
    expect(directives(make({ resources: { memory: Size.gibibytes(1) }, config: { maxMemory: Size.mebibytes(900) } })).maxmemory).toBe('921600kb');
  });

  test('reserves what it limits', () => {
    const { resources } = container(statefulSet({ resources: { memory: Size.gibibytes(1), cpu: 0.25 } }), 'redis');
    expect(resources).toEqual({ requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } });
  });
});

describe('redis.conf', () => {
  const hash = (props: RedisStandaloneProps) => statefulSet(props).spec.template.metadata.annotations['checksum/config'];

  test('restarts the pod for a directive that needs it', () => {
    expect(hash({ config: { databases: 8 } })).not.toBe(hash({}));
    expect(hash({ config: { extraDirectives: { 'tcp-backlog': '128' } } })).not.toBe(hash({}));
  });

  test('does not restart the pod for one that the running server takes', () => {
    expect(hash({ config: { maxMemory: Size.mebibytes(1), maxMemoryPolicy: EvictionPolicy.ALLKEYS_LFU, hz: 20 } })).toBe(hash({}));
    expect(hash({ resources: { memory: Size.gibibytes(1) } })).toBe(hash({}));
  });

  test('is sorted', () => {
    const text: string = only(make({ config: { hz: 20, maxClients: 9, extraDirectives: { 'acllog-max-len': '9' } } }), 'ConfigMap', 'redis-config').data['redis-config'];
    const names = text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(' ')[0]);
    expect(names).toEqual([...names].sort());
  });

  test('can be a ConfigMap of the user, whose words arguments complete', () => {
    const manifests = make({ existingConfigMap: 'example-redis-config', persistence: RedisPersistence.aof() });
    expect(manifests.map(identity)).not.toContain('ConfigMap/redis-config');
    const set = only(manifests, 'StatefulSet');
    expect(container(set, 'redis').command).toEqual([
      'sh', '/scripts/start.sh', 'redis-server', '/redis-master/redis.conf',
      '--appenddirname', 'appendonlydir', '--appendfilename', 'appendonly.aof', '--appendfsync', 'everysec', '--appendonly', 'yes', '--bind', '*', '-::*', '--daemonize', 'no',
      '--dbfilename', 'dump.rdb', '--dir', '/redis-master-data', '--logfile', '', '--port', '6379', '--protected-mode', 'no', '--save', '',
    ]);
    expect(variables(container(set, 'config-reloader')).RELOAD_OVERRIDES).toContain('appendfsync everysec\nappendonly yes\n');
    expect(podOf(set).metadata.annotations).not.toHaveProperty('checksum/config');
  });

  test('leaves what to save to the ConfigMap of the user unless told', () => {
    const set = only(make({ existingConfigMap: 'mine' }), 'StatefulSet');
    expect(container(set, 'redis').command).toEqual([
      'redis-server', '/redis-master/redis.conf', '--bind', '*', '-::*', '--daemonize', 'no', '--dir', '/redis-master-data', '--logfile', '', '--port', '6379',
      '--protected-mode', 'no',
    ]);
  });
});

describe('auth', () => {
  const set = statefulSet({ auth: RedisAuth.password('redis-secret') });

  test('mounts the Secret for Redis, its probes and the reloader', () => {
    expect(podOf(set).spec.volumes).toContainEqual({
      name: 'auth', secret: { secretName: 'redis-secret', items: [{ key: 'password', path: 'password' }], defaultMode: 0o440 },
    });
    for (const name of ['redis', 'config-reloader']) {
      expect(variables(container(set, name)).REDIS_PASSWORD_FILE).toBe('/redis-auth/password');
      expect(container(set, name).volumeMounts).toContainEqual({ name: 'auth', mountPath: '/redis-auth', readOnly: true });
    }
  });

  test('starts Redis by the script that hands over the password', () => {
    expect(container(set, 'redis').command).toEqual(['sh', '/scripts/start.sh', 'redis-server', '/redis-master/redis.conf']);
  });
});

describe('a bare Pod', () => {
  test('is made in place of the StatefulSet', () => {
    const manifests = make({ controller: RedisController.POD });
    expect(manifests.map(identity).sort()).toEqual(['ConfigMap/redis-config', 'ConfigMap/redis-scripts', 'Pod/redis', 'Service/redis']);
    expect(only(manifests, 'Pod').spec).toEqual(podOf(statefulSet()).spec);
    expect(only(manifests, 'Pod').metadata.labels).toMatchObject({ ...SELECTOR, 'app.kubernetes.io/component': 'standalone-pod' });
    expect(only(manifests, 'Pod').metadata.annotations).not.toHaveProperty('checksum/config');
  });

  test('has a claim of its own', () => {
    const manifests = make({ controller: RedisController.POD, persistence: RedisPersistence.aof() });
    expect(only(manifests, 'PersistentVolumeClaim').metadata.name).toBe('redis-data');
    expect(only(manifests, 'Pod').spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'redis-data' } });
  });
});
