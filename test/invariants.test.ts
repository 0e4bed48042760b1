import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { createRequire } from 'module';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Chart, Cron, Size, Testing, YamlOutputType } from 'cdk8s';
import {
  EvictionPolicy, IRedis, LonghornRedis, RedisAccess, RedisAuth, RedisClientCertificates,
  RedisCluster, RedisController, RedisExposure, RedisImage, RedisInsight, RedisIssuerKind, RedisMetrics, RedisPersistence, RedisReplication,
  RedisSentinel, RedisSpread, RedisStandalone, RedisStorage, RedisTls,
} from '../src';
import { identity, Manifest, podOf, workload } from './kit';
import { podsIn, selects } from './network-policies';

const AUTH = RedisAuth.password('redis-secret');
const TLS = RedisTls.fromSecret('redis-tls', { clientCertificates: RedisClientCertificates.REQUIRED });
const ACL = RedisAuth.acl({
  users: [{ name: 'shop', passwordSecret: { secretName: 'shop-password', key: 'password' }, keys: ['shop:*'], channels: ['shop'], commands: ['@all', '-@scripting'] }],
  internalSecret: 'redis-internal',
});
const MUTUAL = { clientCertificates: RedisClientCertificates.REQUIRED };
const SCRAPED = { metrics: RedisMetrics.exporter({ scrapers: { pods: [{ namespaceName: 'monitoring' }] }, podMonitor: true }) };
/** Users, certificates that clients have to show, and nobody who is not named. */
const LOCKED = { auth: ACL, access: RedisAccess.restricted(), tls: RedisTls.certManager({ issuer: 'ca', ...MUTUAL }), ...SCRAPED };

/** With a console, and a workload that comes as a user of its own. That one is none of ours, so it is elsewhere. */
const locked = (make: (chart: Chart) => IRedis) => (chart: Chart) => {
  const redis = make(chart);
  const web = workload(new Chart(chart, 'elsewhere', { namespace: 'shop' }), 'Deployment', { containers: [{ name: 'web', image: 'web' }] }, 'web');
  redis.connect(web, { user: 'web', keys: ['web:*'], clientCertificate: 'web-tls' });
  new RedisInsight(chart, 'ui', { databases: [redis], clientCertificate: 'ui-tls', acceptTerms: true });
};

const MEMORY = { memory: Size.mebibytes(256) };
const PEERS = { pods: [{ labels: { a: 'b' }, namespaceName: 'other' }, { namespaceLabels: { c: 'd' } }, {}], networks: ['203.0.113.0/24', '2001:db8::/32'] };
const CLOSED = { access: RedisAccess.restricted() };
const RESTRICTED = { access: RedisAccess.restricted(PEERS) };

/** Every construct with every option that changes what is made. */
const VARIANTS: { [title: string]: (chart: Chart) => unknown } = {
  'RedisStandalone': (chart) => new RedisStandalone(chart, 'redis'),
  'RedisStandalone as a Pod': (chart) => new RedisStandalone(chart, 'redis', { controller: RedisController.POD }),
  'RedisStandalone as a Pod with a claim': (chart) =>
    new RedisStandalone(chart, 'redis', { controller: RedisController.POD, persistence: RedisPersistence.rdb() }),
  'RedisStandalone with AOF': (chart) => new RedisStandalone(chart, 'redis', { persistence: RedisPersistence.aof(), resources: MEMORY }),
  'RedisStandalone with RDB': (chart) => new RedisStandalone(chart, 'redis', { persistence: RedisPersistence.rdb({ size: Size.gibibytes(3) }) }),
  'RedisStandalone with a password': (chart) => new RedisStandalone(chart, 'redis', { auth: AUTH }),
  'RedisStandalone with TLS': (chart) => new RedisStandalone(chart, 'redis', { tls: TLS }),
  'RedisStandalone with TLS and a ConfigMap': (chart) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', tls: TLS }),
  'RedisStandalone with users and a ConfigMap': (chart) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', auth: ACL, tls: TLS }),
  'RedisStandalone with directives': (chart) =>
    new RedisStandalone(chart, 'redis', { config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LFU, extraDirectives: { 'acllog-max-len': '1' } } }),
  'RedisStandalone with a ConfigMap': (chart) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', auth: AUTH, persistence: RedisPersistence.aof() }),
  'RedisStandalone of 8.0.2': (chart) => new RedisStandalone(chart, 'redis', { image: RedisImage.official('8.0.2-alpine', { pullSecrets: ['registry'] }) }),
  'RedisStandalone on Longhorn': (chart) =>
    new RedisStandalone(chart, 'redis', { persistence: RedisPersistence.aof({ storage: RedisStorage.longhorn({ ownClass: {}, labels: { a: 'b' } }) }) }),
  'RedisStandalone on chosen hosts': (chart) =>
    new RedisStandalone(chart, 'redis', { scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'c' }], priorityClassName: 'd' }, labels: { e: 'f' } }),
  'RedisStandalone with metrics': (chart) => new RedisStandalone(chart, 'redis', { metrics: RedisMetrics.exporter() }),
  'RedisStandalone with metrics, users and a ConfigMap': (chart) => new RedisStandalone(chart, 'redis', { existingConfigMap: 'mine', auth: ACL, tls: TLS, ...SCRAPED }),
  'RedisStandalone that is closed': (chart) => new RedisStandalone(chart, 'redis', CLOSED),
  'RedisStandalone that is restricted': (chart) => new RedisStandalone(chart, 'redis', RESTRICTED),
  'LonghornRedis that is restricted': (chart) => new LonghornRedis(chart, 'redis', { createNamespace: true, ...RESTRICTED }),
  'LonghornRedis': (chart) => new LonghornRedis(chart, 'redis'),
  'LonghornRedis with metrics and a password': (chart) => new LonghornRedis(chart, 'redis', { createNamespace: true, auth: AUTH, ...SCRAPED }),
  'LonghornRedis with everything': (chart) => new LonghornRedis(chart, 'redis', {
    createNamespace: true, ownClass: { recurringJobGroup: 'g' }, snapshots: { schedule: Cron.hourly() }, backups: { schedule: Cron.daily() }, auth: AUTH, resources: MEMORY,
  }),
  'RedisCluster': (chart) => new RedisCluster(chart, 'redis'),
  'RedisCluster with everything': (chart) => new RedisCluster(chart, 'redis', {
    shards: 4, replicasPerShard: 2, spread: RedisSpread.REQUIRED, auth: AUTH, resources: MEMORY, scheduling: { tolerations: [{ key: 'c' }] }, labels: { e: 'f' },
    persistence: RedisPersistence.rdb({ storage: RedisStorage.longhorn({ ownClass: {} }) }), image: RedisImage.official('8.0.2-alpine', { pullSecrets: ['registry'] }),
  }),
  'RedisCluster with TLS': (chart) => new RedisCluster(chart, 'redis', { tls: TLS, auth: AUTH }),
  'RedisCluster with users and TLS': (chart) => new RedisCluster(chart, 'redis', { tls: TLS, auth: ACL }),
  'RedisCluster with metrics': (chart) => new RedisCluster(chart, 'redis', { metrics: RedisMetrics.exporter({ resources: MEMORY }) }),
  'RedisCluster with metrics and a password': (chart) => new RedisCluster(chart, 'redis', { auth: AUTH, ...SCRAPED }),
  'RedisCluster that is restricted': (chart) => new RedisCluster(chart, 'redis', RESTRICTED),
  'RedisReplication': (chart) => new RedisReplication(chart, 'redis'),
  'RedisReplication without Sentinels': (chart) => new RedisReplication(chart, 'redis', { replicas: 1, persistence: RedisPersistence.none() }),
  'RedisReplication with everything': (chart) => new RedisReplication(chart, 'redis', {
    replicas: 4, sentinel: RedisSentinel.enabled({ count: 5 }), proxy: { count: 3 }, spread: RedisSpread.REQUIRED, auth: AUTH, resources: MEMORY, labels: { e: 'f' },
    scheduling: { tolerations: [{ key: 'c' }] }, image: RedisImage.official('8.0.2-alpine', { pullSecrets: ['registry'] }),
    persistence: RedisPersistence.rdb({ storage: RedisStorage.longhorn({ ownClass: {} }) }),
  }),
  'RedisReplication with TLS': (chart) => new RedisReplication(chart, 'redis', { tls: TLS }),
  'RedisReplication with TLS and a password': (chart) => new RedisReplication(chart, 'redis', { tls: TLS, auth: AUTH }),
  'RedisReplication with users and TLS': (chart) => new RedisReplication(chart, 'redis', { tls: TLS, auth: ACL }),
  'RedisReplication with metrics': (chart) => new RedisReplication(chart, 'redis', { metrics: RedisMetrics.exporter() }),
  'RedisReplication with metrics, TLS and a password': (chart) => new RedisReplication(chart, 'redis', { tls: TLS, auth: AUTH, ...SCRAPED }),
  'RedisReplication that is closed': (chart) => new RedisReplication(chart, 'redis', CLOSED),
  'RedisReplication that is restricted': (chart) => new RedisReplication(chart, 'redis', RESTRICTED),
  'RedisInsight': (chart) => new RedisInsight(chart, 'ui'),
  'RedisInsight with a claim': (chart) => new RedisInsight(chart, 'ui', { storage: RedisStorage.longhorn({ ownClass: {} }) }),
  'RedisInsight behind an Ingress': (chart) =>
    new RedisInsight(chart, 'ui', { exposure: RedisExposure.ingress({ host: 'example.com', path: '/ui', tlsSecretName: 'tls', className: 'nginx' }) }),
  'RedisInsight for some': (chart) => new RedisInsight(chart, 'ui', { exposure: RedisExposure.clusterIp({ allowFrom: PEERS }) }),
  'RedisInsight for nobody': (chart) => new RedisInsight(chart, 'ui', { exposure: RedisExposure.clusterIp({ allowFrom: {} }) }),
  'RedisInsight with databases': (chart) =>
    new RedisInsight(chart, 'ui', { databases: [new RedisStandalone(chart, 'redis', { auth: AUTH })], acceptTerms: true, resources: MEMORY }),
};

/** The same with a certificate of cert-manager, whose names need a namespace. */
const ISSUED: typeof VARIANTS = {
  'RedisStandalone with everything locked': locked((chart) => new RedisStandalone(chart, 'redis', LOCKED)),
  'RedisStandalone as a Pod with everything locked': locked((chart) => new RedisStandalone(chart, 'redis', { controller: RedisController.POD, ...LOCKED })),
  'LonghornRedis with everything locked': locked((chart) => new LonghornRedis(chart, 'redis', LOCKED)),
  'RedisCluster with everything locked': locked((chart) => new RedisCluster(chart, 'redis', LOCKED)),
  'RedisCluster with everything locked but a plain port': locked((chart) => new RedisCluster(chart, 'redis', {
    ...LOCKED, tls: RedisTls.certManager({ issuer: 'ca', issuerKind: RedisIssuerKind.CLUSTER_ISSUER, port: 6380, plainPort: 6379, ...MUTUAL }),
  })),
  'RedisReplication with everything locked': locked((chart) => new RedisReplication(chart, 'redis', LOCKED)),
  'RedisReplication without Sentinels with everything locked': locked((chart) => new RedisReplication(chart, 'redis', { replicas: 1, ...LOCKED })),
};

/** The label by which Kubernetes says which pod of a StatefulSet it is. */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';

const render = (variants: typeof VARIANTS, namespace?: string) => Object.entries(variants).map(([title, build]): [string, Manifest[]] => {
  const chart = new Chart(Testing.app(), 'test', { namespace });
  build(chart);
  return [`${title} in ${namespace ?? 'no'} namespace`, Testing.synth(chart)];
});
const rendered = [...render(VARIANTS), ...render({ ...VARIANTS, ...ISSUED }, 'prod')];
const pods = rendered.flatMap(([title, manifests]) =>
  manifests.filter((each) => ['Pod', 'StatefulSet', 'Deployment', 'Job'].includes(each.kind)).map((each): [string, Manifest] => [`${identity(each)} of ${title}`, each]));

describe.each(pods)('the pod of %s', (_, manifest) => {
  const { metadata, spec } = podOf(manifest);
  const containers: Manifest[] = [...spec.initContainers ?? [], ...spec.containers];

  test('keeps to the restricted standard', () => {
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(spec.securityContext.runAsUser).toBe(spec.securityContext.fsGroup);
    for (const { securityContext } of containers) {
      expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  });

  test('asks for CPU and memory', () => {
    for (const { resources } of containers) expect(resources.requests).toEqual({ cpu: expect.stringMatching(/m$/), memory: expect.stringMatching(/i$/) });
  });

  test('can write only to volumes, each of which is there and used', () => {
    const claims = (manifest.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name);
    const volumes = [...spec.volumes.map(({ name }: Manifest) => name), ...claims];
    const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }: Manifest) => name));
    expect(new Set(volumes).size).toBe(volumes.length);
    expect([...new Set(mounted)].sort()).toEqual([...volumes].sort());
  });

  test('writes no more than it says on the disk of its host, except for its data', () => {
    const unlimited = spec.volumes.filter(({ emptyDir }: Manifest) => emptyDir && !emptyDir.sizeLimit);
    expect(unlimited.filter(({ name }: Manifest) => name !== 'data')).toEqual([]);
  });

  test('is selected by labels that never change', () => {
    const selector = manifest.spec.selector?.matchLabels;
    if (!selector) return;
    expect(Object.keys(selector)).toEqual(['app.kubernetes.io/component', 'app.kubernetes.io/instance', 'app.kubernetes.io/name']);
    expect(metadata.labels).toMatchObject(selector);
  });

  test('has probes', () => {
    // A Job is done when it ends.
    if (manifest.kind === 'Job') return;
    expect(spec.containers[0]).toMatchObject({ startupProbe: expect.anything(), livenessProbe: expect.anything(), readinessProbe: expect.anything() });
  });
});

describe.each(rendered)('%s', (_, manifests) => {
  const text = JSON.stringify(manifests);

  test('labels every object', () => {
    for (const { metadata } of manifests) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': expect.stringMatching(/^(redis|haproxy)/),
        'app.kubernetes.io/instance': expect.any(String),
        'app.kubernetes.io/component': expect.any(String),
        'app.kubernetes.io/managed-by': 'cdk8s',
      });
    }
  });

  test('has Services that select its pods and ports that these have', () => {
    for (const service of manifests.filter(({ kind }) => kind === 'Service')) {
      const { [POD_NAME]: pod, ...selector } = service.spec.selector;
      const makers = manifests.filter((each) => each.spec?.template || each.kind === 'Pod')
        .filter((each) => Object.entries(selector).every(([key, value]) => podOf(each).metadata.labels[key] === value));
      expect(makers).toHaveLength(1);
      // A Service of one pod: its StatefulSet must make one of that name.
      if (pod !== undefined) expect([...Array(makers[0].spec.replicas).keys()].map((ordinal) => `${makers[0].metadata.name}-${ordinal}`)).toContain(pod);
      const targets = makers.map(podOf);
      const ports = targets[0].spec.containers.flatMap((each: Manifest) => each.ports ?? []).map(({ name }: Manifest) => name);
      for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort);
    }
  });

  test('has NetworkPolicies that select its pods, name ports that these have, and let nobody in by an empty list', () => {
    for (const { spec } of manifests.filter(({ kind }) => kind === 'NetworkPolicy')) {
      const [guarded, ...others] = podsIn(manifests).filter(({ labels }) => selects(spec.podSelector, labels));
      expect([guarded?.title, others]).toEqual([expect.any(String), []]);
      expect(spec.policyTypes).toEqual(['Ingress']);
      // The server leaves it out, so that it would be different each time.
      expect(spec.ingress).not.toEqual([]);
      for (const { from, ports = [] } of spec.ingress ?? []) {
        expect(from).not.toEqual([]);
        for (const { port } of ports) expect(guarded.ports.flatMap(({ name, number }) => [name, number])).toContain(port);
      }
    }
  });

  test('refers only to ConfigMaps and claims that are there or are the user\'s', () => {
    const there = manifests.map(identity);
    for (const { spec } of manifests.filter((each) => each.spec?.template || each.kind === 'Pod').map(podOf)) {
      for (const { configMap, persistentVolumeClaim } of spec.volumes) {
        if (configMap && configMap.name !== 'mine') expect(there).toContain(`ConfigMap/${configMap.name}`);
        if (persistentVolumeClaim) expect(there).toContain(`PersistentVolumeClaim/${persistentVolumeClaim.claimName}`);
      }
    }
  });

  test('gives no namespace to what belongs to none', () => {
    for (const { kind, metadata } of manifests) {
      if (['StorageClass', 'Namespace'].includes(kind)) expect(metadata).not.toHaveProperty('namespace');
    }
  });

  test('holds no empty quantity or port, which an L1 class makes of a raw value', () => {
    expect(text).not.toMatch(/"(memory|cpu|storage|sizeLimit|port|targetPort)":\{\}/);
  });
});

test.each(Object.entries({ ...VARIANTS, ...ISSUED }))('%s is synthesized twice to the same text', (_, build) => {
  const yaml = () => {
    const app = new App({ outdir: 'unused' });
    build(new Chart(app, 'test', { namespace: 'prod' }));
    return [app.synthYaml(), app.synthYaml()];
  };
  const [[first, again], [other]] = [yaml(), yaml()];
  expect(again).toBe(first);
  expect(other).toBe(first);
});

// What npm offers: types, required fields and choices, but not a word about unknown fields, which the L1 classes drop anyway.
const load = createRequire(__filename);
test.each(rendered)('%s has the fields that Kubernetes asks for', (_, manifests) => {
  for (const manifest of manifests.filter(({ apiVersion }) => !/^(longhorn\.io|cert-manager\.io|monitoring\.coreos\.com)\//.test(apiVersion))) {
    const { [manifest.kind]: Model } = load(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`);
    expect(() => new Model(manifest).validate()).not.toThrow();
  }
});

// The strict schemas and their validator are not part of this repository.
const VALIDATOR = join(__dirname, '..', '..', 'shared', 'schemas', 'validate.mjs');
const describeStrictly = existsSync(VALIDATOR) ? describe : describe.skip;
describeStrictly(existsSync(VALIDATOR) ? 'strictly' : 'needs schemas: strictly', () => {
  const directory = mkdtempSync(join(tmpdir(), 'invariants-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const minors = existsSync(VALIDATOR)
    ? readdirSync(join(VALIDATOR, '..')).flatMap((name) => /^kubernetes-(.*)\.json\.gz$/.exec(name)?.[1] ?? []) : ['1.28'];

  test.each(minors)('every manifest is one of Kubernetes %s', (minor) => {
    rendered.forEach(([, manifests], index) => {
      writeFileSync(join(directory, `${index}.yaml`), manifests.map((each) => JSON.stringify(each)).join('\n---\n'));
    });
    expect(validate(minor)).toBe('');
  });

  test('the validator finds what is wrong', () => {
    const other = mkdtempSync(join(tmpdir(), 'invariants-'));
    writeFileSync(join(other, 'wrong.yaml'), JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { nope: 1 } }));
    expect(() => execFileSync('node', [VALIDATOR, other], { stdio: 'pipe' })).toThrow();
    rmSync(other, { recursive: true });
  });

  function validate(minor: string): string {
    try {
      return execFileSync('node', [VALIDATOR, '--kubernetes', minor, directory], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      return (error as { stdout: string }).stdout || String(error);
    }
  }
});

test.each(Object.values(YamlOutputType).filter((value) => typeof value === 'number'))('is written with the output type %s', (yamlOutputType) => {
  const outdir = mkdtempSync(join(tmpdir(), 'invariants-'));
  const app = new App({ outdir, yamlOutputType: yamlOutputType as YamlOutputType });
  new RedisStandalone(new Chart(app, 'test'), 'redis');
  app.synth();
  const files = readdirSync(outdir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  expect(files.map((file) => readFileSync(join(file.parentPath, file.name), 'utf8')).join('')).toContain('kind: StatefulSet');
  rmSync(outdir, { recursive: true });
});
