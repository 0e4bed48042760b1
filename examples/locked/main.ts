import { ApiObject, App, Chart, Size } from 'cdk8s';
import { RedisAuth, RedisClientCertificates, RedisCluster, RedisExposure, RedisImage, RedisInsight, RedisPersistence, RedisTls } from 'cdk8s-redis-constructs';
import { makeWeb } from './web';

const app = new App();
const chart = new Chart(app, 'locked', { namespace: 'locked' });

const redis = new RedisCluster(chart, 'redis-cluster', {
  // Without a known hole: one of 8.6.3, where TLS is on, needs no password.
  image: RedisImage.official('8.6.6'),
  persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
  auth: RedisAuth.acl({ internalSecret: 'redis-cluster-internal' }),
  tls: RedisTls.certManager({ issuer: 'redis-authority', clientCertificates: RedisClientCertificates.REQUIRED }),
});

// It comes as the user `web`, whose password is in the Secret `redis-cluster-web`. From here on nobody comes in who is not connected.
const web = makeWeb(chart);
redis.connect(web, { keys: ['web:*'], clientCertificate: 'web-tls' });

// It may only read, and is reached by `kubectl port-forward` alone.
new RedisInsight(chart, 'redisinsight', {
  databases: [redis],
  clientCertificate: 'redisinsight-tls',
  exposure: RedisExposure.clusterIp({ allowFrom: {} }),
  acceptTerms: true,
});

// An authority for this Redis alone: with a certificate of it one gets as far as to the password, and onto the bus of the cluster.
const certManager = (kind: string, name: string, spec: object) => new ApiObject(chart, `${kind}-${name}`, { apiVersion: 'cert-manager.io/v1', kind, metadata: { name }, spec });
certManager('Issuer', 'redis-root', { selfSigned: {} });
certManager('Certificate', 'redis-authority', {
  secretName: 'redis-authority',
  issuerRef: { kind: 'Issuer', name: 'redis-root' },
  commonName: 'redis-authority',
  isCA: true,
  // With the same key it is the same authority after ten years.
  privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Never' },
  duration: '87600h',
});
certManager('Issuer', 'redis-authority', { ca: { secretName: 'redis-authority' } });
for (const client of ['web', 'redisinsight']) {
  certManager('Certificate', `${client}-tls`, {
    secretName: `${client}-tls`,
    issuerRef: { kind: 'Issuer', name: 'redis-authority' },
    commonName: client,
    usages: ['digital signature', 'client auth'],
    privateKey: { algorithm: 'ECDSA', rotationPolicy: 'Always' },
  });
}

app.synth();
