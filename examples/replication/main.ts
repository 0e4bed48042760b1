import { App, Chart, Size } from 'cdk8s';
import { Capability, Cpu, Deployment, SeccompProfileType } from 'cdk8s-plus-28';
import { RedisPersistence, RedisReplication } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'replication', { namespace: 'replication' });

const redis = new RedisReplication(chart, 'redis', {
  replicas: 2,
  persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
});
const web = new Deployment(chart, 'web', {
  metadata: { name: 'web' },
  replicas: 1,
  containers: [{
    image: 'redis:8.6.3',
    command: ['sh', '-c', 'while :; do redis-cli -u "$REDIS_URL" INCR visits; sleep 1; done'],
    resources: { cpu: { request: Cpu.millis(10) }, memory: { request: Size.mebibytes(16), limit: Size.mebibytes(64) } },
    securityContext: {
      user: 999,
      capabilities: { drop: [Capability.ALL] },
      seccompProfile: { type: SeccompProfileType.RUNTIME_DEFAULT },
    },
  }],
});
redis.connect(web);

app.synth();
