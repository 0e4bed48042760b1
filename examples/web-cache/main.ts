import { App, Chart, Size } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import { EvictionPolicy, RedisAuth, RedisStandalone } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'web-cache', { namespace: 'web-cache' });

const cache = new RedisStandalone(chart, 'cache', {
  resources: { memory: Size.mebibytes(256) },
  config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU },
  // kubectl -n web-cache create secret generic cache-password --from-literal=password=<yours>
  auth: RedisAuth.password('cache-password'),
});

const web = new Deployment(chart, 'web', {
  replicas: 2,
  containers: [{ image: 'node:20', command: ['node', '-e', 'setInterval(() => {}, 1000)'], securityContext: { user: 1000 } }],
});
cache.connect(web, { as: 'CACHE' });

app.synth();
