import { Chart, Size } from 'cdk8s';
import { RedisAccess, RedisAuth, RedisImage, RedisInsight, RedisPersistence, RedisReplication, RedisSpread, RedisTls } from 'cdk8s-redis-constructs';
import { parseAllDocuments } from 'yaml';
import { hosts } from './cluster-under-test';
import { apply, Namespace, objectOf, PodState, podStates, waitFor } from './kit';
import { makePrograms, writerPod } from './writer';

export const NAME = 'redis';
export const NODES = [0, 1, 2].map((ordinal) => `${NAME}-${ordinal}`);
export const SENTINELS = [0, 1, 2].map((ordinal) => `${NAME}-sentinel-${ordinal}`);

/** A pod beside the master, which stays with it when its host is cut off. */
export const INSIDER = 'insider';

/** Deadline for a replication that heals. No test measures time. */
const PATIENCE = 300;

/** What a Sentinel says of somebody: field by field. */
type Fields = { readonly [name: string]: string };

/** The address of each Service. */
type Addresses = { readonly [service: string]: string };

interface SentinelView {
  readonly master: Fields;
  readonly replicas: readonly Fields[];
  readonly sentinels: readonly Fields[];
}

/** What is not as usual for a whole test. */
export interface ReplicationOptions {
  readonly persistence?: RedisPersistence;
  readonly auth?: RedisAuth;
  readonly tls?: RedisTls;
  /** As whom the writer comes, where there are users. */
  readonly user?: string;
  /** The Secret with the certificate that the writer shows. */
  readonly clientCertificate?: string;
}

/** A RedisReplication of three nodes in a namespace of its own, with a pod for the writers beside it. */
export class ReplicationUnderTest {
  /** Prepares the namespace. The replication itself is not made yet. */
  static async prepare(here: Namespace, version: string, options: ReplicationOptions = {}): Promise<ReplicationUnderTest> {
    const replication = new ReplicationUnderTest(here, version, (await hosts())[0], options);
    await makePrograms(here);
    await replication.makeWriter(replication.writerHost);
    return replication;
  }

  /** What the test asks with, where it is not what the writer was started with: a pod that is started after a change knows the new one only. */
  password?: string;

  private constructor(readonly here: Namespace, readonly version: string, readonly writerHost: string, private readonly options: ReplicationOptions) {}

  /** As a user's app would synthesize it; on request without what keeps others away. */
  manifest({ plain = false } = {}): string {
    const { auth, tls, ...options } = this.options;
    return this.here.manifest((chart) => { this.make(chart, plain ? options : this.options); });
  }

  /** A pod for writers that is connected to the replication; it may be there before the replication is. */
  async makeWriter(host: string, name = 'writer'): Promise<void> {
    const yaml = this.here.manifest((chart) => {
      this.make(chart).connect(writerPod(chart, host, name), { user: this.options.user, clientCertificate: this.options.clientCertificate });
    });
    await apply(parseAllDocuments(yaml).filter((document) => document.get('kind') === 'Pod').join(''));
    await this.here.ready(name);
  }

  private make(chart: Chart, { persistence = RedisPersistence.aof({ size: Size.gibibytes(1) }), auth, tls }: ReplicationOptions = this.options): RedisReplication {
    // Writers are applied by themselves, so the policies know them by their namespace only.
    // With two of three nodes on a host that has an accident, no master takes writes (`min-replicas-to-write`): the tests mean one of them.
    return new RedisReplication(chart, NAME, {
      image: RedisImage.official(this.version), persistence, auth, tls, access: RedisAccess.restricted({ pods: [{}] }), spread: RedisSpread.REQUIRED,
    });
  }

  /** The variables of a RedisInsight that is told of it. */
  consoleVariables(): { [name: string]: string } {
    const yaml = this.here.manifest((chart) => { new RedisInsight(chart, 'console', { databases: [this.make(chart)], acceptTerms: true }); });
    const { spec } = parseAllDocuments(yaml).map((document) => document.toJS()).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'console');
    return Object.fromEntries(spec.template.spec.containers[0].env.map(({ name, value }: any) => [name, value]));
  }

  nodes(): Promise<{ [name: string]: PodState }> {
    return this.here.pods(...NODES);
  }

  /** What a node answers to one of its users in its own pod, where it has users and TLS. */
  async ask(pod: string, user: string, ...command: string[]): Promise<string> {
    const env = [`REDIS_USER=${user}`, `REDIS_PASSWORD_FILE=/redis-users/passwords/${user}`];
    return (await this.here.exec(pod, 'redis', 'env', ...env, 'sh', '-c', '. /scripts/redis.sh; redis "$@"', 'sh', ...command)).trim();
  }

  /** What each node and each Sentinel answers to a client with a password. */
  ping(password: string): Promise<string[]> {
    const members = [...NODES.map((pod) => [pod, '6379']), ...SENTINELS.map((pod) => [pod, '26379'])];
    return Promise.all(members.map(async ([pod, port]) => (await this.here.exec(
      NODES[0], 'redis', 'env', `REDISCLI_AUTH=${password}`, 'redis-cli', '--no-auth-warning', '-h', pod, '-p', port, 'PING',
    )).trim()));
  }

  /** Waits until one node is the master, all others have its data, all Sentinels agree and see everybody, and all pods are ready; says who the master is. */
  healthy(): Promise<string> {
    return waitFor('the replication is healthy', () => this.look(), { seconds: PATIENCE, every: 400, explain: () => this.explain() });
  }

  private async look(): Promise<string | undefined> {
    const objects = await this.here.all('pods,deployments,services');
    const pods = Object.values(podStates(objects, [...NODES, ...SENTINELS]));
    if (!pods.every(({ ready, leaving }) => ready && !leaving)) return undefined;
    const { status, spec } = objectOf(objects, 'Deployment', `${NAME}-proxy`);
    if (status.readyReplicas !== spec.replicas || status.updatedReplicas !== spec.replicas) return undefined;
    const { nodes, sentinels } = await this.views(addressesOf(objects));
    const masters = NODES.filter((_, index) => nodes[index]?.includes('role:master'));
    if (masters.length !== 1) return undefined;
    const host = `${masters[0]}.${this.here.name}.svc`;
    const follows = nodes.every((view) => view && (view.includes('role:master') || (view.includes(`master_host:${host}`) && view.includes('master_link_status:up'))));
    return follows && sentinels.every((view) => view && sound(view, host)) ? masters[0] : undefined;
  }

  private async addresses(): Promise<Addresses> {
    return addressesOf(await this.here.all('services'));
  }

  private async views(addresses: Addresses): Promise<{ nodes: Array<string | null>; sentinels: Array<SentinelView | null> }> {
    const at = (pods: readonly string[], port: number) => pods.map((pod) => `${addresses[pod]}:${port}`);
    const env = this.password ? ['env', `REDIS_PASSWORD=${this.password}`] : [];
    return JSON.parse(await this.here.exec('writer', 'writer', ...env, 'node', '/tmp/writer-look-replication.js', NAME, ...at(NODES, 6379), '-', ...at(SENTINELS, 26379)));
  }

  /** The certificates that nodes and Sentinels show, and what shows behind the Service of the master. */
  async certificates(): Promise<string[]> {
    const addresses = await this.addresses();
    const members = [...NODES.map((pod) => [pod, '6379']), ...SENTINELS.map((pod) => [pod, '26379']), [NAME, '6379']];
    return Promise.all(members.map(async ([pod, port]) => (await this.here.exec('writer', 'writer', 'node', '/tmp/writer-certificate.js', addresses[pod], port)).trim()));
  }

  /** What a person would look at when it does not behave. */
  async explain(): Promise<string> {
    const overview = await this.here.overview();
    const views = await this.addresses().then((addresses) => this.views(addresses)).then((all) => JSON.stringify(all, undefined, 1), (error: Error) => error.message);
    const details = await Promise.all([...NODES, ...SENTINELS].map((pod) => this.here.details(pod)));
    const proxy = await this.here.kubectl('logs', `deployment/${NAME}-proxy`, '--tail=40').catch((error: Error) => error.message);
    return [overview, views, ...details, proxy].join('\n');
  }
}

/** Those of the Services among some objects, which do not move: a test may look while the name service is silent. */
function addressesOf(objects: readonly any[]): Addresses {
  return Object.fromEntries(objects.filter(({ kind }) => kind === 'Service').map(({ metadata, spec }) => [metadata.name, spec.clusterIP]));
}

/** Whether a Sentinel sees this master, all that follow it and all other Sentinels, and finds nothing wrong with any. */
function sound({ master, replicas, sentinels }: SentinelView, host: string): boolean {
  const all = [master, ...replicas, ...sentinels];
  return master.ip === host && replicas.length === NODES.length - 1 && sentinels.length === SENTINELS.length - 1
    && all.every(({ flags }) => !/down|disconnected|failover/.test(flags));
}
