import { App, Chart, Size } from 'cdk8s';
import { EvictionPolicy, LonghornRedis, RedisCluster, RedisController, RedisInsight, RedisStandalone } from 'cdk8s-redis-constructs';

const app = new App();
const chart = new Chart(app, 'four-strategies', { namespace: 'four-strategies' });

// One Redis with a redis.conf of its own, as in the Kubernetes tutorial: a pod without a volume.
const cache = new RedisStandalone(chart, 'redis', {
  controller: RedisController.POD,
  config: { maxMemory: Size.mebibytes(2), maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU },
});

// One Redis on a volume that Longhorn copies to other hosts.
const store = new LonghornRedis(chart, 'redis-server');

// Three masters and three replicas, which form a Redis Cluster by themselves.
const cluster = new RedisCluster(chart, 'redis-cluster');

// The web console, connected to all of them.
new RedisInsight(chart, 'redisinsight', { databases: [cache, store, cluster], acceptTerms: true });

app.synth();
