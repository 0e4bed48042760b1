import type { k8s } from 'cdk8s-plus-28';
import { networkProblems } from './networks';
import { nameOfNamespaceProblems, selectorProblems } from '../node/names';
import { NAMESPACE_NAME, podPeer } from '../node/peers';
import { fields, isStruct, listProblems, quote, structProblems } from '../node/problems';

/** Pods that are allowed in, all that match. */
export interface RedisPodSelector {
  /**
   * Labels that a pod must have, such as `app: exporter`.
   *
   * @default - none: all pods there
   */
  readonly labels?: { [key: string]: string };

  /**
   * Name of the namespace that the pods are in.
   *
   * @default - the namespace of what they are allowed to reach
   */
  readonly namespaceName?: string;

  /**
   * Labels of the namespaces that the pods are in, instead of a name.
   *
   * @default - `namespaceName` says where they are
   */
  readonly namespaceLabels?: { [key: string]: string };
}

/** Who is allowed in, as NetworkPolicies know them: pods by their labels, and anything else by its address. */
export interface RedisPeers {
  /**
   * Pods, by their labels and namespaces.
   *
   * @default - none
   */
  readonly pods?: RedisPodSelector[];

  /**
   * Networks, such as `203.0.113.0/24`: for clients outside of the Kubernetes cluster, and for pods on the network of their hosts. Whether a network
   * also means the pods that have an address in it depends on the network plugin.
   *
   * @default - none
   */
  readonly networks?: string[];
}

/** What is wrong with `property`, which should say who is allowed in. */
export function peerProblems(property: string, peers: RedisPeers): string[] {
  const { pods = [], networks = [] } = fields(peers);
  return [
    ...structProblems(property, peers),
    ...listProblems(`${property}.pods`, pods, '[{ labels: { app: \'exporter\' } }]'),
    ...(Array.isArray(pods) ? pods : []).flatMap((each, index) => podProblems(`${property}.pods[${index}]`, each)),
    ...networkProblems(`${property}.networks`, networks),
  ];
}

function podProblems(property: string, pods: RedisPodSelector): string[] {
  if (!isStruct(pods)) return [`${quote(property)} is ${quote(pods)}: it takes pods, such as { labels: { app: 'exporter' }, namespaceName: 'monitoring' }`];
  const { labels, namespaceName, namespaceLabels } = pods;
  return [
    ...selectorProblems(`${property}.labels`, labels),
    ...emptyProblems(`${property}.labels`, labels, 'leave it out to mean all pods there'),
    ...(namespaceName === undefined ? [] : nameOfNamespaceProblems(`${property}.namespaceName`, namespaceName)),
    ...selectorProblems(`${property}.namespaceLabels`, namespaceLabels),
    ...emptyProblems(`${property}.namespaceLabels`, namespaceLabels, 'leave it out to mean one namespace, or give a label that all of them have'),
    ...(namespaceName === undefined || namespaceLabels === undefined ? []
      : [`${quote(property)} has both 'namespaceName' and 'namespaceLabels': leave one of them out`]),
  ];
}

/** To Kubernetes a selector without labels is everything, which hardly anybody means who writes it. */
function emptyProblems(property: string, labels: unknown, instead: string): string[] {
  return isStruct(labels) && Object.keys(labels).length === 0 ? [`${quote(property)} is {}, which selects nothing in particular: ${instead}`] : [];
}

/** The same, as a NetworkPolicy says it. */
export function networkPolicyPeers({ pods = [], networks = [] }: RedisPeers): k8s.NetworkPolicyPeer[] {
  return [
    ...pods.map(({ labels, namespaceName, namespaceLabels }) => podPeer(
      labels ? { matchLabels: labels } : {},
      namespaceName === undefined ? namespaceLabels && { matchLabels: namespaceLabels } : { matchLabels: { [NAMESPACE_NAME]: namespaceName } },
    )),
    ...networks.map((cidr) => ({ ipBlock: { cidr } })),
  ];
}
