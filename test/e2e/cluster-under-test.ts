import { ApiObject, Chart, JsonPatch, Size } from 'cdk8s';
import { RedisAuth, RedisCluster, RedisImage, RedisPersistence, RedisSlots, RedisTls } from 'cdk8s-redis-constructs';
import { parseAllDocuments } from 'yaml';
import { addClocks } from './clocks';
import { apply, kubectl, Namespace, waitFor } from './kit';
import { runbook } from './runbook';
import { look, makePrograms, NodeView, writerPod } from './writer';

/** The slots of each shard, as the mission's example has them. */
export const SLOTS = ['0-5000', '5001-10000', '10001-16383'];

export const PODS = [0, 1, 2, 3, 4, 5].map((ordinal) => `redis-cluster-${ordinal}`);

/** How many containers a pod has: Redis, the reloader and the healer. */
const CONTAINERS = 3;

/** Deadline for a cluster that heals. No test measures time. */
const PATIENCE = 480;

/** Milliseconds between two looks at the pods: kubectl takes a tenth of a second of CPU, which the cluster needs itself. */
const EVERY = 400;

/** A node as all nodes see it. */
export interface Member {
  readonly id: string;
  readonly pod: string;
  /** The id of its master, or `-`. */
  readonly master: string;
  /** Slot ranges with commas between them, nothing where it has none. */
  readonly slots: string;
}

/** What is known of a pod with a node of the cluster. */
export interface NodePod {
  readonly name: string;
  readonly uid: string;
  readonly host: string;
  readonly address?: string;
  readonly ready: boolean;
  /** Whether redis-server runs. */
  readonly running: boolean;
  readonly restarts: number;
  /** How its former redis-server ended, where it had one. */
  readonly exitCode?: number;
}

/** What a manifest says beside the usual. */
export interface ManifestOptions {
  readonly version?: string;
  readonly labels?: { [name: string]: string };
  /** Other than that of the whole test. */
  readonly tls?: RedisTls;
}

/** What is not as usual for a whole test. */
export interface ClusterOptions {
  readonly persistence?: RedisPersistence;
  readonly tls?: RedisTls;
  /** The Secret with the certificate that the writer shows. */
  readonly clientCertificate?: string;
  readonly auth?: RedisAuth;
  /** As whom the writer comes, where there are users. */
  readonly user?: string;
  /** Volumes that a test can fill without harm to the host: in memory, and so small. They stay when a container is restarted, and go with the pod. */
  readonly volumesOf?: Size;
  /** Whether pods have clocks that a test can move, by the library in a ConfigMap of the namespace: see `makeClocks`. */
  readonly clocks?: boolean;
}

/** A RedisCluster in a namespace of its own, with a pod for the writer beside it. */
export class ClusterUnderTest {
  /** Prepares the namespace. The cluster itself is not made yet. */
  static async prepare(here: Namespace, version: string, options: ClusterOptions = {}): Promise<ClusterUnderTest> {
    const cluster = new ClusterUnderTest(here, version, (await hosts())[0], options);
    await makePrograms(here);
    await cluster.connectWriter();
    return cluster;
  }

  private constructor(readonly here: Namespace, readonly version: string, readonly writerHost: string, private readonly options: ClusterOptions) {}

  /** The cluster as a user's app would synthesize it. */
  manifest(options: ManifestOptions = {}): string {
    return this.here.manifest((chart) => { this.make(chart, options); });
  }

  /** Makes the pod of the writer, as connected to the cluster of this manifest; one that was there before is replaced. */
  async connectWriter(options: ManifestOptions = {}): Promise<void> {
    await this.here.kubectl('delete', 'pod', 'writer', '--ignore-not-found', '--grace-period=1');
    await apply(this.writerManifest(options));
    await this.here.ready('writer');
  }

  /** The pod of the writer alone, connected to the cluster: it is there before the cluster is. */
  private writerManifest(options: ManifestOptions): string {
    const { clientCertificate, user } = this.options;
    const yaml = this.here.manifest((chart) => {
      this.make(chart, options).connect(writerPod(chart, this.writerHost), { clientCertificate, user });
    });
    return parseAllDocuments(yaml).filter((document) => document.get('kind') === 'Pod').join('');
  }

  private make(chart: Chart, { version = this.version, labels, tls = this.options.tls }: ManifestOptions = {}): RedisCluster {
    const cluster = new RedisCluster(chart, 'redis-cluster', {
      image: RedisImage.official(version),
      slots: RedisSlots.ranges(...SLOTS),
      auth: this.options.auth,
      persistence: this.options.persistence ?? RedisPersistence.aof({ size: Size.gibibytes(1) }),
      tls,
      labels,
    });
    if (this.options.volumesOf) replaceClaims(cluster, this.options.volumesOf);
    if (this.options.clocks) addClocks(statefulSet(cluster), CONTAINERS);
    return cluster;
  }

  /** The pods that there are, in the order of their names. */
  async pods(): Promise<NodePod[]> {
    const { items } = JSON.parse(await this.here.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=cluster', '-o', 'json'));
    return items.map(nodePod).sort((one: NodePod, other: NodePod) => one.name.localeCompare(other.name));
  }

  /** Waits until all pods are there and as they should be. */
  podsThat(what: string, are: (pod: NodePod) => boolean): Promise<NodePod[]> {
    return waitFor(`all pods ${what}`, async () => {
      const pods = await this.pods();
      return pods.length === PODS.length && pods.every(are) && pods;
    }, this.patience);
  }

  /** Changes how many pods there are, and waits until so many are there. */
  async scaleTo(count: number): Promise<void> {
    await this.here.kubectl('scale', 'statefulset/redis-cluster', `--replicas=${count}`);
    await waitFor(`${count} pods are there`, async () => (await this.pods()).length === count, this.patience);
  }

  /** Waits until each node sees all others, all slots are served and all replicas are linked to their masters, whatever Kubernetes says of the pods. */
  whole(): Promise<Member[]> {
    return this.all('the cluster is whole', () => true);
  }

  /** Waits until the cluster is whole and all its pods are ready. */
  healthy(): Promise<Member[]> {
    return this.all('the cluster is healthy', ({ ready }) => ready);
  }

  /** Whether it is healthy now. */
  async isWell(): Promise<boolean> {
    return await this.look(({ ready }) => ready).catch(() => undefined) !== undefined;
  }

  private all(what: string, are: (pod: NodePod) => boolean): Promise<Member[]> {
    return waitFor(what, () => this.look(are), this.patience);
  }

  private async look(are: (pod: NodePod) => boolean): Promise<Member[] | undefined> {
    const pods = await this.pods();
    if (pods.length < PODS.length || !pods.every((pod) => pod.address !== undefined && are(pod))) return undefined;
    return agreed(await look(this.here, pods.map(({ address }) => address!)));
  }

  /** What a node answers to a person in its pod, whatever keeps others away. */
  ask(pod: string, ...command: string[]): Promise<string> {
    return runbook(this.here, 'ask "$@"', pod, ...command);
  }

  /** What a person would look at when the cluster does not behave. */
  async explain(): Promise<string> {
    const overview = await this.here.overview();
    const views = await Promise.all(PODS.map((pod) => this.ask(pod, 'CLUSTER', 'NODES').catch((error: Error) => error.message)));
    const details = await Promise.all(PODS.map((pod) => this.here.details(pod)));
    return [overview, ...views.map((view, index) => `--- CLUSTER NODES of ${PODS[index]}\n${view}`), ...details].join('\n');
  }

  private get patience() {
    return { seconds: PATIENCE, every: EVERY, explain: () => this.explain() };
  }
}

function statefulSet(cluster: RedisCluster): ApiObject {
  return cluster.node.findAll().filter(ApiObject.isApiObject).find(({ kind }) => kind === 'StatefulSet')!;
}

/** Gives pods volumes in memory instead of claims. */
function replaceClaims(cluster: RedisCluster, size: Size): void {
  // The patch comes before L1 renders what it patches, which takes a quantity for an object with its value.
  const volume = { name: 'data', emptyDir: { medium: 'Memory', sizeLimit: { value: size.asString() } } };
  statefulSet(cluster).addJsonPatch(JsonPatch.remove('/spec/volumeClaimTemplates'), JsonPatch.add('/spec/template/spec/volumes/-', volume));
}

/** Hosts for pods, the writer's first: it must stay where no accident happens. */
export async function hosts(): Promise<string[]> {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o', 'json']));
  const open = items.filter(({ spec }: any) => !(spec.taints ?? []).some(({ effect }: any) => effect !== 'PreferNoSchedule') && !spec.unschedulable);
  return open.map(({ metadata }: any) => metadata.name).sort();
}

function nodePod({ metadata, spec, status }: any): NodePod {
  const redis = status.containerStatuses?.find(({ name }: any) => name === 'redis');
  return {
    name: metadata.name,
    uid: metadata.uid,
    host: spec.nodeName,
    address: status.podIP,
    ready: metadata.deletionTimestamp === undefined && (status.conditions ?? []).some(({ type, status: is }: any) => type === 'Ready' && is === 'True'),
    running: redis?.state?.running !== undefined,
    restarts: redis?.restartCount ?? 0,
    exitCode: redis?.lastState?.terminated?.exitCode,
  };
}

/** The members, if all nodes answer and agree that all is well. */
function agreed(views: ReadonlyArray<NodeView | null>): Member[] | undefined {
  const seen = views.map((view) => view && members(view));
  const [first] = seen;
  return first && seen.every((each) => JSON.stringify(each) === JSON.stringify(first)) ? first : undefined;
}

/** The members as a node sees them, if it sees nothing wrong. */
function members({ nodes, info, replication }: NodeView): Member[] | undefined {
  if (!info.includes('cluster_state:ok') || !info.includes('cluster_slots_ok:16384') || replication.includes('master_link_status:down')) return undefined;
  const lines = nodes.trim().split('\n').map((line) => line.trim().split(' '));
  // A replica that is not admitted yet (nofailover) takes over all the same when its master goes.
  const sound = lines.every(([, , flags, , , , , link]) => link === 'connected' && !/(^|,)fail|noaddr|handshake/.test(flags));
  if (lines.length !== PODS.length || !sound) return undefined;
  return lines
    .map(([id, place, , master, , , , , ...slots]) => ({ id, pod: place.split(',')[1].split('.')[0], master, slots: slots.join() }))
    .sort((one, other) => one.pod.localeCompare(other.pod));
}
