export { RedisStandalone, RedisStandaloneProps, RedisController } from './redis-standalone';
export { RedisCluster, RedisClusterProps } from './redis-cluster';
export { RedisReplication, RedisReplicationProps } from './redis-replication';
export { RedisInsight, RedisInsightProps } from './redis-insight';
export { LonghornRedis, LonghornRedisProps, LonghornSchedule } from './longhorn-redis';
export { Redis, RedisAttributes } from './existing-redis';
export { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode, RedisOptions } from './redis';
export { RedisAccess } from './options/access';
export { RedisAclOptions, RedisAclRights, RedisAclUser } from './options/acl';
export { RedisAuth } from './options/auth';
export { RedisCertManagerOptions, RedisIssuerKind } from './options/cert-manager';
export { EvictionPolicy, RedisConfig, RedisLogLevel, RedisOutputBufferLimit, RedisOutputBufferLimits } from './options/config';
export { RedisExposure, RedisExposureOptions, RedisServiceOptions, RedisIngressOptions, RedisLoadBalancerOptions } from './options/exposure';
export { RedisDataLoss, RedisHealing } from './options/healing';
export { RedisImage, RedisImageAcceptOptions, RedisImageOptions, RedisImagePullOptions, RedisImagePullPolicy } from './options/image';
export { LonghornClassOptions, LonghornDataLocality, LonghornReclaimPolicy } from './options/longhorn';
export {
  RedisPersistence, RedisPersistenceOptions, RedisAofOptions, RedisRdbOptions, RedisFsync, RedisSaveRule,
} from './options/persistence';
export { RedisPeers, RedisPodSelector } from './options/peers';
export { RedisProxyOptions } from './options/proxy';
export { RedisResources } from './options/resources';
export { RedisScheduling, RedisToleration, RedisTaintEffect } from './options/scheduling';
export { RedisSecretKey } from './options/secret-key';
export { RedisSentinel, RedisSentinelOptions } from './options/sentinel';
export { RedisSpread } from './options/spread';
export { RedisStorage, RedisAccessMode, RedisClaimOptions, RedisClaimRetention, RedisVolumeOptions, LonghornVolumeOptions } from './options/storage';
export { RedisClientCertificates, RedisTls, RedisTlsOptions, RedisTlsReach } from './options/tls';
export { RedisSlots } from './topology/slots';
