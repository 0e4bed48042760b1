import { Chart, Size, SizeRoundingBehavior } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { connectWorkload } from './connect-workload';
import { reportHoles } from './hole-report';
import { Blueprint } from './node/blueprint';
import { makeCertificate } from './node/certificate';
import { Contribution } from './node/contribution';
import { HOSTS_ENV, HOSTS_MOUNT, HOSTS_VOLUME } from './node/hosts-file';
import { LabelSubject, selectorLabels } from './node/labels';
import { maxMemory, MemoryFacts, memoryContribution } from './node/memory';
import { claimNames, labelProblems, nameProblems } from './node/names';
import { REDIS_PORT } from './node/pod';
import { choiceProblems, classProblems, quote, refuse } from './node/problems';
import { asSize } from './node/quantities';
import { makeReplication } from './node/replication-nodes';
import {
  CONF_DIRECTORY, ProxyPlan, proxySubject, readServiceName, REPLICATION_SUFFIXES, replicationEnv, ReplicationPlan, SENTINEL_PORT, SentinelPlan, sentinelSubject,
} from './node/replication-plan';
import { SCRIPTS_DIRECTORY } from './node/scripts';
import { RedisAccess } from './options/access';
import { RedisAuth } from './options/auth';
import { configContribution, RedisConfig } from './options/config';
import { copyingDirectives, unlessGiven } from './options/copying';
import { RedisImage } from './options/image';
import { kindProblems } from './options/kinds';
import { longhornClass, usualClassNameProblems } from './options/longhorn';
import { RedisMetrics } from './options/metrics';
import { RedisPersistence } from './options/persistence';
import { PROXY_MEMORY, proxySettings, proxyProblems, RedisProxyOptions } from './options/proxy';
import { resourceProblems, resourceRequirements } from './options/resources';
import { schedulingFields, schedulingProblems } from './options/scheduling';
import { RedisSentinel, SentinelSettings } from './options/sentinel';
import { RedisSpread, spreadConstraints } from './options/spread';
import { RedisClaimRetention, RedisStorage } from './options/storage';
import { RedisTls, tlsOf } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode, RedisOptions } from './redis';
import { graceSeconds, storeProblems } from './single-redis';
import { REPLICAS_FOR_SENTINEL, replicationPlanFiles, ReplicationTopology, replicationTopology, sentinelName } from './topology/replication';

/** Properties of a `RedisReplication`. */
export interface RedisReplicationProps extends RedisOptions {
  /**
   * Copies of the master, each of which can be read from and can take over. From 1 to 20.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Who promotes a replica when the master is gone.
   *
   * @default - RedisSentinel.enabled(), or RedisSentinel.none() where there is only one replica
   */
  readonly sentinel?: RedisSentinel;

  /**
   * The proxy that leads to the master. There is none without Sentinels, since the master is always the first node then.
   *
   * @default - two of HAProxy
   */
  readonly proxy?: RedisProxyOptions;

  /**
   * How the pods are spread over hosts and zones: those of Redis, of the Sentinels and of the proxy, each for themselves.
   *
   * @default RedisSpread.PREFERRED
   */
  readonly spread?: RedisSpread;
}

const DATA_DIRECTORY = '/data';

const REPLICAS = 2;

/** Without a limit there is no `maxmemory`, and the same data would kill the master and its replicas. */
const USUAL_MEMORY = { request: Size.mebibytes(512), limit: Size.mebibytes(512) };

/** For what hardly anybody can have smaller. */
const SENTINEL_STORAGE = RedisStorage.volume({ size: Size.mebibytes(100) });

/**
 * One Redis with copies: a master that takes all writes and replicas that follow it. When the master is gone, Sentinels promote a replica, and the
 * Service leads there.
 *
 * Makes a StatefulSet `<name>` with a volume for each pod and a Service `<name>-<number>` for each, the Services `<name>` for the master and
 * `<name>-replicas` for reads, the ConfigMaps `<name>-config`, `<name>-plan` and `<name>-scripts`, and PodDisruptionBudgets. With Sentinels also a StatefulSet
 * `<name>-sentinel` with a volume and a Service for each pod, the Service `<name>-sentinel` (port 26379), and a Deployment `<name>-proxy` of HAProxy with its
 * ConfigMap. NetworkPolicies of the same names guard each of the three: the Sentinels always, the others when a workload is connected.
 *
 * @example
 * new RedisReplication(chart, 'redis', { replicas: 2 });
 */
export class RedisReplication extends Construct implements IRedis {
  public readonly endpoint: RedisEndpoint;
  public readonly readEndpoint?: RedisEndpoint;
  public readonly nodeEndpoints: RedisEndpoint[];
  public readonly sentinelEndpoints?: RedisEndpoint[];
  public readonly sentinelMaster?: string;
  public readonly mode: RedisMode = RedisMode.STANDALONE;
  public readonly auth: RedisAuth;
  public readonly tls: RedisTls;

  constructor(scope: Construct, id: string, props: RedisReplicationProps = {}) {
    super(scope, id);
    const { name = id, auth = RedisAuth.none() } = props;
    const tls = tlsOf(props.tls, name);
    this.auth = auth;
    this.tls = tls;
    const plan = this.plan(name, props);
    const namespace = Chart.of(this).namespace;
    if (tls._issue) {
      const { sentinels } = plan;
      const services = [name, readServiceName(name), ...plan.nodes, ...(sentinels ? [sentinels.name, ...sentinels.pods] : [])];
      makeCertificate(this, plan.subject, tls._issue, { namespace: namespace!, services });
    }
    makeReplication(this, plan);
    claimNames(this);

    const at = (host: string, port: number) => new RedisEndpoint(namespace === undefined ? host : `${host}.${namespace}.svc`, port, tls.enabled);
    this.endpoint = at(name, REDIS_PORT);
    this.readEndpoint = at(readServiceName(name), REDIS_PORT);
    this.nodeEndpoints = plan.nodes.map((node) => at(node, REDIS_PORT));
    this.sentinelEndpoints = plan.sentinels?.pods.map((pod) => at(pod, SENTINEL_PORT));
    this.sentinelMaster = plan.sentinels && name;
  }

  public connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }

  /** What the objects are made from, or everything that is wrong. */
  private plan(name: string, props: RedisReplicationProps): ReplicationPlan {
    refuse('RedisReplication', this.node.path, [...kindProblems(props), ...classProblems('sentinel', props.sentinel, RedisSentinel, 'RedisSentinel.enabled()')]);
    const {
      access = RedisAccess.connected(),
      config = {}, image = RedisImage._default(), persistence = RedisPersistence.aof(), replicas = REPLICAS, resources = {}, scheduling = {},
      spread = RedisSpread.PREFERRED, metrics = RedisMetrics.none(),
    } = props;
    const sentinel = props.sentinel ?? (replicas >= REPLICAS_FOR_SENTINEL ? RedisSentinel.enabled() : RedisSentinel.none());
    const options = sentinel._settings;
    const sentinelProblems = sentinel._problems();
    const subject: LabelSubject = { program: 'redis', name, component: 'replication', version: image.version, labels: props.labels };
    const topology = replicationTopology(name, replicas, sentinelProblems.length === 0 ? options?.count : 0);
    const storage = persistence._storage;
    const memory: MemoryFacts = { limit: asSize(resources.memory) ?? USUAL_MEMORY.limit, maxMemory: asSize(config.maxMemory), forks: true };
    const blueprint = new Blueprint([
      base(name, config, storage, sentinelProblems.length === 0 && replicas >= REPLICAS_FOR_SENTINEL ? options : undefined),
      persistence._contribute(),
      this.auth._contribute({ name, kind: 'replication', version: image.version, sentinels: options !== undefined, metrics: metrics._enabled }),
      this.tls._contribute('replication'),
      memoryContribution(memory),
      configContribution(config, image.version),
    ]);
    const limit = maxMemory(memory);
    const { namespace } = Chart.of(this);
    const usualClassName = namespace ? `${namespace}-${name}` : name;
    refuse('RedisReplication', this.node.path, [
      ...nameProblems(name, REPLICATION_SUFFIXES),
      ...topology.problems,
      ...sentinelProblems,
      ...proxyProblems(props.proxy),
      ...(props.proxy && !options ? ['\'proxy\' is given, but without Sentinels there is none: leave it out, or take RedisSentinel.enabled()'] : []),
      ...choiceProblems('spread', spread, Object.values(RedisSpread)),
      ...usualClassNameProblems('persistence.storage.ownClass', storage?._ownClass, usualClassName),
      ...image._problems(),
      ...access._problems(),
      ...metrics._problems(access, this.auth, this.tls),
      ...resourceProblems(resources),
      ...schedulingProblems(scheduling),
      ...labelProblems('labels', props.labels),
      ...blueprint.problems,
      ...this.tls._issueProblems(namespace),
      ...storage?._sharedProblems('persistence.storage', 'node') ?? [],
      ...configProblems(config, topology),
      ...storeProblems(persistence, config, limit),
    ]);
    reportHoles('RedisReplication', this, image);

    const ownClassName = storage?._ownClass?.name ?? usualClassName;
    const spreadOver = (matching: LabelSubject) => {
      const constraints = spreadConstraints(spread, selectorLabels(matching));
      return { ...schedulingFields(scheduling), ...(constraints.length > 0 && { topologySpreadConstraints: constraints }) };
    };
    return {
      subject,
      blueprint,
      access: access._plan,
      metrics: metrics._plan(this.tls),
      nodes: topology.nodes,
      planFiles: replicationPlanFiles(topology),
      image: image.reference,
      pullPolicy: image._pullPolicy,
      pullSecrets: image._pullSecrets,
      resources: resourceRequirements(resources, USUAL_MEMORY),
      scheduling: spreadOver(subject),
      graceSeconds: graceSeconds(persistence, limit),
      claim: storage?._claim('data', selectorLabels(subject), ownClassName),
      claimRetention: claimRetention(storage),
      storageClass: storage?._ownClass && longhornClass(ownClassName, storage._ownClass),
      ...(options && {
        sentinels: sentinelPlan(name, options, topology, spreadOver(sentinelSubject(subject)), selectorLabels(sentinelSubject(subject))),
        proxy: proxyOf(props.proxy, spreadOver(proxySubject(subject))),
      }),
    };
  }
}

function sentinelPlan(
  name: string,
  { quorum, downAfter, failoverTimeout, storage = SENTINEL_STORAGE }: SentinelSettings,
  { sentinels }: ReplicationTopology,
  scheduling: SentinelPlan['scheduling'],
  labels: { [key: string]: string },
): SentinelPlan {
  return {
    name: sentinelName(name),
    pods: sentinels,
    quorum,
    downAfter: downAfter.toMilliseconds(),
    failoverTimeout: failoverTimeout.toMilliseconds(),
    claim: storage._claim('data', labels, '')!,
    claimRetention: claimRetention(storage),
    scheduling,
  };
}

/** What Kubernetes is told of claims, where they do not stay. */
function claimRetention(storage?: RedisStorage): string | undefined {
  return storage?._options.retention === RedisClaimRetention.DELETE ? RedisClaimRetention.DELETE : undefined;
}

function proxyOf(given: RedisProxyOptions | undefined, scheduling: ProxyPlan['scheduling']): ProxyPlan {
  const { image, count, resources } = proxySettings(given);
  const memory = (asSize(resources.memory) ?? PROXY_MEMORY.limit).toKibibytes({ rounding: SizeRoundingBehavior.FLOOR });
  return { image, count, resources: resourceRequirements({ cpu: 0.05, ...resources }, PROXY_MEMORY), memory, scheduling };
}

/** What holds for every node of a replication, and how far a master may be from its replicas where one of them may be promoted. */
function base(name: string, config: RedisConfig, storage?: RedisStorage, election?: SentinelSettings): Contribution {
  return {
    owner: 'the construct',
    directives: [
      { name: 'dir', value: DATA_DIRECTORY },
      { name: 'protected-mode', value: 'no', comment: 'it would refuse every client outside of the pod' },
      ...copyingDirectives(config),
      ...(election ? [
        ...unlessGiven(config.minReplicasToWrite, {
          name: 'min-replicas-to-write', value: '1', comment: 'a master that is cut off from all others takes no writes, which would be lost',
        }),
        ...unlessGiven(config.minReplicasMaxLag, {
          name: 'min-replicas-max-lag',
          value: String(Math.ceil(election.downAfter.toMilliseconds() / 1000)),
          comment: 'the time after which the Sentinels elect another master',
        }),
      ] : []),
    ],
    volumes: [
      { name: 'config', configMap: { name: `${name}-config` } },
      { name: 'scripts', configMap: { name: `${name}-scripts` } },
      { name: 'plan', configMap: { name: `${name}-plan` } },
      // A node remembers its master at least as long as its pod is there.
      ...(storage ? [] : [{ name: 'data', emptyDir: {} }]),
      HOSTS_VOLUME,
    ],
    env: [HOSTS_ENV],
    mounts: [{ name: 'data', mountPath: DATA_DIRECTORY }, HOSTS_MOUNT],
    clientEnv: replicationEnv(name),
    clientMounts: [
      { name: 'config', mountPath: CONF_DIRECTORY, readOnly: true },
      { name: 'scripts', mountPath: SCRIPTS_DIRECTORY, readOnly: true },
      { name: 'plan', mountPath: '/plan', readOnly: true },
    ],
  };
}

function configProblems({ minReplicasToWrite = 0 }: RedisConfig, { replicas }: ReplicationTopology): string[] {
  if (minReplicasToWrite <= replicas) return [];
  return [`'config.minReplicasToWrite' is ${quote(minReplicasToWrite)}, but 'replicas' is ${replicas}: every write would be refused; lower the one or raise the other`];
}
