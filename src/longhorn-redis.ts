import { ApiObject, Chart, Cron, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { connectWorkload } from './connect-workload';
import { makeStorageClass, withoutNamespace } from './node/cluster-scoped';
import { LabelSubject, objectLabels } from './node/labels';
import { claimNames } from './node/names';
import { quote, refuse } from './node/problems';
import { RedisAuth } from './options/auth';
import { kindProblems } from './options/kinds';
import { longhornClass, LonghornClassOptions, longhornClassProblems, cronProblems, usualClassNameProblems } from './options/longhorn';
import { RedisPersistence } from './options/persistence';
import { RedisStorage } from './options/storage';
import { RedisTls, tlsOf } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode, RedisOptions } from './redis';
import { makeSingleRedis } from './single-redis';

/** When Longhorn copies a volume, and how many copies it keeps. */
export interface LonghornSchedule {
  /** When it happens, such as `Cron.daily()`. */
  readonly schedule: Cron;

  /**
   * How many are kept, from 1 to 100.
   *
   * @default 7
   */
  readonly retain?: number;
}

/** Properties of a `LonghornRedis`. */
export interface LonghornRedisProps extends RedisOptions {
  /**
   * Size of the volume, at least 16Mi.
   *
   * @default Size.gibibytes(5)
   */
  readonly size?: Size;

  /**
   * Name of the claim. It exists beside the StatefulSet, so a restored volume can be put in its place.
   *
   * @default redis-pvc
   */
  readonly claimName?: string;

  /**
   * A StorageClass of its own for the volume, with its replicas and locality.
   *
   * @default - the class `longhorn`, which Longhorn installs
   */
  readonly ownClass?: LonghornClassOptions;

  /**
   * Snapshots of the volume, on the same disks: a way back from a mistake, not from a lost disk.
   *
   * @default - none
   */
  readonly snapshots?: LonghornSchedule;

  /**
   * Backups of the volume to Longhorn's backup target.
   *
   * @default - none
   */
  readonly backups?: LonghornSchedule;

  /**
   * Whether to make the namespace too: that of the chart, or `redis-server` where the chart has none.
   *
   * @default false
   */
  readonly createNamespace?: boolean;
}

const DEFAULT_NAMESPACE = 'redis-server';
const DEFAULT_CLAIM = 'redis-pvc';
const DEFAULT_SIZE = Size.gibibytes(5);
const DEFAULT_RETAIN = 7;

/** Longhorn looks for its recurring jobs in its own namespace only. */
const LONGHORN_NAMESPACE = 'longhorn-system';

/** Longhorn's limit for names of recurring jobs, which become part of labels. */
const JOB_NAME_LIMIT = 40;

/**
 * The classic setup for K3s and small clusters: one Redis whose every write is on a volume of Longhorn, which copies it to other hosts.
 *
 * Makes what a `RedisStandalone` makes and the claim `redis-pvc`, and on request the namespace, a StorageClass, and recurring jobs that copy
 * the volume.
 *
 * @example
 * new LonghornRedis(chart, 'redis', {
 *   size: Size.gibibytes(5),
 *   ownClass: { replicas: 2 },
 *   snapshots: { schedule: Cron.hourly(), retain: 24 },
 * });
 */
export class LonghornRedis extends Construct implements IRedis {
  public readonly endpoint: RedisEndpoint;
  public readonly nodeEndpoints: RedisEndpoint[];
  public readonly mode: RedisMode = RedisMode.STANDALONE;
  public readonly auth: RedisAuth;
  public readonly tls: RedisTls;

  constructor(scope: Construct, id: string, props: LonghornRedisProps = {}) {
    super(scope, id);
    refuse('LonghornRedis', this.node.path, kindProblems(props));
    this.auth = props.auth ?? RedisAuth.none();
    this.tls = tlsOf(props.tls, props.name ?? id);
    const chartNamespace = Chart.of(this).namespace;
    const namespace = chartNamespace ?? (props.createNamespace ? DEFAULT_NAMESPACE : undefined);
    const { name = id, claimName = DEFAULT_CLAIM, size = DEFAULT_SIZE, ownClass, persistence = RedisPersistence.aof(), ...options } = props;
    const prefix = [namespace, name].filter(Boolean).join('-');
    const jobs = [
      { task: 'snapshot', name: `${prefix}-snapshot`, when: props.snapshots },
      { task: 'backup', name: `${prefix}-backup`, when: props.backups },
    ].flatMap(({ when, ...job }) => (when ? [{ ...job, ...when }] : []));

    const subject: LabelSubject = { program: 'redis', name, component: 'standalone', labels: props.labels };
    // First, because `kubectl apply` makes objects in the order of the YAML.
    if (props.createNamespace) {
      withoutNamespace(new k8s.KubeNamespace(this, 'namespace', { metadata: { name: namespace, labels: objectLabels(subject) } }));
    }
    this.endpoint = makeSingleRedis(this, {
      ...options,
      name,
      persistence: persistence._in(RedisStorage._claimed(claimName, size)),
      controller: 'StatefulSet',
      ownNamespace: chartNamespace === undefined ? namespace : undefined,
      problems: [
        ...(persistence._storage ? [] : ['\'persistence\' is none, but a LonghornRedis is there to keep data: take a RedisStandalone']),
        ...(persistence._hasStorage ? ['\'persistence\' has a volume, but a LonghornRedis makes its own: say its size in \'size\''] : []),
        ...(ownClass ? longhornClassProblems('ownClass', ownClass) : []),
        ...usualClassNameProblems('ownClass', ownClass, prefix),
        ...jobs.flatMap(jobProblems),
      ],
    });
    this.nodeEndpoints = [this.endpoint];
    this.makeClaim(subject, claimName, RedisStorage.longhorn({ size, ownClass, labels: jobLabels(jobs) }), prefix, namespace);
    for (const job of jobs) this.makeJob(subject, job);
    claimNames(this);
  }

  public connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }

  private makeClaim(subject: LabelSubject, claimName: string, storage: RedisStorage, className: string, namespace?: string): void {
    const ownClassName = storage._ownClass?.name ?? className;
    const claim = storage._claim(claimName, objectLabels(subject), ownClassName)!;
    new k8s.KubePersistentVolumeClaim(this, 'claim', { ...claim, metadata: { ...claim.metadata, ...(namespace !== undefined && { namespace }) } });
    if (storage._ownClass) makeStorageClass(this, longhornClass(ownClassName, storage._ownClass), objectLabels(subject));
  }

  private makeJob(subject: LabelSubject, { name, task, schedule, retain = DEFAULT_RETAIN }: RecurringJob): void {
    new ApiObject(this, task, {
      apiVersion: 'longhorn.io/v1beta2',
      kind: 'RecurringJob',
      metadata: { name, namespace: LONGHORN_NAMESPACE, labels: objectLabels(subject) },
      spec: { name, task, cron: schedule.expressionString, retain, concurrency: 1 },
    });
  }
}

interface RecurringJob extends LonghornSchedule {
  readonly name: string;
  readonly task: string;
}

/** A claim chooses its recurring jobs by labels, which Longhorn heeds only beside the first one. */
function jobLabels(jobs: readonly RecurringJob[]): { [key: string]: string } | undefined {
  if (jobs.length === 0) return undefined;
  return Object.fromEntries(['source', ...jobs.map(({ name }) => name)].map((key) => [`recurring-job.longhorn.io/${key}`, 'enabled']));
}

function jobProblems({ name, task, schedule, retain = DEFAULT_RETAIN }: RecurringJob): string[] {
  return [
    ...cronProblems(`${task}s.schedule`, schedule),
    ...(name.length <= JOB_NAME_LIMIT ? [] : [`the recurring job ${quote(name)} has a name of ${name.length} characters, and Longhorn takes ${JOB_NAME_LIMIT}: `
      + 'give a shorter \'name\'']),
    ...(Number.isInteger(retain) && retain >= 1 && retain <= 100 ? [] : [`'${task}s.retain' is ${quote(retain)}: it takes a whole number from 1 to 100`]),
  ];
}
