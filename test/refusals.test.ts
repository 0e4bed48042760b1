import { existsSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ApiObject, App, Chart, Cron, Duration, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import {
  EvictionPolicy, LonghornDataLocality, LonghornRedis, Redis, RedisAccess, RedisAuth, RedisClaimRetention, RedisController, RedisExposure, RedisFsync, RedisImage,
  RedisInsight, RedisPersistence, RedisStandalone, RedisStorage,
} from '../src';

const MI = Size.mebibytes;
const GI = Size.gibibytes;
const long = (length: number) => 'a'.repeat(length);

const standalone = (props: any, id = 'redis') => (chart: Chart) => new RedisStandalone(chart, id, props);
const insight = (props: any) => (chart: Chart) => new RedisInsight(chart, 'ui', props);
const longhorn = (props: any) => (chart: Chart) => new LonghornRedis(chart, 'redis', props);
const persistent = (persistence: RedisPersistence, props: any = {}) => standalone({ ...props, persistence });
const stored = (storage: RedisStorage, props: any = {}) => persistent(RedisPersistence.aof({ storage }), props);
const extra = (extraDirectives: { [name: string]: string }) => standalone({ config: { extraDirectives } });
const config = (values: any) => standalone({ config: values });
const restricted = (peers: any) => standalone({ access: RedisAccess.restricted(peers) });
const existing = Redis.fromAttributes({ host: 'redis.example.com' });

/** What a user may get wrong, and every word of the answer. */
const REFUSALS: { [title: string]: [build: (chart: Chart) => unknown, subject: string, problems: string[]] } = {
  'an id with capitals': [
    standalone({}, 'MyRedis'),
    'RedisStandalone \'test/MyRedis\' cannot be made:',
    [
      '\'name\' is \'MyRedis\': it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
    ],
  ],
  'a name with a dot': [
    standalone({ name: 'my.redis' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is \'my.redis\': it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
    ],
  ],
  'a name that begins with a digit': [
    standalone({ name: '9redis' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is \'9redis\': it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
    ],
  ],
  'an empty name': [
    standalone({ name: '' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is \'\': it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
    ],
  ],
  'a name of 53 characters': [
    standalone({ name: long(53) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\', 53 characters: it takes at most 52, since names of pods and labels are made from it; give a shorter \'name\'',
    ],
  ],
  'a label that is too long': [
    standalone({ labels: { team: long(64) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels.team\' is \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit',
    ],
  ],
  'a label\'s key with a space': [
    standalone({ labels: { 'my team': 'a' } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels\' has the key \'my team\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit, with an optional DNS name and \'/\' before them',
    ],
  ],
  'the tag latest': [
    standalone({ image: RedisImage.official('latest') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'latest\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
    ],
  ],
  'a tag that moves': [
    standalone({ image: RedisImage.official('8.6') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'8.6\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
    ],
  ],
  'a Redis that is too old': [
    standalone({ image: RedisImage.official('7.4.2') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'7.4.2\': it takes Redis 8.0 or newer',
    ],
  ],
  'an image without a version': [
    standalone({ image: RedisImage.of('registry.example.com/redis:prod', { version: 'prod' }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'prod\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
    ],
  ],
  'an image with a space': [
    standalone({ image: RedisImage.of('my redis', { version: '8.6.3' }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' is \'my redis\': it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\'',
    ],
  ],
  'a pull secret that is no name': [
    standalone({ image: RedisImage.official('8.6.3', { pullSecrets: ['My Secret'] }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.pullSecrets[0]\' is \'My Secret\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a memory limit that is too small': [
    standalone({ resources: { memory: MI(16) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'resources.memory\' is 16Mi: it takes at least 32Mi, in whole kibibytes',
    ],
  ],
  'a memory limit that is no number': [
    standalone({ resources: { memory: MI(NaN) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'resources.memory\' is NaNMi: it takes at least 32Mi, in whole kibibytes',
    ],
  ],
  'no CPU': [
    standalone({ resources: { cpu: 0 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'resources.cpu\' is 0: it takes CPU cores from 0.001 to 1024',
    ],
  ],
  'a CPU limit below the request': [
    standalone({ resources: { cpu: 2, cpuLimit: 1 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'resources.cpuLimit\' is 1, less than \'resources.cpu\' (2): raise the one or lower the other',
    ],
  ],
  'maxmemory above the limit': [
    standalone({ resources: { memory: MI(256) }, config: { maxMemory: GI(1) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemory\' is 1Gi, but \'resources.memory\' limits the container to 256Mi: at most 90% leaves room for buffers and fragmentation; lower the one or raise the other',
    ],
  ],
  'maxmemory equal to the limit': [
    standalone({ resources: { memory: MI(256) }, config: { maxMemory: MI(256) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemory\' is 256Mi, but \'resources.memory\' limits the container to 256Mi: at most 90% leaves room for buffers and fragmentation; lower the one or raise the other',
    ],
  ],
  'maxmemory that leaves no room for a fork': [
    persistent(RedisPersistence.aof(), { resources: { memory: MI(256) }, config: { maxMemory: MI(240) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemory\' is 240Mi, but \'resources.memory\' limits the container to 256Mi: at most 75% leaves room for the copies that a fork makes while it saves, and for buffers; lower the one or raise the other',
    ],
  ],
  'a limit without a maxmemory': [
    standalone({ resources: { memory: MI(256) }, config: { maxMemory: MI(0) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemory\' is 0, which is no limit, but \'resources.memory\' is 256Mi: Redis would grow until it is killed; leave one of them out',
    ],
  ],
  'a volume too small for the append-only file': [
    standalone({ resources: { memory: GI(2) }, persistence: RedisPersistence.aof({ size: GI(1) }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence\' has a volume of 1Gi, but with a maxmemory of 1.2Gi its files need 3.6Gi (3 times as much, while they are written anew): enlarge \'persistence.size\' or lower \'resources.memory\'',
    ],
  ],
  'a volume too small for an append-only file that grows long': [
    persistent(RedisPersistence.aof({ size: GI(3) }), { config: { maxMemory: GI(1), autoAofRewritePercentage: 200 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence\' has a volume of 3Gi, but with a maxmemory of 1Gi its files need 4Gi (4 times as much, while they are written anew): enlarge \'persistence.size\' or lower \'config.maxMemory\'',
    ],
  ],
  'an append-only file that is never rewritten': [
    persistent(RedisPersistence.aof(), { config: { autoAofRewritePercentage: 0 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.autoAofRewritePercentage\' is 0, so the append-only file would grow until the volume is full: give a percentage, or take RedisPersistence.rdb()',
    ],
  ],
  'a volume too small for snapshots': [
    standalone({ config: { maxMemory: GI(1) }, persistence: RedisPersistence.rdb({ size: GI(1) }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence\' has a volume of 1Gi, but with a maxmemory of 1Gi its files need 2Gi (2 times as much, while they are written anew): enlarge \'persistence.size\' or lower \'config.maxMemory\'',
    ],
  ],
  'eviction of a durable store': [
    persistent(RedisPersistence.aof({ fsync: RedisFsync.ALWAYS }), { config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRU } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemoryPolicy\' is \'allkeys-lru\', which throws away any key, but \'persistence\' with RedisFsync.ALWAYS promises to keep each: choose EvictionPolicy.NOEVICTION, or RedisFsync.EVERY_SECOND for a cache that starts warm',
    ],
  ],
  'a volume that is too small for anything': [
    persistent(RedisPersistence.aof({ size: MI(1) })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.size\' is 1Mi: it takes at least 16Mi, in whole kibibytes',
    ],
  ],
  'two sizes of one volume': [
    persistent(RedisPersistence.aof({ size: GI(1), storage: RedisStorage.volume({ size: GI(2) }) })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.size\' and \'persistence.storage\' are both given: say the size in RedisStorage.volume({ size })',
    ],
  ],
  'a save rule of no time': [
    persistent(RedisPersistence.rdb({ saveRules: [{ after: Duration.seconds(0), changes: 1 }] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules[0].after\' is 0 seconds: it takes whole seconds, at least 1',
    ],
  ],
  'a save rule of half a second': [
    persistent(RedisPersistence.rdb({ saveRules: [{ after: Duration.millis(1500), changes: 1 }] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules[0].after\' is 1.5 seconds: it takes whole seconds, at least 1',
    ],
  ],
  'a save rule of no change': [
    persistent(RedisPersistence.rdb({ saveRules: [{ after: Duration.minutes(1), changes: 0 }] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules[0].changes\' is 0: it takes a whole number from 1 to 2147483647',
    ],
  ],
  'a storage class that is no name': [
    stored(RedisStorage.volume({ storageClass: 'Fast SSD' })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.storageClass\' is \'Fast SSD\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a claim that is no name': [
    stored(RedisStorage.existingClaim('')),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.claimName\' is \'\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a label of a claim': [
    stored(RedisStorage.volume({ labels: { a: '-b' } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.labels.a\' is \'-b\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit',
    ],
  ],
  'an annotation of a claim': [
    stored(RedisStorage.volume({ annotations: { 'a/b/c': 'd' } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.annotations\' has the key \'a/b/c\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit, with an optional DNS name and \'/\' before them',
    ],
  ],
  'a claim of a bare Pod that goes with it': [
    stored(RedisStorage.volume({ retention: RedisClaimRetention.DELETE }), { controller: RedisController.POD }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'retention\' is \'Delete\', which Kubernetes knows for StatefulSets only, and this claim is that of a bare Pod: leave it out',
    ],
  ],
  'no replica of a Longhorn volume': [
    stored(RedisStorage.longhorn({ ownClass: { replicas: 0 } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.replicas\' is 0: it takes a whole number from 1 to 20',
    ],
  ],
  'two strictly local replicas': [
    stored(RedisStorage.longhorn({ ownClass: { replicas: 2, dataLocality: LonghornDataLocality.STRICT_LOCAL } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.replicas\' is 2, but the data locality \'strict-local\' has exactly one: leave \'replicas\' out or choose LonghornDataLocality.BEST_EFFORT',
    ],
  ],
  'a Secret that is no name': [
    standalone({ auth: RedisAuth.password('My Secret') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'auth.secretName\' is \'My Secret\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a key that no Secret has': [
    standalone({ auth: RedisAuth.password('secret', 'my key') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'auth.key\' is \'my key\': it takes a key of a Secret, which is made of letters, digits, \'-\', \'_\' and \'.\', but is not \'.\' and does not begin with \'..\'',
    ],
  ],
  'a ConfigMap and directives': [
    standalone({ existingConfigMap: 'mine', config: { hz: 20 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config\' and \'existingConfigMap\' are both given: write the directives into the ConfigMap, or leave \'existingConfigMap\' out',
    ],
  ],
  'a ConfigMap that the construct makes itself': [
    standalone({ existingConfigMap: 'redis-scripts' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'existingConfigMap\' is \'redis-scripts\', a name that the construct gives to objects of its own: rename the ConfigMap, or choose another \'name\'',
    ],
  ],
  'a ConfigMap that is no name': [
    standalone({ existingConfigMap: 'My Config' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'existingConfigMap\' is \'My Config\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a host label': [
    standalone({ scheduling: { nodeSelector: { 'node-type': 'a b' } } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.nodeSelector.node-type\' is \'a b\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit',
    ],
  ],
  'a taint without a key': [
    standalone({ scheduling: { tolerations: [{ key: '' }] } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.tolerations[0]\' has the key \'\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit, with an optional DNS name and \'/\' before them',
    ],
  ],
  'a priority class': [
    standalone({ scheduling: { priorityClassName: 'High!' } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.priorityClassName\' is \'High!\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'an unknown directive': [
    extra({ maxmemry: '1gb' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'maxmemry\' is no directive of Redis 8.6.3: did you mean \'maxmemory\'?',
    ],
  ],
  'a directive of a newer Redis': [
    standalone({ image: RedisImage.official('8.0.2'), config: { extraDirectives: { lookahead: '4' } } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'lookahead\' needs Redis 8.6 or newer, the image has 8.0.2',
    ],
  ],
  'an old name of a directive': [
    extra({ 'slave-priority': '10' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'slave-priority\' is an old name: use \'replica-priority\'',
    ],
  ],
  'a directive of persistence': [
    extra({ appendonly: 'yes' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'appendonly\': use \'persistence\'',
    ],
  ],
  'a directive of auth': [
    extra({ requirepass: 'hunter2' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'requirepass\': use \'auth\'',
    ],
  ],
  'a directive that has a property': [
    extra({ 'maxmemory-policy': 'allkeys-lru' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'maxmemory-policy\': use \'config.maxMemoryPolicy\'',
    ],
  ],
  'a directive that is fixed': [
    extra({ port: '6380' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'port\': it is fixed, because the Service, the probes and the scripts count on it',
    ],
  ],
  'a file to include': [
    extra({ include: '/etc/redis.conf' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'include\': there is no other file beside redis.conf in the container: write its directives here',
    ],
  ],
  'a module': [
    extra({ loadmodule: '/module.so' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'loadmodule\': nobody can check here whether the image has that module: use \'existingConfigMap\' with a redis.conf of your own',
    ],
  ],
  'a directive of the cluster': [
    extra({ 'cluster-enabled': 'yes' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'cluster-enabled\': it belongs to RedisCluster',
    ],
  ],
  'a number out of bounds': [
    extra({ lookahead: '0' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'lookahead\' is \'0\': it takes a whole number from 1 to 2147483647',
    ],
  ],
  'a word for a number': [
    extra({ 'tcp-backlog': 'many' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'tcp-backlog\' is \'many\': it takes a whole number from 0 to 2147483647',
    ],
  ],
  'an unknown choice': [
    extra({ 'sanitize-dump-payload': 'maybe' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'sanitize-dump-payload\' is \'maybe\': it takes one of no, yes, clients',
    ],
  ],
  'neither yes nor no': [
    extra({ 'lua-lazyfree-nope': 'perhaps', 'activerehashing': 'perhaps' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'lua-lazyfree-nope\' is no directive of Redis 8.6.3',
      '\'config.extraDirectives\': \'activerehashing\' is \'perhaps\': it takes yes or no',
    ],
  ],
  'a line break': [
    extra({ 'proc-title-template': 'a\nrequirepass hunter2' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'proc-title-template\' has a line break or another control character in its value',
    ],
  ],
  'an unbalanced quote': [
    extra({ 'proc-title-template': '"redis' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\': \'proc-title-template\' is \'"redis\': its quotes are not balanced',
    ],
  ],
  'a number of clients that is none': [
    config({ maxClients: 0 }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxClients\' is 0: it takes a whole number from 1 to 1000000',
    ],
  ],
  'a fraction': [
    config({ databases: 1.5 }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.databases\' is 1.5: it takes a whole number from 1 to 10000',
    ],
  ],
  'not a number': [
    config({ hz: NaN }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.hz\' is NaN: it takes a whole number from 1 to 500',
    ],
  ],
  'a duration below the unit': [
    config({ timeout: Duration.millis(1500) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.timeout\' is 1500 milliseconds: it takes a whole number of seconds',
    ],
  ],
  'a buffer limit': [
    config({ clientOutputBufferLimits: { normal: { hard: Size.kibibytes(0.3), soft: MI(1), softFor: Duration.seconds(1) } } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.clientOutputBufferLimits\' is not right: for \'normal\' it takes a whole number of bytes',
    ],
  ],
  'letters that name no event': [
    config({ notifyKeyspaceEvents: 'Q' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.notifyKeyspaceEvents\' is \'Q\': it takes letters out of Ag$lshzxeKEtmdn, or "" for none',
    ],
  ],
  'a policy of a newer Redis': [
    standalone({ image: RedisImage.official('8.0.2'), config: { maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRM } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.maxMemoryPolicy\' is \'allkeys-lrm\': this needs Redis 8.6 or newer, the image has 8.0.2',
    ],
  ],
  'databases without the licence': [
    insight({ databases: [existing] }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'databases\' needs \'acceptTerms: true\': RedisInsight connects to nothing before its licence is accepted',
    ],
  ],
  'a console\'s image': [
    insight({ image: 'Redis Insight' }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'image\' is \'Redis Insight\': it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\'',
    ],
  ],
  'peers that no policy can name': [
    restricted({
      pods: [{ labels: {}, namespaceName: 'Away' }, { labels: { 'my app': 'a' }, namespaceLabels: {} }, { namespaceName: 'a', namespaceLabels: { team: 'b' } }, 'web'],
      networks: ['10.0.0.1'],
    }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'access.pods[0].labels\' is {}, which selects nothing in particular: leave it out to mean all pods there',
      '\'access.pods[0].namespaceName\' is \'Away\': it takes the name of a namespace, which is made of lower case letters, digits and \'-\', at most 63 characters',
      '\'access.pods[1].labels\' has the key \'my app\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit, with an optional DNS name and \'/\' before them',
      '\'access.pods[1].namespaceLabels\' is {}, which selects nothing in particular: leave it out to mean one namespace, or give a label that all of them have',
      '\'access.pods[2]\' has both \'namespaceName\' and \'namespaceLabels\': leave one of them out',
      '\'access.pods[3]\' is \'web\': it takes pods, such as { labels: { app: \'exporter\' }, namespaceName: \'monitoring\' }',
      '\'access.networks\' has \'10.0.0.1\': it takes networks such as \'203.0.113.0/24\'',
    ],
  ],
  'peers that are no lists': [
    restricted({ pods: 'web', networks: '10.0.0.0/8' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'access.pods\' is \'web\': it takes a list, such as [{ labels: { app: \'exporter\' } }]',
      '\'access.networks\' is \'10.0.0.0/8\': it takes a list, such as [\'203.0.113.0/24\']',
    ],
  ],
  'peers of a console that are a text': [
    insight({ exposure: RedisExposure.clusterIp({ allowFrom: 'ingress-nginx' as any }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.allowFrom\' is \'ingress-nginx\': it takes an object of properties',
    ],
  ],
  'an empty list of networks': [
    insight({ exposure: RedisExposure.loadBalancer({ sourceRanges: [] }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.sourceRanges\' is empty, which would let everybody in: say [\'0.0.0.0/0\'] if that is what you want',
    ],
  ],
  'a network without a length': [
    insight({ exposure: RedisExposure.loadBalancer({ sourceRanges: ['10.0.0.0', '300.0.0.0/8'] }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.sourceRanges\' has \'10.0.0.0\': it takes networks such as \'203.0.113.0/24\'',
      '\'exposure.sourceRanges\' has \'300.0.0.0/8\': it takes networks such as \'203.0.113.0/24\'',
    ],
  ],
  'a port above the last': [
    insight({ exposure: RedisExposure.clusterIp({ port: 65536 }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.port\' is 65536: it takes a whole number from 1 to 65535',
    ],
  ],
  'a host with a scheme': [
    insight({ exposure: RedisExposure.ingress({ host: 'https://redis.example.com' }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.host\' is \'https://redis.example.com\': it takes the name of a host, such as \'redis.example.com\'',
    ],
  ],
  'a path without a slash': [
    insight({ exposure: RedisExposure.ingress({ host: 'redis.example.com', path: 'redis' }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.path\' is \'redis\': it takes a path such as \'/redis\'',
    ],
  ],
  'an encryption key in no Secret': [
    insight({ encryptionKey: { secretName: '', key: 'key' } }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'encryptionKey.secretName\' is \'\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a claim of the console that goes with it': [
    insight({ storage: RedisStorage.volume({ retention: RedisClaimRetention.DELETE }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'retention\' is \'Delete\', which Kubernetes knows for StatefulSets only, and this claim is that of a Deployment: leave it out',
    ],
  ],
  'a LonghornRedis that keeps nothing': [
    longhorn({ persistence: RedisPersistence.none() }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'persistence\' is none, but a LonghornRedis is there to keep data: take a RedisStandalone',
    ],
  ],
  'a LonghornRedis with another volume': [
    longhorn({ persistence: RedisPersistence.aof({ size: GI(1) }) }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'persistence\' has a volume, but a LonghornRedis makes its own: say its size in \'size\'',
    ],
  ],
  'a recurring job that keeps nothing': [
    longhorn({ snapshots: { schedule: Cron.daily(), retain: 0 } }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'snapshots.retain\' is 0: it takes a whole number from 1 to 100',
    ],
  ],
  'a recurring job with a long name': [
    longhorn({ name: long(40), snapshots: { schedule: Cron.daily() } }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      'the recurring job \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-snapshot\' has a name of 49 characters, and Longhorn takes 40: give a shorter \'name\'',
    ],
  ],
  'a volume of Longhorn that is too small': [
    longhorn({ size: MI(64), resources: { memory: MI(512) } }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'persistence\' has a volume of 64Mi, but with a maxmemory of 307.2Mi its files need 921.6Mi (3 times as much, while they are written anew): enlarge \'size\' or lower \'resources.memory\'',
    ],
  ],
  'a claim of Longhorn that is no name': [
    longhorn({ claimName: 'My Claim' }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'claimName\' is \'My Claim\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'an existing Redis with a scheme': [
    () => Redis.fromAttributes({ host: 'redis://example.com' }),
    'Redis.fromAttributes \'redis://example.com\' cannot be made:',
    [
      '\'host\' is \'redis://example.com\': it takes the name or address of a host, without a port or scheme',
    ],
  ],
  'an existing Redis at port 0': [
    () => Redis.fromAttributes({ host: 'example.com', port: 0 }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'port\' is 0: it takes a whole number from 1 to 65535',
    ],
  ],
  'an existing Redis whose Secret has no name': [
    () => Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('') }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'auth.secretName\' is \'\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'an existing Redis with a user and no password': [
    () => Redis.fromAttributes({ host: 'example.com', username: 'shop' }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'username\' is \'shop\', but \'auth\' has no password: leave it out, or give the password of this user, RedisAuth.password()',
    ],
  ],
  'an existing Redis whose user has no name': [
    () => Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('redis-secret'), username: '' }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'username\' is \'\': it takes the name of a user, without blanks and control characters',
    ],
  ],
  'an existing Redis whose user has a blank in its name': [
    () => Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('redis-secret'), username: 'my shop' }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'username\' is \'my shop\': it takes the name of a user, without blanks and control characters',
    ],
  ],
  'an existing Redis whose user has a control character in its name': [
    () => Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('redis-secret'), username: 'shop\u0000' }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'username\' is \'shop\u0000\': it takes the name of a user, without blanks and control characters',
    ],
  ],
  'an existing Redis whose user is null': [
    () => Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('redis-secret'), username: null as any }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'username\' is null: it takes the name of a user, without blanks and control characters',
    ],
  ],
  'labels that are a text': [
    standalone({ labels: 'team' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels\' is \'team\': it takes keys and their values, such as { team: \'shop\' }',
    ],
  ],
  'labels without text': [
    standalone({ labels: { a: 1, b: undefined, c: null } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels.a\' is 1: it takes text, such as \'1\'',
      '\'labels.b\' is undefined: it takes text',
      '\'labels.c\' is null: it takes text',
    ],
  ],
  'labels that the library sets': [
    standalone({ labels: { 'app.kubernetes.io/name': 'mine', 'app.kubernetes.io/managed-by': 'me', 'app.kubernetes.io/part-of': 'shop' } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels\' has the key \'app.kubernetes.io/name\', which the library sets itself: leave it out, or use a key of your own',
      '\'labels\' has the key \'app.kubernetes.io/managed-by\', which the library sets itself: leave it out, or use a key of your own',
    ],
  ],
  'labels of a claim that the library sets': [
    stored(RedisStorage.volume({ labels: { 'app.kubernetes.io/instance': 'mine' } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.labels\' has the key \'app.kubernetes.io/instance\', which the library sets itself: leave it out, or use a key of your own',
    ],
  ],
  'a host label without text': [
    standalone({ scheduling: { nodeSelector: { a: null } } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.nodeSelector.a\' is null: it takes text',
    ],
  ],
  'annotations without text': [
    stored(RedisStorage.volume({ annotations: { a: 5 } as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.annotations.a\' is 5: it takes text, such as \'5\'',
    ],
  ],
  'annotations that are a list': [
    insight({ exposure: RedisExposure.clusterIp({ annotations: ['a'] as any }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.annotations\' is ["a"]: it takes keys and their values, such as { team: \'shop\' }',
    ],
  ],
  'a name that is no text': [
    standalone({ name: 5 }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is 5: it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
    ],
  ],
  'a password without a Secret': [
    standalone({ auth: RedisAuth.password(undefined as any) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'auth.secretName\' is undefined: it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'pull secrets that are a text': [
    standalone({ image: RedisImage.official('8.6.3', { pullSecrets: 'abc' as any }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.pullSecrets\' is \'abc\': it takes a list, such as [\'my-secret\']',
    ],
  ],
  'a pull secret that is nothing': [
    standalone({ image: RedisImage.official('8.6.3', { pullSecrets: [undefined as any] }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.pullSecrets[0]\' is undefined: it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'a pull policy that is none': [
    standalone({ image: RedisImage.official('8.6.3', { pullPolicy: 'Sometimes' as any }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.pullPolicy\' is \'Sometimes\': it takes one of Always, IfNotPresent, Never',
    ],
  ],
  'a tag that is a number': [
    standalone({ image: RedisImage.official(8.6 as any) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'8.6\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
    ],
  ],
  'no tag': [
    standalone({ image: (RedisImage as any).official() }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has no version: say which Redis is inside, such as RedisImage.of(reference, { version: \'8.6.3\' })',
      '\'image\' is \'redis:\': it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\'',
    ],
  ],
  'an image without options': [
    standalone({ image: (RedisImage as any).of('x/y:1') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has no version: say which Redis is inside, such as RedisImage.of(reference, { version: \'8.6.3\' })',
    ],
  ],
  'an image that is nothing': [
    standalone({ image: RedisImage.of(undefined as any, { version: '8.6.3' }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' is undefined: it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\'',
    ],
  ],
  'an image and how it is pulled, both wrong': [
    standalone({ image: RedisImage.of('a//b::c:d', { version: '8', pullPolicy: 'Never!' as any }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'8\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
      '\'image\' is \'a//b::c:d\': it takes the reference of an image, such as \'registry.example.com/redis:8.6.3\'',
      '\'image.pullPolicy\' is \'Never!\': it takes one of Always, IfNotPresent, Never',
    ],
  ],
  'options of an image that are a text': [
    standalone({ image: RedisImage.official('8.6.3', 'Always' as any) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.options\' is \'Always\': it takes an object of properties',
    ],
  ],
  'a hole that is none': [
    standalone({ image: RedisImage.official('8.2.2', { accept: ['CVE-2025-62507', 'CVE-1', 5 as any] }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.accept[1]\' is \'CVE-1\', which is no known hole of Redis 8.2.2: it takes one of CVE-2025-62507, CVE-2026-23479, CVE-2026-23631, CVE-2026-25243, '
        + 'CVE-2026-66373, CVE-2026-81934; leave it out',
      '\'image.accept[2]\' is 5, which is no known hole of Redis 8.2.2: it takes one of CVE-2025-62507, CVE-2026-23479, CVE-2026-23631, CVE-2026-25243, '
        + 'CVE-2026-66373, CVE-2026-81934; leave it out',
    ],
  ],
  'a hole that an upgrade has closed': [
    standalone({ image: RedisImage.official('8.6.6-alpine', { accept: ['CVE-2026-66373'] }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.accept[0]\' is \'CVE-2026-66373\', which is no known hole of Redis 8.6.6: none is known; leave it out',
    ],
  ],
  'holes that are a text': [
    standalone({ image: RedisImage.of('x/y:1', { version: '8.0.2', accept: 'CVE-2025-49844' as any }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image.accept\' is \'CVE-2025-49844\': it takes a list, such as [\'CVE-2025-49844\']',
    ],
  ],
  'a hole in an image without a version': [
    standalone({ image: RedisImage.official('latest', { accept: ['CVE-2025-49844'] }) }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'image\' has the version \'latest\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
    ],
  ],
  'resources that are a text': [
    insight({ resources: '1Gi' }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'resources\' is \'1Gi\': it takes an object of properties',
    ],
  ],
  'memory that is a text': [
    insight({ resources: { memory: '1Gi' } }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'resources.memory\' is \'1Gi\': it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'memory that is nothing': [
    insight({ resources: { memory: null } }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'resources.memory\' is null: it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'CPU that is a text': [
    standalone({ resources: { cpu: '1', cpuLimit: '2' } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'resources.cpu\' is \'1\': it takes CPU cores from 0.001 to 1024',
      '\'resources.cpuLimit\' is \'2\': it takes CPU cores from 0.001 to 1024',
    ],
  ],
  'a volume\'s size that is a text': [
    stored(RedisStorage.volume({ size: '5Gi' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.size\' is \'5Gi\': it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'a size that is a text': [
    persistent(RedisPersistence.aof({ size: 5 as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.size\' is 5: it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'a size that is a text, with a maxmemory': [
    persistent(RedisPersistence.aof({ size: '5Gi' as any }), { config: { maxMemory: MI(64) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.size\' is \'5Gi\': it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'a size of Longhorn that is a text': [
    longhorn({ size: '5Gi' }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'size\' is \'5Gi\': it takes a Size, such as Size.mebibytes(256)',
    ],
  ],
  'a volume that is a text': [
    persistent(RedisPersistence.aof({ storage: '5Gi' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage\' is \'5Gi\': it takes a RedisStorage, such as RedisStorage.volume()',
    ],
  ],
  'options of a volume that are a text': [
    stored(RedisStorage.volume('5Gi' as any)),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.options\' is \'5Gi\': it takes an object of properties',
    ],
  ],
  'options of persistence that are a text': [
    persistent(RedisPersistence.aof('5Gi' as any)),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.options\' is \'5Gi\': it takes an object of properties',
    ],
  ],
  'a claim that is nothing': [
    stored((RedisStorage as any).existingClaim()),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.claimName\' is \'\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
    ],
  ],
  'save rules that are no list': [
    persistent(RedisPersistence.rdb({ saveRules: 'hourly' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules\' is \'hourly\': it takes a list, such as [{ after: Duration.minutes(5), changes: 100 }]',
    ],
  ],
  'a save rule that is nothing': [
    persistent(RedisPersistence.rdb({ saveRules: [undefined as any] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules[0]\' is undefined: it takes a rule, such as { after: Duration.minutes(5), changes: 100 }',
    ],
  ],
  'a save rule of a number': [
    persistent(RedisPersistence.aof({ saveRules: [{ after: 60 as any, changes: '1' as any }] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules[0].after\' is 60: it takes a Duration, such as Duration.minutes(5)',
      '\'persistence.saveRules[0].changes\' is \'1\': it takes a whole number from 1 to 2147483647',
    ],
  ],
  'snapshots that are never saved': [
    persistent(RedisPersistence.rdb({ saveRules: [] })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.saveRules\' is empty, so nothing would be saved: take RedisPersistence.none(), or leave it out',
    ],
  ],
  'an unknown fsync': [
    persistent(RedisPersistence.aof({ fsync: 'sometimes' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.fsync\' is \'sometimes\': it takes one of always, everysec, no',
    ],
  ],
  'an unknown access mode and retention': [
    stored(RedisStorage.volume({ accessMode: 'ReadWriteMany' as any, retention: 'Keep' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.accessMode\' is \'ReadWriteMany\': it takes one of ReadWriteOnce, ReadWriteOncePod',
      '\'persistence.storage.retention\' is \'Keep\': it takes one of Retain, Delete',
    ],
  ],
  'an unknown effect of a taint': [
    standalone({ scheduling: { tolerations: [{ key: 'a', effect: 'NoWay' }] } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.tolerations[0].effect\' is \'NoWay\': it takes one of NoSchedule, PreferNoSchedule, NoExecute',
    ],
  ],
  'a value that no taint has': [
    standalone({ scheduling: { tolerations: [{ key: 'a', value: 'b c' }, { key: 'a', value: 1 }] } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.tolerations[0].value\' is \'b c\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit',
      '\'scheduling.tolerations[1].value\' is 1: it takes text, such as \'1\'',
    ],
  ],
  'a toleration that is nothing': [
    standalone({ scheduling: { tolerations: [undefined] } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.tolerations[0]\' is undefined: it takes a toleration, such as { key: \'dedicated\' }',
    ],
  ],
  'tolerations that are no list': [
    standalone({ scheduling: { tolerations: 'all' } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling.tolerations\' is \'all\': it takes a list, such as [{ key: \'dedicated\' }]',
    ],
  ],
  'scheduling that is a text': [
    standalone({ scheduling: 'node-1' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling\' is \'node-1\': it takes an object of properties',
    ],
  ],
  'a configuration that is a text': [
    config('hz 20'),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config\' is \'hz 20\': it takes an object of properties',
    ],
  ],
  'directives that are a text': [
    extra('hz 20' as any),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' is \'hz 20\': it takes an object of properties',
    ],
  ],
  'a directive that is an object': [
    config({ hz: { a: 1 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.hz\' is {"a":1}: it takes a whole number from 1 to 500',
    ],
  ],
  'Longhorn\'s locality and policy': [
    stored(RedisStorage.longhorn({ ownClass: { dataLocality: 'local' as any, reclaimPolicy: 'Keep' as any } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.dataLocality\' is \'local\': it takes one of disabled, best-effort, strict-local',
      '\'persistence.storage.ownClass.reclaimPolicy\' is \'Keep\': it takes one of Retain, Delete',
    ],
  ],
  'Longhorn\'s own class': [
    stored(RedisStorage.longhorn({ ownClass: { name: 'longhorn' } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.name\' is \'longhorn\', which is the class that Longhorn installs: choose another name',
    ],
  ],
  'a class of Longhorn that is a text': [
    stored(RedisStorage.longhorn({ ownClass: 'fast' as any })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass\' is \'fast\': it takes an object of properties',
    ],
  ],
  'a group of recurring jobs that is too long': [
    stored(RedisStorage.longhorn({ ownClass: { recurringJobGroup: long(64) } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.recurringJobGroup\' is \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', the first and the last a letter or digit',
    ],
  ],
  'a group of recurring jobs without a name': [
    stored(RedisStorage.longhorn({ ownClass: { recurringJobGroup: '' } })),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'persistence.storage.ownClass.recurringJobGroup\' is \'\': it takes the name of a group, such as \'nightly\'',
    ],
  ],
  'a key that begins with two dots': [
    standalone({ auth: RedisAuth.password('secret', '..a') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'auth.key\' is \'..a\': it takes a key of a Secret, which is made of letters, digits, \'-\', \'_\' and \'.\', but is not \'.\' and does not begin with \'..\'',
    ],
  ],
  'a key that is a dot': [
    standalone({ auth: RedisAuth.password('secret', '.') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'auth.key\' is \'.\': it takes a key of a Secret, which is made of letters, digits, \'-\', \'_\' and \'.\', but is not \'.\' and does not begin with \'..\'',
    ],
  ],
  'an encryption key of nothing': [
    insight({ encryptionKey: {} }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'encryptionKey.secretName\' is undefined: it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
      '\'encryptionKey.key\' is undefined: it takes a key of a Secret, which is made of letters, digits, \'-\', \'_\' and \'.\', but is not \'.\' and does not begin with \'..\'',
    ],
  ],
  'an encryption key that is a text': [
    insight({ encryptionKey: 'key' }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'encryptionKey\' is no reference: it takes the names of a Secret and of a key, { secretName, key }',
    ],
  ],
  'an Ingress without options': [
    insight({ exposure: (RedisExposure as any).ingress() }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.host\' is undefined: it takes the name of a host, such as \'redis.example.com\'',
    ],
  ],
  'an Ingress without a host': [
    insight({ exposure: RedisExposure.ingress({} as any) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.host\' is undefined: it takes the name of a host, such as \'redis.example.com\'',
    ],
  ],
  'an address for a host': [
    insight({ exposure: RedisExposure.ingress({ host: '10.0.0.1' }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.host\' is \'10.0.0.1\': it takes the name of a host, such as \'redis.example.com\'',
    ],
  ],
  'a path with dots': [
    insight({ exposure: RedisExposure.ingress({ host: 'a.b', path: '/a/../b' }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.path\' is \'/a/../b\': it takes a path such as \'/redis\'',
    ],
  ],
  'a path that is a number': [
    insight({ exposure: RedisExposure.ingress({ host: 'a.b', path: 5 as any }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.path\' is 5: it takes a path such as \'/redis\'',
    ],
  ],
  'networks that Kubernetes does not take': [
    insight({ exposure: RedisExposure.loadBalancer({ sourceRanges: ['fe80::1%eth0/64', '10.0.0.0/08', undefined as any] }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.sourceRanges\' has \'fe80::1%eth0/64\': it takes networks such as \'203.0.113.0/24\'',
      '\'exposure.sourceRanges\' has \'10.0.0.0/08\': it takes networks such as \'203.0.113.0/24\'',
      '\'exposure.sourceRanges\' has undefined: it takes networks such as \'203.0.113.0/24\'',
    ],
  ],
  'networks that are no list': [
    insight({ exposure: RedisExposure.loadBalancer({ sourceRanges: '10.0.0.0/8' as any }) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.sourceRanges\' is \'10.0.0.0/8\': it takes a list, such as [\'203.0.113.0/24\']',
    ],
  ],
  'options of an exposure that are a text': [
    insight({ exposure: RedisExposure.loadBalancer('all' as any) }),
    'RedisInsight \'test/ui\' cannot be made:',
    [
      '\'exposure.options\' is \'all\': it takes an object of properties',
    ],
  ],
  'what a stop saves': [
    extra({ 'shutdown-on-sigterm': 'nosave' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.extraDirectives\' cannot set \'shutdown-on-sigterm\': use \'persistence\'',
    ],
  ],
  'an existing Redis without attributes': [
    () => (Redis as any).fromAttributes(),
    'Redis.fromAttributes undefined cannot be made:',
    [
      '\'host\' is undefined: it takes the name or address of a host, without a port or scheme',
    ],
  ],
  'an existing Redis without a host': [
    () => Redis.fromAttributes({} as any),
    'Redis.fromAttributes undefined cannot be made:',
    [
      '\'host\' is undefined: it takes the name or address of a host, without a port or scheme',
    ],
  ],
  'an existing Redis with its port in the host': [
    () => Redis.fromAttributes({ host: 'redis.example.com:6379' }),
    'Redis.fromAttributes \'redis.example.com:6379\' cannot be made:',
    [
      '\'host\' is \'redis.example.com:6379\': it takes the name or address of a host, without a port or scheme',
    ],
  ],
  'an existing Redis with a password as text': [
    () => Redis.fromAttributes({ host: 'example.com', port: '6379' as any, auth: 'hunter2' as any }),
    'Redis.fromAttributes \'example.com\' cannot be made:',
    [
      '\'port\' is \'6379\': it takes a whole number from 1 to 65535',
      '\'auth\' is no RedisAuth: it takes RedisAuth.none() or the name of a Secret, such as RedisAuth.password(\'redis-password\')',
    ],
  ],
  'scheduling that is null': [
    standalone({ scheduling: null }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'scheduling\' is null: it takes an object of properties',
    ],
  ],
  'labels that are null': [
    standalone({ labels: null }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels\' is null: it takes keys and their values, such as { team: \'shop\' }',
    ],
  ],
  'objects without a prototype': [
    standalone({ labels: { a: Object.create(null) }, config: { hz: Object.create(null) } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'labels.a\' is an object: it takes text',
      '\'config.hz\' is an object: it takes a whole number from 1 to 500',
    ],
  ],
  'options of LonghornRedis of the wrong kinds': [
    longhorn({ ownClass: 'x', size: 5, claimName: 7 }),
    'LonghornRedis \'test/redis\' cannot be made:',
    [
      '\'size\' is 5: it takes a Size, such as Size.mebibytes(256)',
      '\'claimName\' is 7: it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
      '\'ownClass\' is \'x\': it takes an object of properties',
    ],
  ],
  'a buffer limit that is a number': [
    config({ clientOutputBufferLimits: { normal: 5 } }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.clientOutputBufferLimits\' is not right: for \'normal\' it takes a Size',
    ],
  ],
  'wrong kinds in a configuration': [
    config({ clientOutputBufferLimits: 'x', timeout: 5, maxMemory: null, hz: '20' }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'config.clientOutputBufferLimits\' is not right: it takes at least one of \'normal\', \'replica\' and \'pubsub\'',
      '\'config.timeout\' is 5: it takes a Duration',
    ],
  ],
  'several things at once': [
    standalone({ name: 'My_Redis', image: RedisImage.official('latest'), resources: { memory: MI(1) }, config: { hz: 1000 }, auth: RedisAuth.password('') }),
    'RedisStandalone \'test/redis\' cannot be made:',
    [
      '\'name\' is \'My_Redis\': it takes lower case letters, digits and \'-\', begins with a letter and ends with a letter or digit; without \'name\' the construct\'s id is taken',
      '\'image\' has the version \'latest\': it takes a whole version such as \'8.6.3\'; for a tag that says less, use RedisImage.of(reference, { version })',
      '\'resources.memory\' is 1Mi: it takes at least 32Mi, in whole kibibytes',
      '\'auth.secretName\' is \'\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
      '\'config.hz\' is 1000: it takes a whole number from 1 to 500',
    ],
  ],
};

test.each(Object.entries(REFUSALS))('refuses %s', (_, [build, subject, problems]) => {
  let message;
  try {
    build(new Chart(Testing.app(), 'test'));
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toBe([subject, ...problems.map((problem) => `  - ${problem}`)].join('\n'));
});

test('writes nothing when synthesis fails', () => {
  const directory = mkdtempSync(join(tmpdir(), 'refusals-'));
  const outdir = join(directory, 'dist');
  try {
    const run = () => {
      const app = new App({ outdir });
      new RedisStandalone(new Chart(app, 'good'), 'redis');
      new RedisStandalone(new Chart(app, 'bad'), 'redis', { resources: { cpu: -1 } });
      app.synth();
    };
    expect(run).toThrow('\'resources.cpu\' is -1');
    expect(existsSync(outdir) ? readdirSync(outdir) : []).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('writes nothing when a workload has a variable that connect gives it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'refusals-'));
  const containers = [{ name: 'web', image: 'web', env: [{ name: 'REDIS_URL', value: 'mine' }] }];
  const workloads: ((chart: Chart) => IConstruct)[] = [
    (chart) => new ApiObject(chart, 'web', { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec: { containers } } } }),
    (chart) => new kplus.Deployment(chart, 'web', { containers: [{ image: 'web', name: 'web', envVariables: { REDIS_URL: kplus.EnvValue.fromValue('mine') } }] }),
  ];
  try {
    for (const make of workloads) {
      const app = new App({ outdir: directory });
      const redis = new RedisStandalone(new Chart(app, 'first'), 'redis');
      redis.connect(make(new Chart(app, 'second')));
      expect(() => app.synth()).toThrow(/the container 'web' of 'second.web.*' has a variable 'REDIS_URL' of its own/);
      expect(readdirSync(directory)).toEqual([]);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('refuses a console in a namespace where its database has no name', () => {
  const app = Testing.app();
  const redis = new RedisStandalone(new Chart(app, 'here'), 'redis');
  expect(() => new RedisInsight(new Chart(app, 'there', { namespace: 'tools' }), 'ui', { databases: [redis], acceptTerms: true })).toThrow(
    '\'there/ui\' is in the namespace \'tools\', where the name \'redis\' leads nowhere');
});

test('writes nothing when two objects of a chart have one name', () => {
  const directory = mkdtempSync(join(tmpdir(), 'refusals-'));
  try {
    const app = new App({ outdir: directory });
    const chart = new Chart(app, 'chart');
    new RedisStandalone(chart, 'redis');
    new ApiObject(chart, 'own', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'redis' } });
    expect(() => app.synth()).toThrow('\'chart/redis/service\' and \'chart/own\' both make the Service \'redis\': give one of them another name');
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('refuses two constructs of one name in a chart, at the line of the second', () => {
  const chart = Testing.chart();
  new RedisStandalone(chart, 'redis');
  expect(() => new RedisStandalone(chart, 'other', { name: 'redis' })).toThrow(
    '\'test/other\' and \'test/redis\' both need the ConfigMap \'redis-config\' for themselves: give one of them another name');
});

test('takes the longest name that Kubernetes takes', () => {
  expect(() => new RedisStandalone(Testing.chart(), long(52))).not.toThrow();
});

test('refuses two users of one claim, which would destroy its files', () => {
  const persistence = RedisPersistence.aof({ storage: RedisStorage.existingClaim('mine') });
  const chart = Testing.chart();
  new RedisStandalone(chart, 'one', { persistence });
  expect(() => new RedisStandalone(chart, 'two', { persistence })).toThrow(
    '\'test/two\' and \'test/one\' both need the PersistentVolumeClaim \'mine\' for themselves: give one of them another name');
});

test('refuses a bare Pod with the name of a StatefulSet\'s pod', () => {
  const chart = Testing.chart();
  new RedisStandalone(chart, 'redis');
  expect(() => new RedisStandalone(chart, 'redis-0', { controller: RedisController.POD })).toThrow('both need the Pod \'redis-0\' for themselves');
});

test.each<[string, (chart: Chart) => unknown, string]>([
  ['an image that is a text', standalone({ image: 'redis:8' }), '\'image\' is \'redis:8\': it takes a RedisImage, such as RedisImage.official(\'8.6.3\')'],
  ['persistence that is a text', longhorn({ persistence: 'aof' }), '\'persistence\' is \'aof\': it takes a RedisPersistence, such as RedisPersistence.aof()'],
  ['a controller that is none', standalone({ controller: 'Deployment' }), '\'controller\' is \'Deployment\': it takes one of StatefulSet, Pod'],
  ['access that is a text', standalone({ access: 'open' }), '\'access\' is \'open\': it takes a RedisAccess, such as RedisAccess.connected()'],
  ['peers that are a text', restricted('web'), '\'access\' is \'web\': it takes an object of properties'],
  ['resources that are null', standalone({ resources: null }), '\'resources\' is null'],
  ['a minute that no hour has', longhorn({ snapshots: { schedule: Cron.schedule({ minute: '61' }) } }), '\'snapshots.schedule\' has the minute \'61\''],
  ['the name of Longhorn\'s own class', (chart) => new LonghornRedis(chart, 'longhorn', { ownClass: {} }), '\'ownClass\' would get the name \'longhorn\''],
  ['a database that is none', insight({ databases: [undefined], acceptTerms: true }), '\'databases[0]\' is undefined: it takes a Redis, such as'],
  ['an exposure that is a text', insight({ exposure: 'public' }), '\'exposure\' is \'public\': it takes a RedisExposure'],
])('refuses %s before anything is read of it', (_, build, message) => {
  expect(() => build(new Chart(Testing.app(), 'test'))).toThrow(message);
});
