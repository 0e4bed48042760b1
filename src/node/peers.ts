import type { k8s } from 'cdk8s-plus-28';

/** The label by which Kubernetes says what a namespace is called. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Pods of some namespaces, or of the policy's own: both selectors in one peer, since two peers would mean either. */
export function podPeer(podSelector: k8s.LabelSelector, namespaceSelector?: k8s.LabelSelector): k8s.NetworkPolicyPeer {
  return { ...(namespaceSelector && { namespaceSelector }), podSelector };
}

/** All pods of the Kubernetes cluster, but none on the network of its host. */
export const ANY_POD: k8s.NetworkPolicyPeer = { namespaceSelector: {} };

/**
 * Pods of an object that others made, seen from a policy's namespace. Where an object goes whose chart has no namespace is known to `kubectl` only: its
 * pods are allowed in from everywhere then, since they would be cut off otherwise.
 */
export function peerIn(podSelector: k8s.LabelSelector, namespace: string | undefined, policyNamespace: string | undefined): k8s.NetworkPolicyPeer {
  if (namespace === policyNamespace) return podPeer(podSelector);
  return podPeer(podSelector, namespace === undefined ? {} : { matchLabels: { [NAMESPACE_NAME]: namespace } });
}
