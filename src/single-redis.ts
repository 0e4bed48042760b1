import { Chart, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { reportHoles } from './hole-report';
import { usersConfigMap } from './node/acl';
import { Blueprint } from './node/blueprint';
import { makeCertificate } from './node/certificate';
import { Contribution } from './node/contribution';
import { LabelSubject, selectorLabels } from './node/labels';
import { maxMemory, MemoryFacts, memoryContribution } from './node/memory';
import { claimNames, labelProblems, nameProblems, referenceProblems } from './node/names';
import { REDIS_PORT } from './node/pod';
import { quote, refuse } from './node/problems';
import { asSize, kibibytes } from './node/quantities';
import { asArguments, renderRedisConf } from './node/redis-conf';
import { METRICS_SCRIPTS, run, SCRIPTS_DIRECTORY, USERS_SCRIPTS } from './node/scripts';
import { CONF_KEY, makeSingleNode, NAME_SUFFIXES } from './node/single-node';
import { RedisAccess } from './options/access';
import { RedisAuth } from './options/auth';
import { configContribution, RedisConfig } from './options/config';
import { RedisImage } from './options/image';
import { kindProblems } from './options/kinds';
import { longhornClass, usualClassNameProblems } from './options/longhorn';
import { RedisMetrics } from './options/metrics';
import { RedisPersistence } from './options/persistence';
import { resourceProblems, resourceRequirements } from './options/resources';
import { schedulingFields, schedulingProblems } from './options/scheduling';
import { DEFAULT_SIZE, RedisClaimRetention, RedisStorage } from './options/storage';
import { RedisTls, tlsOf } from './options/tls';
import { RedisEndpoint, RedisOptions } from './redis';

/** Where redis.conf and the data are in the container. */
const CONF_DIRECTORY = '/redis-master';
const DATA_DIRECTORY = '/redis-master-data';

/** What is reserved where the user limits no memory: a blank Redis takes about 10Mi. */
const USUAL_MEMORY = { request: Size.mebibytes(64) };

/** A stop without a data set to write: Redis waits up to 10 seconds for replicas, if it has any, and closes its files. */
const GRACE_SECONDS = 60;

/** Nobody knows how much is to be saved. */
const MOST_GRACE_SECONDS = 3600;

/** Snapshots are written at 32Mi a second even on slow disks. */
const SAVED_KIBIBYTES_A_SECOND = 32 * 1024;

/** What a Redis that runs alone is made from. */
export interface SingleRedisPlan extends RedisOptions {
  readonly controller: 'StatefulSet' | 'Pod';
  readonly existingConfigMap?: string;
  /** Namespace of the objects, where it is not the chart's. */
  readonly ownNamespace?: string;
  /** What is wrong with what the construct adds to the options. */
  readonly problems?: readonly string[];
}

/** Makes the objects of a Redis that runs alone, or refuses with everything that is wrong. Says where it listens. */
export function makeSingleRedis(construct: Construct, plan: SingleRedisPlan): RedisEndpoint {
  refuse(construct.constructor.name, construct.node.path, kindProblems(plan));
  const name = plan.name ?? construct.node.id;
  const {
    config = {}, existingConfigMap, image = RedisImage._default(), persistence = RedisPersistence.none(), auth = RedisAuth.none(),
    access = RedisAccess.connected(), metrics = RedisMetrics.none(), resources = {}, scheduling = {},
  } = plan;
  const tls = tlsOf(plan.tls, name);
  // A bare Pod is not the StatefulSet's: while both are there, a Service must not send clients to both.
  const component = plan.controller === 'Pod' ? 'standalone-pod' : 'standalone';
  const subject: LabelSubject = { program: 'redis', name, component, version: image.version, labels: plan.labels };
  const storage = persistence._storage;
  const memory: MemoryFacts = { limit: asSize(resources.memory), maxMemory: asSize(config.maxMemory), forks: storage !== undefined };
  const confName = existingConfigMap ?? `${name}-config`;

  const namespace = plan.ownNamespace ?? Chart.of(construct).namespace;
  // Classes belong to the whole Kubernetes cluster.
  const usualClassName = namespace ? `${namespace}-${name}` : name;
  const ownClassName = storage?._ownClass?.name ?? usualClassName;

  const blueprint = new Blueprint([
    base(confName, name, storage),
    ...(existingConfigMap === undefined ? [] : [insideOfThePod(tls, storage)]),
    // A redis.conf of the user decides what is saved, unless the property is there too.
    ...(existingConfigMap !== undefined && !plan.persistence ? [] : [persistence._contribute()]),
    auth._contribute({ name, kind: 'standalone', version: image.version, metrics: metrics._enabled }),
    tls._contribute('clients'),
    memoryContribution(memory),
    configContribution(config, image.version),
  ]);
  refuse(construct.constructor.name, construct.node.path, [
    ...nameProblems(name, NAME_SUFFIXES),
    ...image._problems(),
    ...access._problems(),
    ...metrics._problems(access, auth, tls),
    ...resourceProblems(resources),
    ...schedulingProblems(scheduling),
    ...labelProblems('labels', plan.labels),
    ...usualClassNameProblems('persistence.storage.ownClass', storage?._ownClass, usualClassName),
    ...existingConfigMapProblems(existingConfigMap, name, config, blueprint.acl && usersConfigMap(name)),
    ...blueprint.problems,
    ...tls._issueProblems(namespace),
    ...storeProblems(persistence, config, maxMemory(memory)),
    ...(plan.controller === 'Pod' && storage ? storage._retentionProblems('a bare Pod') : []),
    ...plan.problems ?? [],
  ]);
  reportHoles(construct.constructor.name, construct, image);

  const confFile = `${CONF_DIRECTORY}/redis.conf`;
  const fixed = existingConfigMap === undefined ? [] : blueprint.directives;
  // Redis alone, unless it has a password or files to start from.
  const prepared = auth.secretName !== undefined || auth._hasUsers || storage !== undefined;
  const server = ['redis-server', confFile, ...asArguments(fixed)];
  if (tls._issue) makeCertificate(construct, subject, tls._issue, { namespace: namespace!, services: [name] }, plan.ownNamespace);
  makeSingleNode(construct, {
    subject,
    namespace: plan.ownNamespace,
    controller: plan.controller,
    configMap: { name: confName, generated: existingConfigMap === undefined },
    blueprint,
    image: image.reference,
    pullPolicy: image._pullPolicy,
    pullSecrets: image._pullSecrets,
    command: prepared ? run('start.sh', ...server) : server,
    scriptFiles: [...(prepared ? ['start.sh'] : []), ...(auth._hasUsers ? USERS_SCRIPTS : []), ...(metrics._enabled ? METRICS_SCRIPTS : [])],
    resources: resourceRequirements(resources, USUAL_MEMORY),
    scheduling: schedulingFields(scheduling),
    confFile,
    overrides: renderRedisConf(fixed.map(({ name: directive, value }) => ({ name: directive, value }))),
    graceSeconds: graceSeconds(persistence, maxMemory(memory)),
    access: access._plan,
    metrics: metrics._plan(tls),
    clientPorts: tls._ports('redis'),
    claim: storage?._claim('data', selectorLabels(subject), ownClassName),
    claimRetention: storage?._options.retention === RedisClaimRetention.DELETE ? RedisClaimRetention.DELETE : undefined,
    storageClass: storage?._ownClass && longhornClass(ownClassName, storage._ownClass),
  });
  claimNames(construct, [
    ...(plan.controller === 'StatefulSet' ? [{ kind: 'Pod', name: `${name}-0` }] : []),
    ...(storage?._claimName === undefined ? [] : [{ kind: 'PersistentVolumeClaim', name: storage._claimName }]),
  ], plan.ownNamespace);
  return new RedisEndpoint(namespace === undefined ? name : `${name}.${namespace}.svc`, tls._port, tls.enabled);
}

/** The volume of the data, unless the StatefulSet or the Pod makes a claim for it. */
function dataVolume(storage?: RedisStorage): k8s.Volume[] {
  if (!storage) return [{ name: 'data', emptyDir: {} }];
  return storage._claimName === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: storage._claimName } }];
}

/** What holds for every Redis that runs alone. */
function base(confName: string, name: string, storage?: RedisStorage): Contribution {
  return {
    owner: 'the construct',
    directives: [
      { name: 'dir', value: DATA_DIRECTORY },
      { name: 'protected-mode', value: 'no', comment: 'it would refuse every client outside of the pod' },
    ],
    env: [{ name: 'MASTER', value: 'true' }, ...(storage ? [{ name: 'REDIS_DATA', value: DATA_DIRECTORY }] : [])],
    volumes: [
      { name: 'config', configMap: { name: confName, items: [{ key: CONF_KEY, path: 'redis.conf' }] } },
      { name: 'scripts', configMap: { name: `${name}-scripts` } },
      ...dataVolume(storage),
    ],
    mounts: [{ name: 'data', mountPath: DATA_DIRECTORY }],
    clientMounts: [
      { name: 'config', mountPath: CONF_DIRECTORY, readOnly: true },
      { name: 'scripts', mountPath: SCRIPTS_DIRECTORY, readOnly: true },
    ],
  };
}

/** What a redis.conf of the user may say otherwise, and what the Service, the probes and the start script count on. */
function insideOfThePod(tls: RedisTls, storage?: RedisStorage): Contribution {
  const files = [
    { name: 'appenddirname', value: 'appendonlydir' }, { name: 'appendfilename', value: 'appendonly.aof' }, { name: 'dbfilename', value: 'dump.rdb' },
  ];
  return {
    owner: 'the construct',
    directives: [
      { name: 'bind', value: '* -::*' },
      { name: 'daemonize', value: 'no' },
      { name: 'logfile', value: '""' },
      ...(tls.enabled ? [] : [{ name: 'port', value: String(REDIS_PORT) }]),
      ...(storage ? files : []),
    ],
  };
}

function existingConfigMapProblems(existingConfigMap: string | undefined, name: string, config: RedisConfig, ...taken: Array<string | undefined>): string[] {
  if (existingConfigMap === undefined) return [];
  const problems = referenceProblems('existingConfigMap', existingConfigMap);
  if ([...NAME_SUFFIXES.map((suffix) => `${name}${suffix}`), ...taken].includes(existingConfigMap)) {
    problems.push(`'existingConfigMap' is ${quote(existingConfigMap)}, a name that the construct gives to objects of its own: rename the ConfigMap, or choose another 'name'`);
  }
  if (Object.keys(config).length > 0) {
    problems.push('\'config\' and \'existingConfigMap\' are both given: write the directives into the ConfigMap, or leave \'existingConfigMap\' out');
  }
  return problems;
}

/** What one property promises and another breaks. */
export function storeProblems(persistence: RedisPersistence, config: RedisConfig, limit: number | undefined): string[] {
  const policy = config.maxMemoryPolicy;
  const problems = limit === undefined ? [] : persistence._memoryProblems(limit, asSize(config.maxMemory) ? 'config.maxMemory' : 'resources.memory', config.autoAofRewritePercentage);
  if (config.autoAofRewritePercentage === 0 && persistence._appends) {
    problems.push('\'config.autoAofRewritePercentage\' is 0, so the append-only file would grow until the volume is full: give a percentage, or take RedisPersistence.rdb()');
  }
  if (persistence._durable && String(policy).startsWith('allkeys-')) {
    problems.push(`'config.maxMemoryPolicy' is '${policy}', which throws away any key, but 'persistence' with RedisFsync.ALWAYS promises to keep each: choose `
      + 'EvictionPolicy.NOEVICTION, or RedisFsync.EVERY_SECOND for a cache that starts warm');
  }
  return problems;
}

/** Enough to write the whole data set, or nothing where Kubernetes' own 30 seconds are. */
export function graceSeconds(persistence: RedisPersistence, limit: number | undefined): number | undefined {
  const storage = persistence._storage;
  if (!storage) return undefined;
  if (!persistence._savesAtStop) return GRACE_SECONDS;
  if (limit === undefined && storage._claimName !== undefined && !storage._options.size) return MOST_GRACE_SECONDS;
  const most = limit ?? kibibytes(storage._options.size ?? DEFAULT_SIZE) / persistence._volumeFactor();
  return GRACE_SECONDS + Math.ceil(most / SAVED_KIBIBYTES_A_SECOND);
}
