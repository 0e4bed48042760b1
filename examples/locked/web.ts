import { Chart, Duration, Size } from 'cdk8s';
import { Capability, Cpu, Deployment, EnvValue, ImagePullPolicy, k8s, Probe, SeccompProfileType, Topology, Volume } from 'cdk8s-plus-28';

/** As many words as redis-cli needs to be a client of a cluster with users and TLS. */
const REDIS_CLI = 'redis-cli -e -c -h "$REDIS_HOST" -p "$REDIS_PORT" --user "$REDIS_USERNAME" --no-auth-warning '
  + '--tls --cacert "$REDIS_CA_FILE" --cert "$REDIS_CERT_FILE" --key "$REDIS_KEY_FILE"';

/** Stands for a workload of yours: counts visits, and is ready while it can. */
export function makeWeb(chart: Chart): Deployment {
  const recently = (file: string) => Probe.fromCommand(['sh', '-c', `[ "$(find ${file} -mmin -1)" ]`], { initialDelaySeconds: Duration.seconds(5), periodSeconds: Duration.seconds(5) });
  const labels = { app: 'web' };
  const web = new Deployment(chart, 'web', {
    metadata: { name: 'web' },
    replicas: 2,
    podMetadata: { labels },
    containers: [{
      image: 'redis:8.6.6',
      imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
      command: ['sh', '-c', `while :; do touch /tmp/turn; timeout 5 ${REDIS_CLI} INCR web:visits && touch /tmp/visit; sleep 1; done`],
      envVariables: { REDISCLI_AUTH: EnvValue.fromValue('$(REDIS_PASSWORD)') },
      liveness: recently('/tmp/turn'),
      readiness: recently('/tmp/visit'),
      volumeMounts: [{ path: '/tmp', volume: Volume.fromEmptyDir(chart, 'web-tmp', 'tmp', { sizeLimit: Size.mebibytes(1) }) }],
      resources: { cpu: { request: Cpu.millis(10) }, memory: { request: Size.mebibytes(16), limit: Size.mebibytes(64) } },
      securityContext: {
        user: 999,
        capabilities: { drop: [Capability.ALL] },
        seccompProfile: { type: SeccompProfileType.RUNTIME_DEFAULT },
      },
    }],
  });
  web.scheduling.spread({ topology: Topology.HOSTNAME, weight: 1 });
  new k8s.KubePodDisruptionBudget(chart, 'web-budget', {
    metadata: { name: 'web' },
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels: labels } },
  });
  // Nobody needs to reach it.
  new k8s.KubeNetworkPolicy(chart, 'web-policy', { metadata: { name: 'web' }, spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] } });
  return web;
}
