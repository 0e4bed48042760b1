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
