import { App, Chart, Size } from 'cdk8s';
import { RedisCluster, RedisPersistence, RedisSlots } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'cluster', { namespace: 'cluster' });

new RedisCluster(chart, 'redis-cluster', {
  shards: 3,
  replicasPerShard: 1,
  slots: RedisSlots.ranges('0-5000', '5001-10000', '10001-16383'),
  persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
});

app.synth();
