import { splitArguments } from '../../src/node/arguments';
import { ownerOf } from '../../src/node/directive-owners';
import { checkDirective, nearest, needsRestart } from '../../src/node/directives';

test.each([
  ['hz', '20'], ['save', '""'], ['save', '3600 1 300 100'], ['save', '"900 1"'], ['appendonly', 'yes'], ['maxmemory', '64mb'], ['maxmemory', '0'],
  ['maxmemory-clients', '5%'], ['maxmemory-clients', '1gb'], ['notify-keyspace-events', 'KEA'], ['notify-keyspace-events', '""'],
  ['client-output-buffer-limit', 'replica 1gb 256mb 60 pubsub 0 0 0'], ['oom-score-adj-values', '0 200 800'], ['bind', '* -::*'], ['replicaof', 'no one'],
  ['shutdown-on-sigterm', 'save force'], ['latency-tracking-info-percentiles', '50 99.9'], ['proc-title-template', '"{title} x"'],
  ['slowlog-log-slower-than', '-1'], ['logfile', '""'], ['masterauth', '"with space"'], ['unixsocketperm', '770'], ['loglevel', 'NOTICE'],
])('%s %s is taken', (name, value) => {
  expect(checkDirective(name, value, '8.6.3')).toBeUndefined();
});

test.each([
  ['hz', 'fast', '\'hz\' is \'fast\': it takes a whole number from 1 to 500'],
  ['hz', '501', '\'hz\' is \'501\': it takes a whole number from 1 to 500'],
  ['hz', '020', '\'hz\' is \'020\': it takes a whole number from 1 to 500'],
  ['hz', '20 # often', '\'hz\' is \'20 # often\': it takes a whole number from 1 to 500'],
  ['hz', '', '\'hz\' is \'\': an empty value is written as ""'],
  ['timeout', '5s', '\'timeout\' is \'5s\': it takes a whole number of seconds from 0 to 2147483647'],
  ['appendonly', 'true', '\'appendonly\' is \'true\': it takes yes or no'],
  ['loglevel', 'loud', '\'loglevel\' is \'loud\': it takes one of debug, verbose, notice, warning, nothing'],
  ['maxmemory', '1.5gb', '\'maxmemory\' is \'1.5gb\': it takes a size such as 64mb, from 0 to 18446744073709551615 bytes'],
  ['maxmemory-clients', '101%', '\'maxmemory-clients\' is \'101%\': it takes a size such as 64mb, up to 9223372036854775807 bytes, or a percentage from 0% to 100%'],
  ['unixsocketperm', '888', '\'unixsocketperm\' is \'888\': it takes an octal number from 0 to 777'],
  ['notify-keyspace-events', 'KQ', '\'notify-keyspace-events\' is \'KQ\': it takes letters out of Ag$lshzxeKEtmdn, or "" for none'],
  ['save', '900', '\'save\' is \'900\': it takes pairs of seconds and changes, such as 3600 1, or "" for none'],
  ['shutdown-on-sigterm', 'save nosave', '\'shutdown-on-sigterm\' is \'save nosave\': it takes one or more of default, save, nosave, now, force, but not save and nosave at once'],
  ['masterauth', 'two words', '\'masterauth\' is \'two words\': it takes one argument: put it into quotes where it has spaces'],
  ['masterauth', '"open', '\'masterauth\' is \'"open\': its quotes are not balanced'],
  ['masterauth', 'x\nrequirepass y', '\'masterauth\' has a line break or another control character in its value'],
  ['masterauth', 'x\0', '\'masterauth\' has a line break or another control character in its value'],
  ['maxmemry', '1', '\'maxmemry\' is no directive of Redis 8.6.3: did you mean \'maxmemory\'?'],
  ['HZ', '20', '\'HZ\' is no directive of Redis 8.6.3: did you mean \'hz\'?'],
  ['constructor', '1', '\'constructor\' is no directive of Redis 8.6.3'],
  ['slave-priority', '1', '\'slave-priority\' is an old name: use \'replica-priority\''],
  ['lua-replicate-commands', 'yes', '\'lua-replicate-commands\' cannot be set: Redis 8 ignores it, so leave it out'],
  ['watchdog-period', '1', '\'watchdog-period\' cannot be set: it is for the tests of Redis itself'],
])('%s %j is refused', (name, value, message) => {
  expect(checkDirective(name, value, '8.6.3')).toBe(message);
});

test.each([['8.0.2', false], ['8.2.1', false], ['8.4.0', false], ['8.6.0', true], ['8.10.0', true], ['9.0.0', true]])('what came with 8.6 is taken by %s: %s', (version, taken) => {
  expect(checkDirective('lookahead', '8', version)).toBe(taken ? undefined : `'lookahead' needs Redis 8.6 or newer, the image has ${version}`);
  expect(checkDirective('maxmemory-policy', 'allkeys-lrm', version))
    .toBe(taken ? undefined : `'maxmemory-policy' is 'allkeys-lrm': this needs Redis 8.6 or newer, the image has ${version}`);
});

test.each([
  ['', []], ['  a  b ', ['a', 'b']], ['"a b" c', ['a b', 'c']], ['\'a b\'', ['a b']], ['""', ['']], ['a"b c"', ['ab c']], ['"a\\"b"', ['a"b']], ['\'a\\\'b\'', ['a\'b']],
  ['"\\x41\\n"', ['A\n']], ['\\n', ['\\n']], ['"a"b', undefined], ['"a', undefined], ['\'a', undefined], ['"a\\"', undefined],
])('%j splits as Redis does', (text, words) => {
  expect(splitArguments(text)).toEqual(words);
});

test('only what a running Redis cannot take over needs a restart, and so does what nobody knows', () => {
  expect(['databases', 'io-threads', 'dir', 'dbfilename', 'unheard-of'].filter(needsRestart)).toHaveLength(5);
  expect(['maxmemory', 'hz', 'save', 'appendonly'].filter(needsRestart)).toEqual([]);
});

test('the nearest name is found where there is one', () => {
  expect(nearest('maxmemory_policy')).toBe('maxmemory-policy');
  expect(nearest('')).toBeUndefined();
  expect(nearest('x'.repeat(10_000))).toBeUndefined();
});

test.each([
  ['save', 'use \'persistence\''], ['requirepass', 'use \'auth\''], ['cluster-node-timeout', 'it belongs to RedisCluster'],
  ['replicaof', 'it belongs to RedisReplication'], ['tls-port', 'use \'tls\''],
  ['daemonize', 'it is fixed, because in a container Redis must stay in the foreground'], ['lookahead', undefined], ['constructor', undefined],
  ['replica-priority', 'it is fixed, because the scripts note in it who may take over from a master'],
])('the owner of %s is named', (name, owner) => {
  expect(ownerOf(name)).toBe(owner);
});
