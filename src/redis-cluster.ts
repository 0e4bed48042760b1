import { Chart, Size } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { connectWorkload } from './connect-workload';
import { reportHoles } from './hole-report';
import { Blueprint } from './node/blueprint';
import { makeCertificate } from './node/certificate';
import { CLUSTER_SUFFIXES, clusterEnv, ClusterPlan, makeCluster, NODE_TIMEOUT, nodeEnv, nodesServiceName } from './node/cluster-nodes';
import { Contribution } from './node/contribution';
import { LabelSubject, selectorLabels } from './node/labels';
import { maxMemory, MemoryFacts, memoryContribution } from './node/memory';
import { claimNames, labelProblems, nameProblems } from './node/names';
import { choiceProblems, classProblems, quote, refuse } from './node/problems';
import { asSize } from './node/quantities';
import { SCRIPTS_DIRECTORY } from './node/scripts';
import { RedisAccess } from './options/access';
import { RedisAuth } from './options/auth';
import { configContribution, RedisConfig } from './options/config';
import { copyingDirectives } from './options/copying';
import { RedisDataLoss, RedisHealing } from './options/healing';
import { RedisImage } from './options/image';
import { kindProblems } from './options/kinds';
import { longhornClass, usualClassNameProblems } from './options/longhorn';
import { RedisMetrics } from './options/metrics';
import { RedisPersistence } from './options/persistence';
import { resourceProblems, resourceRequirements } from './options/resources';
import { schedulingFields, schedulingProblems } from './options/scheduling';
import { RedisSpread, spreadConstraints } from './options/spread';
import { RedisClaimRetention, RedisStorage } from './options/storage';
import { RedisTls, tlsOf } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode, RedisOptions } from './redis';
import { storeProblems, graceSeconds } from './single-redis';
import { clusterTopology, ClusterTopology, planFiles } from './topology/cluster';
import { RedisSlots } from './topology/slots';

/** Properties of a `RedisCluster`. */
export interface RedisClusterProps extends RedisOptions {
  /**
   * Parts that the keys are divided into, each with a master of its own. From 3 to 1000, and not more than 1000 nodes with the replicas.
   *
   * @default - as many as `slots` is made for, or 3
   */
  readonly shards?: number;

  /**
   * Copies of each shard that can take over from its master. From 0; without any, a shard is gone as long as its pod is.
   *
   * @default 1
   */
  readonly replicasPerShard?: number;

  /**
   * Which slots each shard gets when the cluster is formed. A cluster that is formed already keeps what it has.
   *
   * @default RedisSlots.even()
   */
  readonly slots?: RedisSlots;

  /**
   * How the pods are spread over hosts and zones.
   *
   * @default RedisSpread.PREFERRED
   */
  readonly spread?: RedisSpread;

  /**
   * What heals by itself.
   *
   * @default RedisHealing.full()
   */
  readonly healing?: RedisHealing;

  /**
   * What to do about slots whose data are nowhere left.
   *
   * @default RedisDataLoss.WAIT, or RedisDataLoss.START_EMPTY with RedisPersistence.none()
   */
  readonly dataLoss?: RedisDataLoss;
}

const CONF_DIRECTORY = '/conf';
const DATA_DIRECTORY = '/data';

/** Without a limit there is no `maxmemory`, and the same data would kill both nodes of a shard. */
const USUAL_MEMORY = { request: Size.mebibytes(512), limit: Size.mebibytes(512) };

/** Three shards are the least, so adding some changes no client's variables. */
const SEEDS = 3;

/**
 * A Redis Cluster: keys divided among masters, each with replicas that take over when it fails. It forms itself, and finds itself again after
 * its pods came back with other addresses.
 *
 * Makes a StatefulSet `<name>`, a volume for each of its pods, the Services `<name>` (ports 6379 and 16379) and `<name>-nodes`, the ConfigMaps
 * `<name>` with redis.conf, `<name>-plan` with the slots of each shard and `<name>-scripts`, a Job `<name>-init-<hash>` that forms the cluster, a
 * PodDisruptionBudget and a NetworkPolicy.
 *
 * @example
 * new RedisCluster(chart, 'redis-cluster', {
 *   slots: RedisSlots.ranges('0-5000', '5001-10000', '10001-16383'),
 *   persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
 * });
 */
export class RedisCluster extends Construct implements IRedis {
  public readonly endpoint: RedisEndpoint;
  public readonly nodeEndpoints: RedisEndpoint[];
  public readonly mode: RedisMode = RedisMode.CLUSTER;
  public readonly auth: RedisAuth;
  public readonly tls: RedisTls;

  constructor(scope: Construct, id: string, props: RedisClusterProps = {}) {
    super(scope, id);
    const { name = id, auth = RedisAuth.none() } = props;
    const tls = tlsOf(props.tls, name);
    this.auth = auth;
    this.tls = tls;
    const plan = this.plan(name, props);
    const namespace = Chart.of(this).namespace;
    const nodes = nodesServiceName(name);
    if (tls._issue) makeCertificate(this, plan.subject, tls._issue, { namespace: namespace!, services: [name, nodes], headless: [nodes] });
    makeCluster(this, plan);
    claimNames(this);

    const domain = namespace === undefined ? '' : `.${namespace}.svc`;
    this.endpoint = new RedisEndpoint(`${name}${domain}`, tls._port, tls.enabled);
    this.nodeEndpoints = [...Array(SEEDS).keys()]
      .map((ordinal) => new RedisEndpoint(`${name}-${ordinal}.${nodes}${domain}`, tls._port, tls.enabled));
  }

  public connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }

  /** What the objects are made from, or everything that is wrong. */
  private plan(name: string, props: RedisClusterProps): ClusterPlan {
    refuse('RedisCluster', this.node.path, [...kindProblems(props), ...classProblems('healing', props.healing, RedisHealing, 'RedisHealing.full()')]);
    const {
      access = RedisAccess.connected(),
      config = {}, image = RedisImage._default(), persistence = RedisPersistence.aof(), resources = {}, scheduling = {}, spread = RedisSpread.PREFERRED,
      healing = RedisHealing.full(), metrics = RedisMetrics.none(),
    } = props;
    const subject: LabelSubject = { program: 'redis', name, component: 'cluster', version: image.version, labels: props.labels };
    const topology = clusterTopology({ ...props, name });
    const storage = persistence._storage;
    const { dataLoss = storage ? RedisDataLoss.WAIT : RedisDataLoss.START_EMPTY } = props;
    const memory: MemoryFacts = { limit: asSize(resources.memory) ?? USUAL_MEMORY.limit, maxMemory: asSize(config.maxMemory), forks: true };
    const blueprint = new Blueprint([
      base(name, config, healing, storage),
      persistence._contribute(),
      this.auth._contribute({ name, kind: 'cluster', version: image.version, metrics: metrics._enabled }),
      this.tls._contribute('cluster'),
      memoryContribution(memory),
      configContribution(config, image.version),
    ]);
    const limit = maxMemory(memory);
    const { namespace } = Chart.of(this);
    const usualClassName = namespace ? `${namespace}-${name}` : name;
    refuse('RedisCluster', this.node.path, [
      ...nameProblems(name, CLUSTER_SUFFIXES),
      ...topology.problems,
      ...choiceProblems('spread', spread, Object.values(RedisSpread)),
      ...choiceProblems('dataLoss', dataLoss, Object.values(RedisDataLoss)),
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
      ...(props.dataLoss && !healing._heals ? ['\'dataLoss\' is given, but \'healing\' does nothing about it: take RedisHealing.full(), or leave \'dataLoss\' out'] : []),
      ...configProblems(config, topology),
      ...storeProblems(persistence, config, limit),
    ]);
    reportHoles('RedisCluster', this, image);

    const ownClassName = storage?._ownClass?.name ?? usualClassName;
    const constraints = spreadConstraints(spread, selectorLabels(subject));
    return {
      subject,
      blueprint,
      access: access._plan,
      metrics: metrics._plan(this.tls),
      clientPorts: this.tls._ports('client'),
      nodes: topology.nodes.length,
      planFiles: { ...planFiles(topology), ...this.tls._speech },
      image: image.reference,
      pullPolicy: image._pullPolicy,
      pullSecrets: image._pullSecrets,
      resources: resourceRequirements(resources, USUAL_MEMORY),
      scheduling: { ...schedulingFields(scheduling), ...(constraints.length > 0 && { topologySpreadConstraints: constraints }) },
      confFile: `${CONF_DIRECTORY}/redis.conf`,
      graceSeconds: graceSeconds(persistence, limit),
      claim: storage?._claim('data', selectorLabels(subject), ownClassName),
      claimRetention: storage?._options.retention === RedisClaimRetention.DELETE ? RedisClaimRetention.DELETE : undefined,
      storageClass: storage?._ownClass && longhornClass(ownClassName, storage._ownClass),
      healing: healing._env && [...healing._env, { name: 'CLUSTER_DATA_LOSS', value: dataLoss }],
    };
  }
}

/** What holds for every node of a cluster. */
function base(name: string, config: RedisConfig, healing: RedisHealing, storage?: RedisStorage): Contribution {
  return {
    owner: 'the construct',
    directives: [
      { name: 'dir', value: DATA_DIRECTORY },
      { name: 'protected-mode', value: 'no', comment: 'it would refuse every client outside of the pod' },
      { name: 'cluster-enabled', value: 'yes' },
      { name: 'cluster-config-file', value: 'nodes.conf' },
      { name: 'cluster-node-timeout', value: NODE_TIMEOUT, comment: 'a failed master is replaced after about 1.6 times as much' },
      { name: 'cluster-require-full-coverage', value: 'no', comment: 'a lost shard does not stop the others' },
      { name: 'cluster-replica-validity-factor', value: '0', comment: 'a replica that was long without its master is better than nobody' },
      { name: 'cluster-allow-replica-migration', value: 'no', comment: 'replicas stay on the hosts they were placed on' },
      { name: 'repl-ping-replica-period', value: '2', comment: 'silent for five seconds, a master is gone' },
      ...copyingDirectives(config),
    ],
    env: [...nodeEnv(), ...healing._env ?? []],
    volumes: [
      { name: 'config', configMap: { name, defaultMode: 0o755 } },
      { name: 'scripts', configMap: { name: `${name}-scripts` } },
      { name: 'plan', configMap: { name: `${name}-plan` } },
      // A node remembers who it is at least as long as its pod is there.
      ...(storage ? [] : [{ name: 'data', emptyDir: {} }]),
    ],
    mounts: [{ name: 'data', mountPath: DATA_DIRECTORY }],
    clientEnv: clusterEnv(name),
    clientMounts: [
      { name: 'config', mountPath: CONF_DIRECTORY, readOnly: true },
      { name: 'scripts', mountPath: SCRIPTS_DIRECTORY, readOnly: true },
    ],
  };
}

function configProblems({ databases, minReplicasToWrite = 0 }: RedisConfig, { replicasPerShard }: ClusterTopology): string[] {
  const problems = [];
  if (databases !== undefined && databases !== 1) {
    problems.push(`'config.databases' is ${quote(databases)}: a Redis Cluster has only one, so leave it out`);
  }
  if (minReplicasToWrite > replicasPerShard) {
    problems.push(`'config.minReplicasToWrite' is ${quote(minReplicasToWrite)}, but 'replicasPerShard' is ${replicasPerShard}: every write would be refused; lower the `
      + 'one or raise the other');
  }
  return problems;
}
