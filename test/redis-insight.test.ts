import { Size } from 'cdk8s';
import {
  LonghornRedis, Redis, RedisAuth, RedisExposure, RedisImagePullPolicy, RedisInsight, RedisInsightProps, RedisStandalone, RedisStorage,
} from '../src';
import { container, identity, Manifest, only, podOf, synth, variables } from './kit';

const make = (props: RedisInsightProps = {}, namespace?: string) => synth((chart) => new RedisInsight(chart, 'redisinsight', props), namespace);
const consoleOf = (props: RedisInsightProps = {}) => container(only(make(props), 'Deployment'), 'redisinsight');

describe('by default', () => {
  const manifests = make();
  const deployment = only(manifests, 'Deployment');

  test('makes a Deployment of one, a Service and a NetworkPolicy', () => {
    expect(manifests.map(identity)).toEqual(['Deployment/redisinsight', 'Service/redisinsight-service', 'NetworkPolicy/redisinsight']);
    expect(deployment.spec.replicas).toBe(1);
    expect(deployment.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('sends port 80 of a LoadBalancer to 5540, from private networks only', () => {
    expect(only(manifests, 'Service').spec).toEqual({
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
      selector: { 'app.kubernetes.io/name': 'redisinsight', 'app.kubernetes.io/instance': 'redisinsight', 'app.kubernetes.io/component': 'console' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    });
    expect(consoleOf().ports).toEqual([{ name: 'http', containerPort: 5540 }]);
  });

  test('takes a pinned image if it is not present, and an emptyDir at /data', () => {
    expect(consoleOf()).toMatchObject({ image: 'redis/redisinsight:3.8.0', imagePullPolicy: 'IfNotPresent' });
    expect(consoleOf().volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
    expect(podOf(deployment).spec.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });

  test('gets no variables of Services, which it would take for its own', () => {
    expect(podOf(deployment).spec.enableServiceLinks).toBe(false);
  });

  test('asks the console itself whether it is well', () => {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(consoleOf()[probe].httpGet).toEqual({ path: '/api/health/', port: 'http' });
    }
  });

  test('is what the snapshot says', () => {
    expect(manifests).toMatchSnapshot();
  });
});

describe('databases', () => {
  const manifests = synth((chart) => new RedisInsight(chart, 'redisinsight', {
    acceptTerms: true,
    databases: [
      new RedisStandalone(chart, 'cache', { auth: RedisAuth.password('cache-secret') }),
      new LonghornRedis(chart, 'store'),
      Redis.fromAttributes({ host: 'redis.example.com', port: 6380 }),
      Redis.fromAttributes({ host: 'users.example.com', auth: RedisAuth.password('shop-secret'), username: 'shop' }),
    ],
  }), 'prod');
  const env = variables(container(only(manifests, 'Deployment'), 'redisinsight'));

  test('are connected, with their passwords by reference', () => {
    expect(env).toMatchObject({
      RI_ACCEPT_TERMS_AND_CONDITIONS: 'true',
      RI_REDIS_HOST_1: 'cache.prod.svc', RI_REDIS_PORT_1: '6379', RI_REDIS_PASSWORD_1: { secretKeyRef: { name: 'cache-secret', key: 'password' } },
      RI_REDIS_HOST_2: 'store.prod.svc',
      RI_REDIS_HOST_3: 'redis.example.com', RI_REDIS_PORT_3: '6380', RI_REDIS_ALIAS_3: 'redis.example.com',
    });
    expect(env).not.toHaveProperty('RI_REDIS_PASSWORD_2');
    expect(env).not.toHaveProperty('RI_REDIS_USERNAME_1');
    expect(env).toMatchObject({ RI_REDIS_USERNAME_4: 'shop', RI_REDIS_PASSWORD_4: { secretKeyRef: { name: 'shop-secret', key: 'password' } } });
  });

  test('keep their passwords from being exported', () => {
    expect(env.RI_DATABASE_MANAGEMENT).toBe('false');
    expect(variables(consoleOf())).not.toHaveProperty('RI_DATABASE_MANAGEMENT');
  });
});

describe('storage', () => {
  test('is a claim, which one pod at a time uses', () => {
    const manifests = make({ storage: RedisStorage.volume({ size: Size.gibibytes(2) }) });
    expect(only(manifests, 'PersistentVolumeClaim')).toMatchObject({
      metadata: { name: 'redisinsight-data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    });
    expect(only(manifests, 'Deployment').spec.strategy).toEqual({ type: 'Recreate' });
    expect(podOf(only(manifests, 'Deployment')).spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'redisinsight-data' } });
  });

  test('can be on a class of Longhorn of its own', () => {
    const manifests = make({ storage: RedisStorage.longhorn({ ownClass: {} }) });
    expect(only(manifests, 'PersistentVolumeClaim').spec.storageClassName).toBe('redisinsight');
    expect(only(manifests, 'StorageClass').metadata.name).toBe('redisinsight');
  });

  test('can encrypt the passwords with a key of a Secret', () => {
    expect(variables(consoleOf({ encryptionKey: { secretName: 'ui', key: 'key' } })).RI_ENCRYPTION_KEY).toEqual({ secretKeyRef: { name: 'ui', key: 'key' } });
  });
});

describe('exposure', () => {
  test('can be within the cluster only', () => {
    const { spec } = only(make({ exposure: RedisExposure.clusterIp({ port: 8080 }) }), 'Service');
    expect(spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 8080 }] });
    expect(spec).not.toHaveProperty('loadBalancerSourceRanges');
  });

  test('can be an Ingress with TLS and a prefix, which the console knows', () => {
    const manifests = make({
      exposure: RedisExposure.ingress({
        host: 'tools.example.com', path: '/redis/', className: 'nginx', tlsSecretName: 'tools-tls', annotations: { 'example.com/auth': 'basic' },
      }),
    });
    expect(only(manifests, 'Service').spec.type).toBe('ClusterIP');
    expect(only(manifests, 'Service').metadata).not.toHaveProperty('annotations');
    const ingress = only(manifests, 'Ingress');
    expect(ingress.metadata.annotations).toEqual({ 'example.com/auth': 'basic' });
    expect(ingress.spec).toEqual({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['tools.example.com'], secretName: 'tools-tls' }],
      rules: [{
        host: 'tools.example.com',
        http: { paths: [{ path: '/redis', pathType: 'Prefix', backend: { service: { name: 'redisinsight-service', port: { name: 'http' } } } }] },
      }],
    });
    const rendered: Manifest = container(only(manifests, 'Deployment'), 'redisinsight');
    expect(variables(rendered).RI_PROXY_PATH).toBe('/redis');
    expect(rendered.readinessProbe.httpGet.path).toBe('/redis/api/health/');
  });
});

test('with everything on is what the snapshot says', () => {
  expect(synth((chart) => new RedisInsight(chart, 'ui', {
    name: 'console',
    image: 'registry.example.com/redisinsight:3.6.0',
    pullPolicy: RedisImagePullPolicy.ALWAYS,
    pullSecrets: ['registry'],
    databases: [new RedisStandalone(chart, 'cache')],
    acceptTerms: true,
    exposure: RedisExposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'], port: 443, annotations: { 'example.com/internal': 'true' } }),
    encryptionKey: { secretName: 'console', key: 'encryption-key' },
    storage: RedisStorage.existingClaim('console'),
    resources: { memory: Size.gibibytes(2), cpu: 1 },
    scheduling: { nodeSelector: { 'node-type': 'worker' } },
    labels: { team: 'platform' },
  }), 'prod').filter(({ metadata }) => metadata.name.startsWith('console'))).toMatchSnapshot();
});
