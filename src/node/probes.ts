import type { k8s } from 'cdk8s-plus-28';
import { run } from './scripts';

/**
 * A server that loads its data, runs a long script or refuses a password is alive: only one that does not answer is restarted. A single
 * slow command blocks every answer, so liveness waits for about a minute of silence.
 */
export function redisProbes(): Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  return {
    startupProbe: { exec: { command: run('alive.sh') }, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 60 },
    livenessProbe: { exec: { command: run('alive.sh') }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: { exec: { command: run('ready.sh') }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
  };
}

/**
 * A node of a cluster is asked more often, since a rolling restart waits for each. Nothing here looks at peers but readiness, which says
 * nothing against a node when a peer is dead.
 */
export function clusterProbes(): ReturnType<typeof redisProbes> {
  return {
    startupProbe: { exec: { command: run('alive.sh') }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 120 },
    livenessProbe: redisProbes().livenessProbe,
    readinessProbe: { exec: { command: run('cluster-ready.sh') }, periodSeconds: 2, timeoutSeconds: 10, failureThreshold: 3 },
  };
}
