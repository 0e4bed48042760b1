import type { k8s } from 'cdk8s-plus-28';

/** How the pods are spread over hosts and zones. */
export enum RedisSpread {
  /** As evenly as the hosts allow. Pods that find no better host share one. */
  PREFERRED = 'preferred',
  /** Evenly, over at least three hosts, so that no host needs to have a majority of the masters. A pod for which no host is left waits. */
  REQUIRED = 'required',
  /** As it comes: for a single host. */
  NONE = 'none',
}

/** A cluster on fewer hosts loses the majority of its masters with one of them. */
const LEAST_HOSTS = 3;

/** What a pod says of its neighbours. */
export function spreadConstraints(spread: RedisSpread, matchLabels: { [key: string]: string }): k8s.TopologySpreadConstraint[] {
  if (spread === RedisSpread.NONE) return [];
  const labelSelector = { matchLabels };
  // Zones are only preferred: hosts without a zone could take no pod at all.
  const zones = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector };
  const hosts = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', labelSelector };
  // Hosts with a taint that keeps the pods away are no hosts to count.
  const required = { whenUnsatisfiable: 'DoNotSchedule', minDomains: LEAST_HOSTS, nodeTaintsPolicy: 'Honor' };
  return [zones, { ...hosts, ...(spread === RedisSpread.REQUIRED ? required : { whenUnsatisfiable: 'ScheduleAnyway' }) }];
}
