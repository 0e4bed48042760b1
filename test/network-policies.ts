import { BlockList, isIP } from 'net';
import { identity, Manifest } from './kit';

/*
 * Who may reach whom, as the documentation of Kubernetes says it of NetworkPolicies (https://kubernetes.io/docs/concepts/services-networking/network-policies/):
 * pods that no policy selects take everything; those that some select take what any rule of any of these admits, and nothing else. It knows nothing of
 * how the library makes them.
 */

/** A pod as the network sees it. */
export interface Pod {
  readonly title: string;
  readonly namespace: string;
  readonly labels: { [key: string]: string };
  readonly ports: { readonly name?: string; readonly number: number; readonly protocol: string }[];
}

/** Labels of namespaces, beside the name that Kubernetes gives to each. */
export type Namespaces = { readonly [name: string]: { readonly [key: string]: string } };

/** A pod, or an address that is no pod's. */
export type Source = Pod | string;

/** Where objects go whose manifest names no namespace. */
export const DEFAULT_NAMESPACE = 'default';

/** The pods that manifests make, one for each controller, with the labels that Kubernetes adds. */
export function podsIn(manifests: Manifest[]): Pod[] {
  return manifests.flatMap((manifest) => {
    const { kind, metadata, spec } = manifest;
    const template: { [kind: string]: Manifest } = { Pod: manifest, CronJob: spec?.jobTemplate?.spec.template };
    const { metadata: podMetadata = {}, spec: podSpec } = template[kind] ?? spec?.template ?? {};
    if (!podSpec?.containers) return [];
    const added = kind === 'Job' ? { 'batch.kubernetes.io/job-name': metadata.name } : {};
    return [{
      title: identity(manifest),
      namespace: metadata.namespace ?? DEFAULT_NAMESPACE,
      labels: { ...podMetadata.labels, ...added },
      ports: podSpec.containers.flatMap((container: Manifest) => (container.ports ?? []).map(({ name, containerPort, protocol = 'TCP' }: Manifest) => (
        { name, number: containerPort, protocol }))),
    }];
  });
}

/** The ports of a pod, by number, that a source may open connections to. */
export function reachable(manifests: Manifest[], from: Source, to: Pod, namespaces: Namespaces = {}): number[] {
  return to.ports.filter(({ number }) => isAllowed(manifests, from, to, number, namespaces)).map(({ number }) => number);
}

export function isAllowed(manifests: Manifest[], from: Source, to: Pod, port: number, namespaces: Namespaces = {}): boolean {
  const policies = manifests.filter(({ apiVersion, kind }) => kind === 'NetworkPolicy' && apiVersion === 'networking.k8s.io/v1')
    .filter(({ metadata, spec }) => (metadata.namespace ?? DEFAULT_NAMESPACE) === to.namespace && selects(spec.podSelector, to.labels))
    // Without the field a policy is for what comes in.
    .filter(({ spec }) => (spec.policyTypes ?? ['Ingress']).includes('Ingress'));
  if (policies.length === 0) return true;
  const rules: Manifest[] = policies.flatMap(({ spec }) => spec.ingress ?? []);
  return rules.some((rule) => admitsPort(rule.ports, to, port) && admitsSource(rule.from, from, to.namespace, namespaces));
}

/** No list and an empty one are everything. */
function admitsPort(ports: Manifest[] | undefined, to: Pod, number: number): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some(({ port, endPort, protocol = 'TCP' }) => {
    const open = to.ports.filter((each) => each.protocol === protocol);
    if (port === undefined) return protocol === 'TCP';
    // A name means what the pod that is reached calls so.
    if (typeof port === 'string') return open.some((each) => each.name === port && each.number === number);
    return protocol === 'TCP' && number >= port && number <= (endPort ?? port);
  });
}

function admitsSource(peers: Manifest[] | undefined, from: Source, namespace: string, namespaces: Namespaces): boolean {
  if (!peers || peers.length === 0) return true;
  return peers.some((peer) => (typeof from === 'string' ? admitsAddress(peer, from) : admitsPod(peer, from, namespace, namespaces)));
}

function admitsAddress({ ipBlock }: Manifest, address: string): boolean {
  return ipBlock !== undefined && isIn(ipBlock.cidr, address) && !(ipBlock.except ?? []).some((cidr: string) => isIn(cidr, address));
}

/** Pods are known by labels here: the addresses that they get are nobody's to count on. */
function admitsPod({ podSelector, namespaceSelector }: Manifest, from: Pod, namespace: string, namespaces: Namespaces): boolean {
  if (!podSelector && !namespaceSelector) return false;
  const labels = { ...namespaces[from.namespace], 'kubernetes.io/metadata.name': from.namespace };
  return (namespaceSelector ? selects(namespaceSelector, labels) : from.namespace === namespace) && (!podSelector || selects(podSelector, from.labels));
}

/** An empty selector is everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Manifest, labels: { readonly [key: string]: string }): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
    && matchExpressions.every(({ key, operator, values = [] }: Manifest) => {
      const present = key in labels;
      switch (operator) {
        case 'In': return present && values.includes(labels[key]);
        case 'NotIn': return !present || !values.includes(labels[key]);
        case 'Exists': return present;
        case 'DoesNotExist': return !present;
        default: throw new Error(`no operator of a selector: ${operator}`);
      }
    });
}

function isIn(cidr: string, address: string): boolean {
  const [network, length] = cidr.split('/');
  const [family, other] = [network, address].map((each) => (isIP(each) === 6 ? 'ipv6' : 'ipv4'));
  if (family !== other) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family as 'ipv4' | 'ipv6');
  return list.check(address, family as 'ipv4' | 'ipv6');
}
