// What the benchmark measures: a Redis with a volume, a password and limits, and a workload that is connected to it.
const { Size } = require('cdk8s');
const { k8s } = require('cdk8s-plus-28');
const { EvictionPolicy, RedisAuth, RedisPersistence, RedisStandalone } = require('..');

exports.make = function make(chart, index) {
  const name = `instance${index}-redis`;
  const redis = new RedisStandalone(chart, name, {
    persistence: RedisPersistence.aof({ size: Size.gibibytes(8) }),
    config: { maxMemoryPolicy: EvictionPolicy.VOLATILE_LRU, hz: 20, extraDirectives: { 'crash-log-enabled': 'no' } },
    auth: RedisAuth.password(`${name}-auth`),
    resources: { memory: Size.gibibytes(1), cpu: 0.5 },
  });
  const labels = { app: name };
  redis.connect(new k8s.KubeDeployment(chart, `${name}-web`, {
    metadata: { name: `${name}-web` },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1.0' }] } },
    },
  }));
};
