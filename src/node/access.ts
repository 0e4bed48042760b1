import { ApiObject, Chart, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { LabelSubject, selectorLabels } from './labels';
import { METRICS, Scrapers } from './metrics';
import { claimNames } from './names';
import { peerIn, podPeer } from './peers';
import { selectPods } from './workload-pods';

/** Who may connect, as the user said. */
export interface AccessPlan {
  readonly extent: 'open' | 'connected' | 'restricted';
  /** Who is allowed without being connected. */
  readonly peers: readonly k8s.NetworkPolicyPeer[];
}

/** Pods of a Redis that clients connect to, and the policy that guards them. */
export interface Door {
  readonly id: string;
  readonly metadata: Pick<k8s.ObjectMeta, 'name' | 'namespace' | 'labels'>;
  readonly subject: LabelSubject;
  /** Names or numbers of the ports of clients. */
  readonly ports: ReadonlyArray<string | number>;
  /** Pods of the same Redis that come in by these ports. */
  readonly inside?: readonly LabelSubject[];
  /** Pods of the same Redis that come in by every port: there is a policy even while clients need none. */
  readonly bus?: LabelSubject;
  /** For the set alone and who is connected to it, never for anybody, unless the user said so. */
  readonly reserved?: boolean;
  /** Who comes in by the port of metrics, where there is one: if not anybody, there is a policy even while clients need none. */
  readonly scrapers?: Scrapers;
}

/** Another copy of the library in the same app must find it too. */
const ACCESS = Symbol.for('cdk8s-redis-constructs.access');

/** Who may connect to a Redis, or nothing where it is not ours. */
export function accessOf(redis: object): Access | undefined {
  return (redis as { [ACCESS]?: Access })[ACCESS];
}

/** Who may connect to a Redis: makes a policy as soon as there is something that it has to refuse. */
export class Access {
  private readonly connected = new Map<ApiObject, () => k8s.NetworkPolicyPeer>();
  private readonly consoles: k8s.NetworkPolicyPeer[] = [];
  private readonly guarded = new Set<Door>();
  private readonly namespace?: string;

  constructor(private readonly scope: Construct, private readonly plan: AccessPlan, private readonly doors: readonly Door[]) {
    this.namespace = doors[0].metadata.namespace ?? Chart.of(scope).namespace;
    Object.defineProperty(scope, ACCESS, { value: this });
    this.makePolicies();
  }

  /** Opens the way for the pods of a workload, and closes it for whoever is not allowed. */
  public connect(workload: ApiObject): void {
    if (this.plan.extent === 'open' || this.connected.has(workload)) return;
    const select = selectPods(workload, this.plan.peers.some(({ ipBlock }) => ipBlock !== undefined));
    this.connected.set(workload, () => peerIn(select(), workload.metadata.namespace, this.namespace));
    this.makePolicies();
    claimNames(this.scope);
  }

  /** Opens the way for a console. Looking into a Redis closes it for nobody. */
  public admitConsole(subject: LabelSubject, namespace: string | undefined): void {
    this.consoles.push(peerIn({ matchLabels: selectorLabels(subject) }, namespace, this.namespace));
  }

  private isClosed({ reserved = false }: Door): boolean {
    const { extent } = this.plan;
    return extent === 'restricted' || (extent === 'connected' && (reserved || this.connected.size > 0));
  }

  private isGuarded(door: Door): boolean {
    return door.bus !== undefined || Array.isArray(door.scrapers) || this.isClosed(door);
  }

  private makePolicies(): void {
    for (const door of this.doors.filter((each) => !this.guarded.has(each) && this.isGuarded(each))) {
      this.guarded.add(door);
      // Whom it lets in is known when everything is connected.
      makePolicy(this.scope, door.id, door.metadata, door.subject, () => this.rules(door));
    }
  }

  private rules(door: Door): k8s.NetworkPolicyIngressRule[] {
    const clientPorts = ports(...door.ports);
    const clients = this.isClosed(door) ? allow(clientPorts, this.peers(door)) : [{ ports: clientPorts }];
    return [...clients, ...scrapes(door), ...allow(undefined, door.bus ? [insider(door.bus)] : [])];
  }

  private peers({ inside = [], reserved = false }: Door): k8s.NetworkPolicyPeer[] {
    const peers = [
      ...inside.map(insider),
      ...this.plan.peers,
      ...[...this.connected.values()].map((peer) => peer()),
      // A console asks Redis only.
      ...(reserved ? [] : this.consoles),
    ];
    // Two workloads may have the same pods, such as a Deployment that was written twice.
    return [...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values()];
  }
}

/** Who comes in by the port of metrics. */
function scrapes({ scrapers }: Door): k8s.NetworkPolicyIngressRule[] {
  if (scrapers === undefined) return [];
  const port = ports(METRICS);
  return scrapers === 'anybody' ? [{ ports: port }] : allow(port, [...scrapers]);
}

/** Pods of the same Redis, which are in its namespace. */
function insider(subject: LabelSubject): k8s.NetworkPolicyPeer {
  return podPeer({ matchLabels: selectorLabels(subject) });
}

/** Lets pods be reached as the rules say that there are in the end, and in no other way. */
export function makePolicy(
  scope: Construct, id: string, metadata: Door['metadata'], subject: LabelSubject, rules: () => k8s.NetworkPolicyIngressRule[],
): void {
  new k8s.KubeNetworkPolicy(scope, id, {
    metadata,
    spec: {
      podSelector: { matchLabels: selectorLabels(subject) },
      policyTypes: ['Ingress'],
      // The server leaves out an empty list, which is the same as none: `kubectl diff` would find it each time.
      ingress: Lazy.any({ produce: () => (rules().length > 0 ? rules() : undefined) }),
    },
  });
}

/** Ports by their names in the pod, which may have other numbers in a Service, or by their numbers. */
export function ports(...ofPods: Array<string | number>): k8s.NetworkPolicyPort[] {
  return ofPods.map((port) => ({ port: typeof port === 'string' ? k8s.IntOrString.fromString(port) : k8s.IntOrString.fromNumber(port), protocol: 'TCP' }));
}

/** A rule without anybody in it would let everybody in. */
export function allow(to: k8s.NetworkPolicyPort[] | undefined, from: k8s.NetworkPolicyPeer[]): k8s.NetworkPolicyIngressRule[] {
  return from.length === 0 ? [] : [{ from, ...(to && { ports: to }) }];
}
