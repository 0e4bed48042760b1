import { App, Chart, Size } from 'cdk8s';
import { Capability, Cpu, Deployment, ImagePullPolicy, k8s, Probe, SeccompProfileType, Topology } from 'cdk8s-plus-28';
import { EvictionPolicy, RedisAuth, RedisStandalone } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'web-cache', { namespace: 'web-cache' });

const cache = new RedisStandalone(chart, 'cache', {
  resources: { memory: Size.mebibytes(256) },
  config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU },
  // kubectl -n web-cache create secret generic cache-password --from-literal=password=<yours>
  auth: RedisAuth.password('cache-password'),
});

const labels = { app: 'web' };
const web = new Deployment(chart, 'web', {
  replicas: 2,
  podMetadata: { labels },
  containers: [{
    image: 'node:20',
    imagePullPolicy: ImagePullPolicy.IF_NOT_PRESENT,
    command: ['node', '-e', 'http.createServer((request, response) => response.end("ok")).listen(3000)'],
    portNumber: 3000,
    readiness: Probe.fromHttpGet('/'),
    liveness: Probe.fromTcpSocket(),
    resources: { cpu: { request: Cpu.millis(100) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) } },
    securityContext: {
      user: 1000,
      capabilities: { drop: [Capability.ALL] },
      seccompProfile: { type: SeccompProfileType.RUNTIME_DEFAULT },
    },
  }],
});
web.scheduling.spread({ topology: Topology.HOSTNAME, weight: 1 });
new k8s.KubePodDisruptionBudget(chart, 'web-budget', { spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels: labels } } });
cache.connect(web, { as: 'CACHE' });

app.synth();
