import { Chart } from 'cdk8s';
import {
  IRedis, LonghornRedis, RedisAccess, RedisAuth, RedisCluster, RedisController, RedisExporterOptions, RedisMetrics, RedisOptions, RedisReplication, RedisStandalone,
  RedisTls,
} from '../src';
import { container, Manifest, only, podOf, synth, variables, workload } from './kit';
import { Pod, podsIn, reachable } from './network-policies';

const KINDS: { [kind: string]: (chart: Chart, options: RedisOptions) => IRedis } = {
  'RedisStandalone': (chart, options) => new RedisStandalone(chart, 'redis', options),
  'RedisStandalone as a Pod': (chart, options) => new RedisStandalone(chart, 'redis', { controller: RedisController.POD, ...options }),
  'RedisStandalone with a ConfigMap': (chart, options) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', ...options }),
  'LonghornRedis': (chart, options) => new LonghornRedis(chart, 'redis', options),
  'RedisCluster': (chart, options) => new RedisCluster(chart, 'redis', options),
  'RedisReplication': (chart, options) => new RedisReplication(chart, 'redis', options),
  'RedisReplication without Sentinels': (chart, options) => new RedisReplication(chart, 'redis', { replicas: 1, ...options }),
};

const PASSWORD = RedisAuth.password('redis-password');
const USERS = RedisAuth.acl({
  users: [{ name: 'shop', passwordSecret: { secretName: 'shop-password', key: 'password' }, keys: ['shop:*'] }], internalSecret: 'redis-internal',
});
const TLS = RedisTls.fromSecret('redis-tls');

const make = (kind: string, options: RedisOptions, exporter?: RedisExporterOptions) =>
  synth((chart) => KINDS[kind](chart, { metrics: RedisMetrics.exporter(exporter), ...options }), 'prod');

const nodes = (manifests: Manifest[]) => manifests.find(({ kind, metadata }) => ['StatefulSet', 'Pod'].includes(kind) && metadata.name === 'redis');

const exporter = (manifests: Manifest[]) => container(nodes(manifests), 'exporter');

const names = (items: Manifest[] = []) => items.map(({ name }) => name);

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test('has none unless it is asked for', () => {
    for (const metrics of [undefined, RedisMetrics.none()]) {
      const manifests = make(kind, { metrics, auth: USERS });
      expect(exporter(manifests)).toBeUndefined();
      // Scripts know of it.
      expect(JSON.stringify(manifests.filter(({ metadata }) => metadata.name !== 'redis-scripts'))).not.toContain('exporter');
    }
  });

  test('has one beside each Redis, and not in other pods', () => {
    const manifests = make(kind, { auth: USERS });
    const with_ = manifests.filter((each) => each.kind === 'Pod' || each.spec?.template).filter((each) => names(podOf(each).spec.containers).includes('exporter'));
    expect(names(with_.map(({ metadata }) => metadata))).toEqual(['redis']);
    expect(exporter(manifests)).toMatchObject({
      image: 'oliver006/redis_exporter:v1.88.0',
      ports: [{ name: 'metrics', containerPort: 9121 }],
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    });
  });

  test('keeps no client from Redis where the exporter does not answer', () => {
    expect(exporter(make(kind, {}))).not.toHaveProperty('readinessProbe');
    expect(exporter(make(kind, {})).livenessProbe.httpGet).toEqual({ path: '/health', port: 'metrics' });
  });

  test.each([['none', undefined], ['a password', PASSWORD], ['users', USERS]])('with %s, is asked at 127.0.0.1, and by the socket with TLS', (_, auth) => {
    const plain = exporter(make(kind, { auth }));
    expect(variables(plain).REDIS_ADDR).toBe('redis://127.0.0.1:6379');
    expect(names(plain.volumeMounts)).not.toContain('socket');
    const encrypted = exporter(make(kind, { auth, tls: TLS }));
    expect(variables(encrypted).REDIS_ADDR).toBe('unix:///redis-socket/redis.sock');
    expect(names(encrypted.volumeMounts)).toContain('socket');
    expect(names(encrypted.volumeMounts)).not.toContain('tls');
  });

  test('shows no password, and none but its own to the exporter', () => {
    for (const auth of [PASSWORD, USERS]) {
      const manifests = make(kind, { auth, tls: TLS });
      const { env, volumeMounts } = exporter(manifests);
      expect(env.filter(({ valueFrom }: Manifest) => valueFrom)).toEqual([]);
      expect(volumeMounts.map(({ name, readOnly }: Manifest) => [name, readOnly])).toEqual([['socket', undefined], ['exporter-login', true]]);
      expect(podOf(nodes(manifests)).spec.volumes).toContainEqual({ name: 'exporter-login', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
    }
  });

  test('with a password, looks it up by its address', () => {
    const manifests = make(kind, { auth: PASSWORD });
    const writes = { EXPORTER_LOGIN: '/exporter-login/passwords.json', EXPORTER_ADDRESS: 'redis://127.0.0.1:6379', EXPORTER_PASSWORD_FILE: '/redis-auth/password' };
    expect(variables(exporter(manifests))).toMatchObject({ REDIS_PASSWORD_FILE: '/exporter-login/passwords.json' });
    expect(variables(exporter(manifests))).not.toHaveProperty('REDIS_USER');
    expect(variables(container(nodes(manifests), 'config-reloader'))).toMatchObject(writes);
    const first = podOf(nodes(manifests)).spec.initContainers.pop();
    expect([first.name, first.command, variables(first)]).toEqual(['exporter-login', ['sh', '/scripts/exporter-login.sh'], writes]);
    expect(names(first.volumeMounts)).toEqual(['scripts', 'auth', 'exporter-login']);
  });

  test('with users, looks it up by its user and address', () => {
    const manifests = make(kind, { auth: USERS, tls: TLS });
    const writes = {
      EXPORTER_LOGIN: '/exporter-login/passwords.json',
      EXPORTER_ADDRESS: 'unix://internal-exporter@/redis-socket/redis.sock',
      EXPORTER_PASSWORD_FILE: '/redis-users/passwords/internal-exporter',
    };
    expect(variables(exporter(manifests))).toMatchObject({ REDIS_USER: 'internal-exporter', REDIS_PASSWORD_FILE: '/exporter-login/passwords.json' });
    expect(variables(container(nodes(manifests), 'config-reloader'))).toMatchObject(writes);
    expect(variables(podOf(nodes(manifests)).spec.initContainers.pop())).toEqual(writes);
    // It reads its password anew when it is asked so.
    expect(exporter(manifests).livenessProbe.httpGet.path).toBe('/-/reload');
  });

  test('with users, has one that may read no key, and for whose password no pod waits', () => {
    const manifests = make(kind, { auth: USERS });
    const rules: string = only(manifests, 'ConfigMap', 'redis-users').data.rules;
    expect(rules).toMatch(/^internal-exporter \+info \+client\|setname \+slowlog\|len \+slowlog\|get \+latency\|latest \+latency\|histogram( \+cluster\|info)?$/m);
    const { sources } = podOf(nodes(manifests)).spec.volumes.find(({ name }: Manifest) => name === 'users').projected;
    const waiting = sources.flatMap(({ secret }: Manifest) => (secret?.optional ? [secret] : []));
    expect(waiting.map(({ name, items }: Manifest) => [name, ...items.map(({ key }: Manifest) => key)])).toEqual([['redis-internal', 'exporter'], ['shop-password', 'password']]);
  });

  test('has a PodMonitor on request, for its nodes alone', () => {
    const manifests = make(kind, { labels: { release: 'prometheus' } }, { podMonitor: true });
    expect(only(manifests, 'PodMonitor')).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      metadata: { name: 'redis', namespace: 'prod', labels: { release: 'prometheus' } },
      spec: { podMetricsEndpoints: [{ port: 'metrics' }] },
    });
    const { matchLabels } = only(manifests, 'PodMonitor').spec.selector;
    const found = podsIn(manifests).filter(({ labels }) => Object.entries(matchLabels).every(([key, value]) => labels[key] === value));
    expect(found.map(({ title }) => title.split('/')[1])).toEqual(['redis']);
  });
});

const stranger = (namespace: string): Pod => ({ title: 'stranger', namespace, labels: { app: 'prometheus' }, ports: [] });

/** What somebody reaches of a node in `prod`. */
function reach(kind: string, options: RedisOptions, from: Pod | string, scraping?: RedisExporterOptions, connect = false): number[] {
  const manifests = synth((chart) => {
    const redis = KINDS[kind](chart, { metrics: RedisMetrics.exporter(scraping), ...options });
    if (connect) redis.connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }, 'web'));
  }, 'prod');
  const at = (name: string) => podsIn(manifests).find(({ title }) => title === name || title.startsWith(`${name}-`))!;
  return reachable(manifests, typeof from === 'string' && from.includes('/') ? at(from) : from, at('StatefulSet/redis'));
}

const MONITORING = { scrapers: { pods: [{ labels: { app: 'prometheus' }, namespaceName: 'monitoring' }] } };
const [monitoring, other] = ['monitoring', 'other'].map(stranger);

describe.each(['RedisStandalone', 'LonghornRedis', 'RedisCluster', 'RedisReplication', 'RedisReplication without Sentinels'])('who reaches what of a %s', (kind) => {
  test('anybody scrapes by default, also where only who is connected reaches Redis', () => {
    for (const from of [other, '203.0.113.7']) {
      expect(reach(kind, {}, from)).toEqual([6379, 9121]);
      expect(reach(kind, {}, from, {}, true)).toEqual([9121]);
    }
    expect(reach(kind, {}, 'Deployment/test-web', {}, true)).toEqual([6379, 9121]);
  });

  test('only those scrape who are named, and they reach Redis no better than others', () => {
    for (const [access, ports] of [[RedisAccess.open(), [6379]], [RedisAccess.connected(), [6379]], [RedisAccess.restricted(), []]] as const) {
      expect(reach(kind, { access }, monitoring, MONITORING)).toEqual([...ports, 9121]);
      expect(reach(kind, { access }, other, MONITORING)).toEqual(ports);
      expect(reach(kind, { access }, '203.0.113.7', MONITORING)).toEqual(ports);
    }
    expect(reach(kind, {}, monitoring, MONITORING, true)).toEqual([9121]);
    expect(reach(kind, {}, other, MONITORING, true)).toEqual([]);
    expect(reach(kind, {}, 'Deployment/test-web', MONITORING, true)).toEqual([6379]);
  });

  test('nobody scrapes where nobody is named', () => {
    expect(reach(kind, {}, other, { scrapers: {} })).toEqual([6379]);
  });
});

describe('what is wrong', () => {
  const refused = (exporterOptions: any, options: RedisOptions = {}) => {
    try {
      make('RedisStandalone', options, exporterOptions);
    } catch (error) {
      return (error as Error).message.split('\n').slice(1).map((line) => line.replace('  - ', ''));
    }
    return [];
  };

  test('is told in the words of the user', () => {
    expect(refused(null)).toEqual(['\'metrics.options\' is null: it takes an object of properties']);
    expect(refused({ image: 'Exporter', resources: { cpu: 0 }, scrapers: { networks: ['here'] }, podMonitor: 'yes' })).toEqual([
      expect.stringMatching(/^'metrics.image' is 'Exporter': /),
      '\'metrics.resources.cpu\' is 0: it takes CPU cores from 0.001 to 1024',
      expect.stringMatching(/^'metrics.scrapers.networks' has 'here': /),
      '\'metrics.podMonitor\' is \'yes\': it takes one of true, false',
    ]);
  });

  test('a restricted Redis does not say who may scrape', () => {
    const access = RedisAccess.restricted();
    expect(refused({}, { access })).toEqual([
      '\'metrics\' does not say who may scrape, and \'access\' is restricted: give \'scrapers\', such as { pods: [{ namespaceName: \'monitoring\' }] }',
    ]);
    expect(refused({ scrapers: {} }, { access })).toEqual([]);
  });

  test('Redis is at the same port', () => {
    const wrong = ['\'tls\' has the port 9121, where \'metrics\' are: give it another number'];
    expect(refused({}, { tls: RedisTls.fromSecret('redis-tls', { port: 9121 }) })).toEqual(wrong);
    expect(refused({}, { tls: RedisTls.fromSecret('redis-tls', { plainPort: 9121 }) })).toEqual(wrong);
  });

  test('an exporter that reads keys for anybody, unless its user may not', () => {
    const image = 'registry.example.com/redis_exporter:v1.82.0';
    expect(refused({ image }, { auth: PASSWORD })).toEqual([
      `'metrics.image' is '${image}', which reads any key for anybody who may scrape: take v1.83.0 or newer, or RedisAuth.acl, where the exporter may read none`,
    ]);
    expect(refused({ image: 'oliver006/redis_exporter:v0.20.0' })).toHaveLength(1);
    expect(refused({ image }, { auth: USERS })).toEqual([]);
    for (const newer of ['oliver006/redis_exporter:v1.83.0', 'redis_exporter:1.100.0-alpine', 'oliver006/redis_exporter:v2.0.0', 'oliver006/redis_exporter:latest', 'mine:1.2.3']) {
      expect(refused({ image: newer })).toEqual([]);
    }
  });
});
