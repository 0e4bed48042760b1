import { Chart, Duration, Testing } from 'cdk8s';
import { LonghornRedis, Redis, RedisClientCertificates, RedisCluster, RedisInsight, RedisIssuerKind, RedisReplication, RedisStandalone, RedisTls, RedisTlsReach } from '../src';
import { ANY_PLUS } from './any-plus';
import { container, Manifest, only, podOf, synth, variables, workload } from './kit';

const TLS = RedisTls.fromSecret('redis-tls');
const MUTUAL = RedisTls.fromSecret('redis-tls', { clientCertificates: RedisClientCertificates.REQUIRED });
const POD = { containers: [{ name: 'web', image: 'web' }] };

/** Every construct of a Redis. */
const KINDS: { [name: string]: (chart: Chart, tls?: RedisTls) => RedisStandalone | RedisCluster | RedisReplication | LonghornRedis } = {
  RedisStandalone: (chart, tls) => new RedisStandalone(chart, 'redis', { tls }),
  RedisCluster: (chart, tls) => new RedisCluster(chart, 'redis', { tls }),
  RedisReplication: (chart, tls) => new RedisReplication(chart, 'redis', { tls }),
  LonghornRedis: (chart, tls) => new LonghornRedis(chart, 'redis', { tls }),
};

/** redis.conf as a map. */
function directives(manifests: Manifest[]): { [name: string]: string } {
  const text = manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? [data['redis.conf'] ?? data['redis-config'] ?? ''] : [])).join('');
  return Object.fromEntries(text.split('\n').filter((line) => /^[a-z]/.test(line)).map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
}

/** The pod template that runs Redis. */
function redisPod(manifests: Manifest[]): Manifest {
  return only(manifests, 'StatefulSet', 'redis');
}

describe.each(Object.entries(KINDS))('a %s with TLS', (_, make) => {
  const manifests = synth((chart) => make(chart, TLS), 'prod');

  test('serves TLS on the usual port, and nothing else', () => {
    expect(directives(manifests)).toMatchObject({
      'port': '0', 'tls-port': '6379', 'tls-auth-clients': 'no',
      'tls-cert-file': '/redis-tls/tls.crt', 'tls-key-file': '/redis-tls/tls.key', 'tls-ca-cert-file': '/redis-tls/ca.crt',
    });
    expect(podOf(redisPod(manifests)).spec.containers[0].ports[0].containerPort).toBe(6379);
  });

  test('gives the certificate to all containers that talk to Redis, and the socket by which they need none in their pod', () => {
    const { containers, volumes } = podOf(redisPod(manifests)).spec;
    for (const { env, volumeMounts } of containers) {
      expect(variables({ env })).toMatchObject({ REDIS_TLS_DIRECTORY: '/redis-tls', REDIS_SOCKET: '/redis-socket/redis.sock' });
      expect(volumeMounts).toEqual(expect.arrayContaining([
        { name: 'tls', mountPath: '/redis-tls', readOnly: true }, { name: 'socket', mountPath: '/redis-socket' },
      ]));
    }
    expect(volumes).toEqual(expect.arrayContaining([{
      name: 'tls',
      secret: {
        secretName: 'redis-tls', defaultMode: 0o440, items: ['ca.crt', 'tls.crt', 'tls.key'].map((key) => ({ key, path: key })),
      },
    }]));
  });

  test('tells a workload by its variables, and gives it the certificates that it trusts, and not the key', () => {
    const connected = synth((chart) => make(chart, TLS).connect(workload(chart, 'Deployment', POD)), 'prod');
    const web = connected.find(({ metadata }) => metadata.name.startsWith('test-workload'));
    expect(variables(container(web, 'web'))).toMatchObject({
      REDIS_URL: 'rediss://redis.prod.svc:6379', REDIS_TLS: 'true', REDIS_CA_FILE: '/redis-tls/REDIS/ca.crt',
    });
    expect(variables(container(web, 'web'))).not.toHaveProperty('REDIS_CERT_FILE');
    expect(podOf(web).spec.volumes).toEqual([
      { name: 'redis-tls-redis-files', projected: { sources: [{ secret: { name: 'redis-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }] } },
    ]);
    expect(container(web, 'web').volumeMounts).toEqual([{ name: 'redis-tls-redis-files', mountPath: '/redis-tls/REDIS', readOnly: true }]);
  });

  test('asks clients for certificates where it is told to', () => {
    expect(directives(synth((chart) => make(chart, MUTUAL)))['tls-auth-clients']).toBe('yes');
    const optional = RedisTls.fromSecret('redis-tls', { clientCertificates: RedisClientCertificates.OPTIONAL });
    expect(directives(synth((chart) => make(chart, optional)))['tls-auth-clients']).toBe('optional');
  });

  test('changes nothing while it is none', () => {
    expect(synth((chart) => make(chart, RedisTls.none()))).toEqual(synth((chart) => make(chart)));
    expect(JSON.stringify(synth((chart) => make(chart)).filter(({ metadata }) => !metadata.name.endsWith('-scripts')))).not.toMatch(/tls/i);
  });
});

test('nodes speak TLS to each other, and a client of a cluster learns names that are in certificates', () => {
  const all = { 'tls-replication': 'yes', 'tls-cluster': 'yes', 'cluster-preferred-endpoint-type': 'hostname' };
  expect(directives(synth((chart) => KINDS.RedisCluster(chart, TLS)))).toMatchObject(all);
  const replication = directives(synth((chart) => KINDS.RedisReplication(chart, TLS)));
  expect(replication['tls-replication']).toBe('yes');
  expect(replication).not.toHaveProperty('tls-cluster');
});

test('the Job of a cluster has the certificate, and no socket: it has no Redis of its own', () => {
  const job = only(synth((chart) => KINDS.RedisCluster(chart, TLS)), 'Job');
  expect(variables(container(job, 'init'))).toMatchObject({ REDIS_TLS_DIRECTORY: '/redis-tls' });
  expect(JSON.stringify(podOf(job))).not.toMatch(/socket/i);
});

describe('ports', () => {
  const SINGLE = ['RedisStandalone', 'LonghornRedis'];
  const both = RedisTls.fromSecret('redis-tls', { port: 6380, plainPort: 6379 });
  const services = (manifests: Manifest[]) => manifests.filter(({ kind }) => kind === 'Service')
    .map(({ spec }) => spec.ports.map(({ name, port, targetPort }: Manifest) => `${name} ${port} -> ${targetPort}`).filter((each: string) => !each.startsWith('gossip')));
  const containerPorts = (manifests: Manifest[]) => podOf(redisPod(manifests)).spec.containers[0].ports.map(({ name, containerPort }: Manifest) => `${name} ${containerPort}`);

  test.each(SINGLE)('of a %s: TLS where the user says, and beside it one without', (kind) => {
    const manifests = synth((chart) => {
      const redis = KINDS[kind](chart, both);
      redis.connect(workload(chart, 'Deployment', POD));
      expect(redis.endpoint.url).toBe('rediss://redis.prod.svc:6380');
    }, 'prod');
    expect(directives(manifests)).toMatchObject({ 'port': '6379', 'tls-port': '6380' });
    // The usual port keeps its name, by which Services find it in pods of before and after.
    expect(containerPorts(manifests)).toEqual(['tls 6380', 'redis 6379']);
    expect(services(manifests)).toEqual([['tls 6380 -> tls', 'redis 6379 -> redis']]);
    expect(only(manifests, 'NetworkPolicy').spec.ingress[0].ports.map(({ port }: Manifest) => port)).toEqual(['tls', 'redis']);
  });

  test('of a RedisCluster: its bus stays where it was, and the Job reaches pods that have the one or the other', () => {
    const manifests = synth((chart) => {
      const redis = new RedisCluster(chart, 'redis', { tls: both });
      redis.connect(workload(chart, 'Deployment', POD));
      expect(redis.endpoint.url).toBe('rediss://redis.prod.svc:6380');
      expect(redis.nodeEndpoints[0].address).toBe('redis-0.redis-nodes.prod.svc:6380');
    }, 'prod');
    expect(directives(manifests)).toMatchObject({ 'port': '6379', 'tls-port': '6380', 'cluster-port': '16379', 'tls-cluster': 'yes', 'tls-replication': 'yes' });
    expect(containerPorts(manifests)).toEqual(['tls 6380', 'client 6379', 'gossip 16379']);
    expect(services(manifests)).toEqual(Array(2).fill(['tls 6380 -> tls', 'client 6379 -> client']));
    expect(only(manifests, 'NetworkPolicy').spec.ingress[0].ports.map(({ port }: Manifest) => port)).toEqual([6380, 6379]);
    const speech = { REDIS_PORT: '6380', REDIS_PLAIN_PORT: '6379', CLUSTER_BUS_PORT: '16379' };
    for (const each of [...podOf(redisPod(manifests)).spec.containers, container(only(manifests, 'Job'), 'init')]) expect(variables(each)).toMatchObject(speech);
  });

  test('of a RedisCluster whose plain port is closed, or whose nodes are to speak to each other without TLS', () => {
    const closed = synth((chart) => new RedisCluster(chart, 'redis', { tls: RedisTls.fromSecret('redis-tls', { port: 6380 }) }));
    expect(directives(closed)).toMatchObject({ 'port': '0', 'tls-port': '6380', 'cluster-port': '16379' });
    expect(services(closed)[0]).toEqual(['tls 6380 -> tls']);
    const tls = RedisTls.fromSecret('redis-tls', { port: 6380, plainPort: 6379, reach: RedisTlsReach.CLIENTS });
    const back = synth((chart) => new RedisCluster(chart, 'redis', { tls }));
    expect(directives(back)).toMatchObject({ 'port': '6379', 'tls-port': '6380', 'tls-cluster': 'no', 'tls-replication': 'no' });
    // By the plan, whose change makes another Job.
    const speech = (each: Manifest[]) => each.find(({ metadata }) => metadata.name === 'redis-plan')!.data.speech;
    expect([closed, back].map(speech)).toEqual(['tls\n', 'plain\n']);
    expect(new Set([closed, back].map((each) => only(each, 'Job').metadata.name)).size).toBe(2);
    expect(speech(synth((chart) => new RedisCluster(chart, 'redis')))).toBeUndefined();
  });

  test('are those of cert-manager\'s options too', () => {
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis', { tls: RedisTls.certManager({ issuer: 'ca', port: 6380 }) }), 'prod');
    expect(directives(manifests)).toMatchObject({ 'port': '0', 'tls-port': '6380' });
  });

  test.each<[string, string, object, string]>([
    ['a port that is none', 'RedisStandalone', { port: 0 }, '\'tls.port\' is 0: it takes a whole number from 1 to 65535'],
    ['a plain port that is none', 'RedisCluster', { plainPort: 70000 }, '\'tls.plainPort\' is 70000: it takes a whole number from 1 to 65535'],
    ['a text', 'LonghornRedis', { port: '6380' }, '\'tls.port\' is \'6380\': it takes a whole number from 1 to 65535'],
    ['one port for both', 'RedisStandalone', { plainPort: 6379 }, '\'tls.plainPort\' is 6379, where TLS is served: give it or \'tls.port\' another number'],
    ['that of the bus', 'RedisCluster', { port: 16379 }, '\'tls.port\' is 16379, where the nodes of a cluster talk to each other: give it another number'],
    ['another plain port than that of a plain cluster', 'RedisCluster', { plainPort: 6380 },
      '\'tls.plainPort\' is 6380, but a cluster without TLS serves on 6379, where pods that are not replaced yet are asked: give 6379, and \'tls.port\' another number'],
    ['a reach that is none', 'RedisCluster', { reach: 'nobody' }, '\'tls.reach\' is \'nobody\': it takes one of clients, all'],
    ['nodes without a port', 'RedisCluster', { reach: RedisTlsReach.CLIENTS },
      '\'tls.reach\' is clients, but there is no port where nodes could speak to each other without TLS: give \'tls.plainPort\''],
    ['a reach without nodes', 'RedisStandalone', { reach: RedisTlsReach.ALL }, '\'tls.reach\' is given, but this Redis has no nodes that speak to each other: leave it out'],
    ...(['port', 'plainPort'].map((name): [string, string, object, string] => ([`${name} of a replication`, 'RedisReplication', { [name]: 6380 },
      `'tls.${name}' is given, which a RedisReplication does not know: it serves TLS on 6379 and nothing else, so leave it out`]))),
  ])('%s is refused', (_, kind, options, problem) => {
    expect(() => synth((chart) => KINDS[kind](chart, RedisTls.fromSecret('redis-tls', options)))).toThrow(problem);
  });

  test('of a Redis that exists already are said beside its host', () => {
    const tls = RedisTls.fromSecret('store-ca', { port: 6380 });
    expect(() => Redis.fromAttributes({ host: 'redis', tls })).toThrow('\'tls.port\' is given, but the Redis exists already: leave it out, and say in \'port\' where it serves TLS');
  });
});

test('a redis.conf of the user cannot open the plain port', () => {
  const manifests = synth((chart) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', tls: TLS }));
  expect(podOf(redisPod(manifests)).spec.containers[0].command.join(' ')).toContain('--port 0 ');
});

test.each(ANY_PLUS)('a certificate of a workload\'s own, of cdk8s-plus-%s, is mounted beside the authorities, into containers that come later too', (_, plus) => {
  const manifests = synth((chart) => {
    const web = new plus.Deployment(chart, 'web', { containers: [{ image: 'web', name: 'first', securityContext: { readOnlyRootFilesystem: false } }] });
    new RedisStandalone(chart, 'redis', { tls: MUTUAL }).connect(web, { as: 'MY_CACHE', clientCertificate: 'web-tls' });
    web.addContainer({ image: 'web', name: 'second' });
  });
  const { containers, volumes } = podOf(only(manifests, 'Deployment')).spec;
  for (const each of containers) {
    expect(variables(each)).toMatchObject({
      MY_CACHE_CA_FILE: '/redis-tls/MY_CACHE/ca.crt', MY_CACHE_CERT_FILE: '/redis-tls/MY_CACHE/tls.crt', MY_CACHE_KEY_FILE: '/redis-tls/MY_CACHE/tls.key',
    });
    expect(each.volumeMounts).toEqual([{ name: 'redis-tls-my-cache-files', mountPath: '/redis-tls/MY_CACHE', readOnly: true }]);
  }
  expect(volumes[0].projected.sources).toEqual([
    { secret: { name: 'redis-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { secret: { name: 'web-tls', items: [{ key: 'tls.crt', path: 'tls.crt' }, { key: 'tls.key', path: 'tls.key' }] } },
  ]);
});

test('the authorities come from another Secret where the workload has them in one', () => {
  const app = Testing.app();
  const redis = new RedisStandalone(new Chart(app, 'data', { namespace: 'data' }), 'redis', { tls: RedisTls.certManager({ issuer: 'ca' }) });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  redis.connect(workload(chart, 'Deployment', POD), { authoritySecret: 'redis-ca', clientCertificate: 'web-tls' });
  const deployment = only(Testing.synth(chart), 'Deployment');
  expect(podOf(deployment).spec.volumes[0].projected.sources).toEqual([
    { secret: { name: 'redis-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { secret: { name: 'web-tls', items: [{ key: 'tls.crt', path: 'tls.crt' }, { key: 'tls.key', path: 'tls.key' }] } },
  ]);
  expect(variables(container(deployment, 'web')).REDIS_CA_FILE).toBe('/redis-tls/REDIS/ca.crt');
});

test('a CronJob, a Pod and one that is connected to two Redis get their files too', () => {
  const volumes = (kind: string, path: (manifest: Manifest) => Manifest) => {
    const manifests = synth((chart) => {
      const web = workload(chart, kind, POD);
      new RedisStandalone(chart, 'redis', { tls: TLS }).connect(web);
      Redis.fromAttributes({ host: 'redis.example.com', tls: RedisTls.fromSecret('store-ca') }).connect(web, { as: 'Store' });
    });
    return path(only(manifests, kind)).volumes.map(({ name }: Manifest) => name);
  };
  const names = ['redis-tls-redis-files', expect.stringMatching(/^redis-tls-[0-9a-z]{5}-files$/)];
  expect(volumes('Pod', ({ spec }) => spec)).toEqual(names);
  expect(volumes('CronJob', ({ spec }) => spec.jobTemplate.spec.template.spec)).toEqual(names);
});

test('a Redis that exists already has TLS', () => {
  const store = Redis.fromAttributes({ host: 'redis.example.com', port: 6380, tls: RedisTls.fromSecret('store-ca') });
  expect(store.endpoint.url).toBe('rediss://redis.example.com:6380');
  expect(store.tls.secretName).toBe('store-ca');
});

test('a workload without a certificate is refused where one is needed, and one that would show it to nobody', () => {
  const chart = Testing.chart();
  const web = workload(chart, 'Deployment', POD);
  const redis = new RedisStandalone(chart, 'redis', { tls: MUTUAL });
  expect(() => redis.connect(web)).toThrow('\'test/workload\' cannot be connected: \'clientCertificate\' is missing, and the Redis takes nobody without a certificate: '
    + 'give the name of a Secret with tls.crt and tls.key for the workload');
  expect(() => redis.connect(web, { clientCertificate: 'Web' })).toThrow('\'clientCertificate\' is \'Web\': it takes the name of a Kubernetes object');
  expect(() => new RedisStandalone(chart, 'plain').connect(web, { clientCertificate: 'web-tls' })).toThrow(
    '\'clientCertificate\' is given, but the Redis has no TLS: leave it out, or give the Redis \'tls\'');
});

test('a Secret of the authorities is refused where there is no TLS, and where it is no name', () => {
  const chart = Testing.chart();
  const web = workload(chart, 'Deployment', POD);
  expect(() => new RedisStandalone(chart, 'redis', { tls: TLS }).connect(web, { authoritySecret: 'CA' })).toThrow(
    '\'test/workload\' cannot be connected: \'authoritySecret\' is \'CA\': it takes the name of a Kubernetes object');
  expect(() => new RedisStandalone(chart, 'plain').connect(web, { authoritySecret: 'redis-ca' })).toThrow(
    '\'test/workload\' cannot be connected: \'authoritySecret\' is given, but the Redis has no TLS: leave it out, or give the Redis \'tls\'');
});

describe('a console of databases with TLS', () => {
  const console = (tls: RedisTls, clientCertificate?: string) => synth((chart) => new RedisInsight(chart, 'ui', {
    databases: [Redis.fromAttributes({ host: 'plain' }), new RedisStandalone(chart, 'redis', { tls })], acceptTerms: true, clientCertificate,
  }));

  test('knows the authorities', () => {
    const deployment = only(console(TLS), 'Deployment');
    expect(variables(container(deployment, 'redisinsight'))).toMatchObject({ RI_REDIS_TLS_2: 'true', RI_REDIS_TLS_CA_PATH_2: '/redis-tls/2/ca.crt' });
    expect(variables(container(deployment, 'redisinsight'))).not.toHaveProperty('RI_REDIS_TLS_1');
    expect(podOf(deployment).spec.volumes).toContainEqual({
      name: 'tls-2', secret: { secretName: 'redis-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }], defaultMode: 0o440 },
    });
  });

  test('shows a certificate of its own', () => {
    const deployment = only(console(MUTUAL, 'console-tls'), 'Deployment');
    expect(variables(container(deployment, 'redisinsight'))).toMatchObject({
      RI_REDIS_TLS_CERT_PATH_2: '/redis-tls/own/tls.crt', RI_REDIS_TLS_KEY_PATH_2: '/redis-tls/own/tls.key',
    });
    expect(container(deployment, 'redisinsight').volumeMounts).toContainEqual({ name: 'tls-own', mountPath: '/redis-tls/own', readOnly: true });
  });

  test('is refused without one where it needs one, and with one that nobody asks for', () => {
    expect(() => console(MUTUAL)).toThrow('\'clientCertificate\' is missing, and \'redis\' takes nobody without a certificate: give the name of a Secret with '
      + 'tls.crt and tls.key for the console');
    expect(() => console(RedisTls.none(), 'console-tls')).toThrow('\'clientCertificate\' is given, but none of the \'databases\' has TLS: leave it out');
  });
});

describe('what is no TLS', () => {
  const make = (tls: any) => () => new RedisStandalone(Testing.chart(), 'redis', { tls });

  test.each<[string, unknown, string]>([
    ['a text', 'redis-tls', '\'tls\' is \'redis-tls\': it takes RedisTls.none() or the name of a Secret, such as RedisTls.fromSecret(\'redis-tls\')'],
    ['a wrong name', RedisTls.fromSecret('Redis'), '\'tls.secretName\' is \'Redis\': it takes the name of a Kubernetes object'],
    ['options that are none', RedisTls.fromSecret('redis', 'yes' as any), '\'tls\' has the options \'yes\': it takes an object of properties'],
    ['a choice that is none', RedisTls.fromSecret('redis', { clientCertificates: true as any }), '\'tls.clientCertificates\' is true: it takes one of no, optional, yes'],
  ])('%s is refused', (_, tls, problem) => {
    expect(make(tls)).toThrow(problem);
    expect(() => Redis.fromAttributes({ host: 'redis', tls: tls as any })).toThrow(problem);
  });

  test('a directive of it among the extra ones is refused', () => {
    expect(() => new RedisStandalone(Testing.chart(), 'redis', { config: { extraDirectives: { 'tls-port': '6380' } } })).toThrow('use \'tls\'');
    expect(() => new RedisStandalone(Testing.chart(), 'redis', { config: { extraDirectives: { 'tls-protocols': '"TLSv1.3"' } }, tls: TLS })).not.toThrow();
  });
});

describe('a certificate of cert-manager', () => {
  const issued = RedisTls.certManager({ issuer: 'internal-ca' });

  /** What matches a host name, as clients read certificates: `*` is one label. */
  const covers = (names: string[], host: string) => names.some((name) => (
    name === host || (name.startsWith('*.') && host.slice(host.indexOf('.') + 1) === name.slice(2))));

  test.each(Object.entries(KINDS))('of a %s has every name by which clients are told to call it', (_, make) => {
    let hosts: string[] = [];
    const manifests = synth((chart) => {
      const redis = make(chart, issued);
      expect(redis.tls.secretName).toBe('redis-tls');
      const others = redis instanceof RedisReplication ? [redis.readEndpoint!, ...redis.sentinelEndpoints!] : [];
      hosts = [redis.endpoint, ...redis.nodeEndpoints, ...others].map(({ host }) => host);
    }, 'prod');
    const { metadata, spec } = only(manifests, 'Certificate');
    expect(metadata.name).toBe('redis-tls');
    // All Services, by all ways to write them, and all pods behind the headless ones.
    const services = manifests.filter(({ kind }) => kind === 'Service');
    const called = services.map(({ metadata: { name } }) => name);
    const pods = services.filter(({ spec: { clusterIP } }) => clusterIP === 'None').flatMap(({ metadata: { name } }) => [0, 5].map((ordinal) => `redis-${ordinal}.${name}`));
    const all = [...called, ...pods].flatMap((host) => ['', '.prod', '.prod.svc', '.prod.svc.cluster.local'].map((rest) => `${host}${rest}`));
    expect([...hosts, ...all, 'localhost'].filter((host) => !covers(spec.dnsNames, host))).toEqual([]);
    // And none that nobody has.
    expect(spec.dnsNames.filter((name: string) => !all.some((host) => covers([name], host)))).toEqual(['localhost']);
    expect(spec.ipAddresses).toEqual(['127.0.0.1', '::1']);
    expect(podOf(redisPod(manifests)).spec.volumes.find(({ name }: Manifest) => name === 'tls').secret.secretName).toBe(spec.secretName);
  });

  test('is for servers and clients, with another key of an elliptic curve each time', () => {
    const { spec } = only(synth((chart) => new RedisCluster(chart, 'redis', { tls: issued }), 'prod'), 'Certificate');
    expect(spec).toMatchObject({
      secretName: 'redis-tls',
      issuerRef: { group: 'cert-manager.io', kind: 'Issuer', name: 'internal-ca' },
      usages: ['digital signature', 'server auth', 'client auth'],
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      duration: '129600m',
      renewBefore: '43200m',
    });
  });

  test('is issued by whom the user says, for as long as the user says', () => {
    const tls = RedisTls.certManager({
      issuer: 'vault', issuerKind: RedisIssuerKind.CLUSTER_ISSUER, duration: Duration.days(7), renewBefore: Duration.hours(12),
      clientCertificates: RedisClientCertificates.REQUIRED,
    });
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis', { name: 'cache', tls }), 'prod');
    expect(only(manifests, 'Certificate').spec).toMatchObject({
      secretName: 'cache-tls', issuerRef: { kind: 'ClusterIssuer', name: 'vault' }, duration: '10080m', renewBefore: '720m',
    });
    expect(directives(manifests)['tls-auth-clients']).toBe('yes');
  });

  test('is in the namespace that a LonghornRedis makes', () => {
    const manifests = synth((chart) => new LonghornRedis(chart, 'redis', { createNamespace: true, tls: issued }));
    expect(only(manifests, 'Certificate').metadata.namespace).toBe('redis-server');
    expect(only(manifests, 'Certificate').spec.dnsNames).toContain('redis.redis-server.svc');
  });

  test('gives one option to many Redis, each with its own Secret', () => {
    const manifests = synth((chart) => {
      new RedisStandalone(chart, 'one', { tls: issued });
      new RedisStandalone(chart, 'other', { tls: issued });
    }, 'prod');
    expect(manifests.filter(({ kind }) => kind === 'Certificate').map(({ spec }) => spec.secretName)).toEqual(['one-tls', 'other-tls']);
  });

  test('is refused where its names are not known', () => {
    const problem = '\'tls\' is to be issued by cert-manager, but the chart has no namespace, which is part of the names in a certificate: give the chart its \'namespace\'';
    for (const make of Object.values(KINDS)) expect(() => synth((chart) => make(chart, issued))).toThrow(problem);
    expect(() => Redis.fromAttributes({ host: 'redis', tls: issued })).toThrow('take RedisTls.fromSecret() with its ca.crt');
  });

  test.each<[string, any, string]>([
    ['an issuer', { issuer: 'My CA' }, '\'tls.issuer\' is \'My CA\': it takes the name of a Kubernetes object'],
    ['a kind', { issuer: 'ca', issuerKind: 'Secret' }, '\'tls.issuerKind\' is \'Secret\': it takes one of Issuer, ClusterIssuer'],
    ['a duration', { issuer: 'ca', duration: Duration.minutes(30) }, '\'tls.duration\' is 30 minutes: it takes an hour or more'],
    ['a renewal', { issuer: 'ca', renewBefore: Duration.days(90) }, '\'tls.renewBefore\' is 129600 minutes: it takes 5 minutes or more, and less than \'duration\', which is 129600 minutes'],
    ['a number', { issuer: 'ca', duration: 90 }, '\'tls.duration\' is 90: it takes a Duration, such as Duration.days(90)'],
    ['nothing', undefined, '\'tls.issuer\' is \'\''],
  ])('%s that cannot be is refused', (_, options, problem) => {
    expect(() => synth((chart) => new RedisStandalone(chart, 'redis', { tls: RedisTls.certManager(options) }), 'prod')).toThrow(problem);
  });
});
