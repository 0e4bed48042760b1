import { readFileSync } from 'fs';
import { join } from 'path';
import { Duration, Size } from 'cdk8s';
import { findDirective } from '../../src/node/directives';
import { configContribution, EvictionPolicy, RedisConfig, RedisLogLevel } from '../../src/options/config';
import { TYPED_PROPERTIES } from '../../src/options/config-directives';

const limit = { hard: Size.mebibytes(2), soft: Size.mebibytes(1), softFor: Duration.minutes(1) };

function lines(config: RedisConfig, version = '8.6.3'): string[] {
  const { directives = [], problems: found } = configContribution(config, version);
  expect(found).toEqual([]);
  return directives.map(({ name, value }) => `${name} ${value}`);
}

function problems(config: object, version = '8.6.3'): readonly string[] {
  return configContribution(config, version).problems ?? [];
}

test('an empty configuration says nothing', () => {
  expect(configContribution({}, '8.6.3')).toEqual({ owner: 'config', directives: [], problems: [] });
});

test.each<[RedisConfig, string]>([
  [{ maxMemory: Size.mebibytes(1.5) }, 'maxmemory 1536kb'],
  [{ maxMemory: Size.kibibytes(0.5) }, 'maxmemory 512'],
  [{ maxMemory: Size.kibibytes(0) }, 'maxmemory 0kb'],
  [{ maxMemoryPolicy: EvictionPolicy.VOLATILE_TTL }, 'maxmemory-policy volatile-ttl'],
  [{ logLevel: RedisLogLevel.VERBOSE }, 'loglevel verbose'],
  [{ timeout: Duration.minutes(5) }, 'timeout 300'],
  [{ busyReplyThreshold: Duration.seconds(1.5) }, 'busy-reply-threshold 1500'],
  [{ slowlogLogSlowerThan: Duration.millis(0.1) }, 'slowlog-log-slower-than 100'],
  [{ lfuDecayTime: Duration.hours(1) }, 'lfu-decay-time 60'],
  [{ activeDefrag: false }, 'activedefrag no'],
  [{ notifyKeyspaceEvents: '' }, 'notify-keyspace-events ""'],
  [{ listMaxListpackSize: -1 }, 'list-max-listpack-size -1'],
  [{ clientOutputBufferLimits: { normal: limit, pubsub: limit } }, 'client-output-buffer-limit normal 2048kb 1024kb 60 pubsub 2048kb 1024kb 60'],
  [{ extraDirectives: { 'repl-diskless-load': 'swapdb' } }, 'repl-diskless-load swapdb'],
])('%j becomes a line of redis.conf', (config, line) => {
  expect(lines(config)).toEqual([line]);
});

test.each<[object, string]>([
  [{ maxClients: 0 }, '\'config.maxClients\' is 0: it takes a whole number from 1 to 1000000'],
  [{ maxClients: NaN }, '\'config.maxClients\' is NaN: it takes a whole number from 1 to 1000000'],
  [{ hz: Infinity }, '\'config.hz\' is Infinity: it takes a whole number from 1 to 500'],
  [{ hz: 1.5 }, '\'config.hz\' is 1.5: it takes a whole number from 1 to 500'],
  [{ maxMemoryPolicy: 'lru' }, '\'config.maxMemoryPolicy\' is \'lru\': it takes one of volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, '
    + 'allkeys-lfu, allkeys-random, noeviction, volatile-lrm, allkeys-lrm'],
  [{ clientQueryBufferLimit: Size.kibibytes(1) }, '\'config.clientQueryBufferLimit\' is 1Ki: it takes a size such as 64mb, from 1048576 to 9223372036854775807 bytes'],
  [{ maxMemory: Size.kibibytes(0.0001) }, '\'config.maxMemory\' is 0.0001Ki: it takes a whole number of bytes'],
  [{ maxMemory: '1gb' }, '\'config.maxMemory\' is \'1gb\': it takes a Size'],
  [{ timeout: Duration.millis(1500) }, '\'config.timeout\' is 1500 milliseconds: it takes a whole number of seconds'],
  [{ timeout: 5 }, '\'config.timeout\' is 5: it takes a Duration'],
  [{ replTimeout: Duration.seconds(0) }, '\'config.replTimeout\' is 0 milliseconds: it takes a whole number of seconds from 1 to 2147483647'],
  [{ activeDefrag: 'yes' }, '\'config.activeDefrag\' is \'yes\': it takes true or false'],
  [{ notifyKeyspaceEvents: 'K\nport 1' }, '\'config.notifyKeyspaceEvents\' is \'K\nport 1\': it takes letters out of Ag$lshzxeKEtmdn, or "" for none'],
  [{ clientOutputBufferLimits: {} }, '\'config.clientOutputBufferLimits\' is not right: it takes at least one of \'normal\', \'replica\' and \'pubsub\''],
  [{ clientOutputBufferLimits: { pubsub: { ...limit, softFor: Duration.millis(1) } } },
    '\'config.clientOutputBufferLimits\' is not right: for \'pubsub\' it takes a whole number of seconds'],
  [{ extraDirectives: { maxmemry: '1' } }, '\'config.extraDirectives\': \'maxmemry\' is no directive of Redis 8.6.3: did you mean \'maxmemory\'?'],
  [{ extraDirectives: { loglevel: 'notice' } }, '\'config.extraDirectives\' cannot set \'loglevel\': use \'config.logLevel\''],
  [{ extraDirectives: { 'maxmemory-policy': 'x' } }, '\'config.extraDirectives\' cannot set \'maxmemory-policy\': use \'config.maxMemoryPolicy\''],
  [{ extraDirectives: { appendonly: 'yes' } }, '\'config.extraDirectives\' cannot set \'appendonly\': use \'persistence\''],
  [{ extraDirectives: { slaveof: 'a 1' } }, '\'config.extraDirectives\': \'slaveof\' is an old name: use \'replicaof\''],
  [{ extraDirectives: { 'tcp-backlog': 20 } }, '\'config.extraDirectives\' has 20 for \'tcp-backlog\': it takes text, such as \'20\''],
  [{ extraDirectives: { 'ignore-warnings': 'x\nport 1' } }, '\'config.extraDirectives\': \'ignore-warnings\' has a line break or another control character in its value'],
])('%j is refused', (config, message) => {
  expect(problems(config)).toEqual([message]);
});

test('an eviction policy of 8.6 is refused by an older image', () => {
  expect(problems({ maxMemoryPolicy: EvictionPolicy.ALLKEYS_LRM }, '8.0.2'))
    .toEqual(['\'config.maxMemoryPolicy\' is \'allkeys-lrm\': this needs Redis 8.6 or newer, the image has 8.0.2']);
});

test('all problems are reported at once, and what is right is kept', () => {
  const { directives, problems: found } = configContribution({ hz: 0, maxClients: 0, databases: 4, extraDirectives: { nope: '1', port: '1' } }, '8.6.3');
  expect(found).toHaveLength(4);
  expect(directives).toEqual([{ name: 'databases', value: '4' }]);
});

test('every typed property stands for a directive of its own that Redis knows', () => {
  const names = Object.values(TYPED_PROPERTIES).map(({ directive }) => directive);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => findDirective(name)?.since !== '8.0' || findDirective(name)?.alias)).toEqual([]);
});

test('every eviction policy of Redis can be named, and no other', () => {
  const { choices = [], later = {} } = findDirective('maxmemory-policy')!;
  expect(Object.values(EvictionPolicy).sort()).toEqual([...choices, ...Object.values(later).flat()].sort());
});

test('the documented defaults are those of Redis', () => {
  const source = readFileSync(join(__dirname, '..', '..', 'src', 'options', 'config.ts'), 'utf8');
  const documented = [...source.matchAll(/@default ([^-].*)\n +\*\/\n +readonly (\w+)\?/g)];
  const wrong = documented.filter(([, text, property]) => {
    const { directive, render } = TYPED_PROPERTIES[property as keyof typeof TYPED_PROPERTIES];
    const rendered = render(valueOf(text));
    return !('value' in rendered) || inBytes(rendered.value) !== findDirective(directive)?.default;
  });
  expect(documented.length).toBeGreaterThan(40);
  expect(wrong.map(([, text, property]) => `${property}: ${text}`)).toEqual([]);
});

/** The value that a `@default` spells as code. */
function valueOf(text: string): unknown {
  const call = /^(Size|Duration)\.(\w+)\((\d+)\)$/.exec(text);
  if (call) return (call[1] === 'Size' ? Size : Duration as any)[call[2]](Number(call[3]));
  const member = /^\w+\.([A-Z_]+)$/.exec(text);
  return member ? { ...EvictionPolicy, ...RedisLogLevel }[member[1] as keyof typeof EvictionPolicy] : JSON.parse(text);
}

function inBytes(value: string): string {
  return value.endsWith('kb') ? String(parseInt(value, 10) * 1024) : value;
}
