import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Duration, Size } from 'cdk8s';
import * as fc from 'fast-check';
import { RedisServer, redisServers, refusal, start } from './servers';
import { KnownDirective } from '../../src/node/directive-values';
import { checkDirective } from '../../src/node/directives';
import { configContribution, EvictionPolicy, RedisConfig, RedisLogLevel } from '../../src/options/config';
import { describeWith } from '../tools';

const ROOT = join(__dirname, '..', '..');
const TABLE = join(ROOT, 'assets', 'directives.json');
const SEED = 20_250;
const RUNS = 150;

// What a start depends on beside the text of the line, so that the checker cannot know it.
const NEEDS_MORE_THAN_TEXT = [
  'aclfile', 'dir', 'include', 'loadmodule', 'logfile', 'pidfile', 'unixsocket', // files
  'rename-command', 'user', // commands and rules
  'cluster-enabled', 'daemonize', 'port', 'replicaof', 'supervised', 'syslog-enabled', // another mode, or traces outside of the test
  'activedefrag', // the allocator that the binary was built with
];

const entries: KnownDirective[] = JSON.parse(readFileSync(TABLE, 'utf8'));
const testable = entries.filter(({ name }) => !NEEDS_MORE_THAN_TEXT.includes(name) && !name.startsWith('tls-'));

const ODD_VALUES = [
  '', '""', '\'\'', 'yes', 'YES', 'no', '0', '-0', '-1', '1', '3', '007', '+1', '1 2', '1e3', '0x10', '1.5', '10%', '101%', '64mb', '64MB', '1.5gb', '-64mb',
  '64 mb', 'kb', '"10"', '"10', '10"', '"a"b', 'a"b c"', '\'a b\'', '"a\\"b"', '\\', '"\\x41"', '"\\n"', '# x', '10 # x', '2147483647', '2147483648',
  '9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616', '17179869184gb', '900 1', '"900 1"', '900 1 300',
  '0 200 800', '0 200 8000', 'normal 0 0 0', 'replica 1gb 1mb 60 pubsub 0 0 0', 'normal 0 0', 'master 0 0 0', 'KEA', 'Kq', '50 99.9', '101', '127.0.0.1 -::1',
  '{title}', '{title} x', '{nope}', '{', 'save nosave', 'save force', 'C', 'xx_YY', 'a/b', 'a_b', 'é',
];

function valuesOf({ choices = [], later = {}, min, max, default: usual }: KnownDirective): fc.Arbitrary<string> {
  const around = [min, max].filter((bound) => bound !== undefined).flatMap((bound) => [-1n, 0n, 1n].map((step) => String(BigInt(bound) + step)));
  const own = [...choices, ...Object.values(later).flat(), ...around, ...(usual ? [usual] : [])];
  const inside = min !== undefined && max !== undefined ? [fc.bigInt(BigInt(min), BigInt(max)).map(String)] : [];
  const likely = own.length > 0 ? [fc.constantFrom(...own)] : [];
  return fc.oneof(fc.constantFrom(...ODD_VALUES, ...own), ...likely, ...inside, fc.string({ maxLength: 12 }));
}

const line = fc.constantFrom(...testable).chain((entry) => valuesOf(entry).map((value) => ({ name: entry.name, value })));

/** The lines that Redis refuses. One start tells for all when there are none; shrinking would start thousands of servers. */
function culprits(server: RedisServer, lines: readonly string[]): string[] {
  const together = refusal(server, lines);
  if (together === undefined) return [];
  const alone = lines.filter((each) => refusal(server, [each]) !== undefined);
  return alone.length > 0 ? alone : [`together: ${together}`, ...lines];
}

describeWith('redis-server', 'the table of directives', () => {
  const servers = redisServers();
  const complete = ['8.0.', '8.6.'].every((minor) => servers.some(({ version }) => version.startsWith(minor)));

  (complete ? test : test.skip)('is what redis-server 8.0 and 8.6 say', () => {
    const directory = mkdtempSync(join(tmpdir(), 'directives-'));
    try {
      execFileSync(process.execPath, [join(ROOT, 'scripts', 'derive-directives.mjs'), join(directory, 'derived.json')]);
      expect(readFileSync(join(directory, 'derived.json'), 'utf8')).toBe(readFileSync(TABLE, 'utf8'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 120_000);

  test.each(servers)(`lets nothing through that Redis $version refuses (seed ${SEED})`, (server) => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(fc.property(fc.array(line, { minLength: 20, maxLength: 40 }), (lines) => {
      const accepted = lines.filter(({ name, value }) => checkDirective(name, value, server.version) === undefined);
      seen.accepted += accepted.length;
      seen.refused += lines.length - accepted.length;
      expect(culprits(server, accepted.map(({ name, value }) => `${name} ${value}`))).toEqual([]);
    }), { seed: SEED, numRuns: RUNS, endOnFailure: true });
    expect(seen.accepted).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(500);
  }, 300_000);

  test.each(servers)('takes every default of Redis $version', (server) => {
    const has = (since: string) => since === '8.0' || !server.version.startsWith('8.0');
    const usual = testable.filter(({ default: value, since, refused }) => value !== undefined && !refused && has(since));
    const lines = usual.map(({ name, kind, default: value }) => ({ name, value: kind === 'text' ? `"${value}"` : value || '""' }));
    expect(lines.map(({ name, value }) => checkDirective(name, value, server.version)).filter(Boolean)).toEqual([]);
    expect(refusal(server, lines.map(({ name, value }) => `${name} ${value}`))).toBeUndefined();
  });

  test.each(servers)('of typed properties reaches a running Redis $version', async (server) => {
    const config: RedisConfig = {
      maxMemory: Size.mebibytes(100), maxMemoryPolicy: EvictionPolicy.ALLKEYS_LFU, maxClients: 100, timeout: Duration.minutes(2),
      hz: 20, dynamicHz: false,
      slowlogLogSlowerThan: Duration.millis(0.5), latencyMonitorThreshold: Duration.seconds(1.5), lfuDecayTime: Duration.minutes(3),
      notifyKeyspaceEvents: 'Ex', logLevel: RedisLogLevel.WARNING, hashMaxListpackValue: 128, replBacklogSize: Size.kibibytes(2048.5),
      clientOutputBufferLimits: { pubsub: { hard: Size.mebibytes(2), soft: Size.kibibytes(512), softFor: Duration.seconds(30) } },
      extraDirectives: { 'proc-title-template': '"{title} x"', 'latency-tracking-info-percentiles': '50 90' },
    };
    const { directives = [], problems } = configContribution(config, server.version);
    expect(problems).toEqual([]);
    const redis = await start(server, directives.map(({ name, value }) => `${name} ${value}`));
    try {
      const told = (name: string) => redis.cli('CONFIG', 'GET', name).split('\n')[1];
      expect(Object.fromEntries(directives.map(({ name }) => [name, told(name)]))).toEqual({
        'maxmemory': '104857600', 'maxmemory-policy': 'allkeys-lfu', 'maxclients': '100', 'timeout': '120', 'hz': '20', 'dynamic-hz': 'no',
        'slowlog-log-slower-than': '500', 'latency-monitor-threshold': '1500', 'lfu-decay-time': '3', 'notify-keyspace-events': 'xE',
        'loglevel': 'warning', 'hash-max-listpack-value': '128', 'repl-backlog-size': '2097664',
        'client-output-buffer-limit': 'normal 0 0 0 slave 268435456 67108864 60 pubsub 2097152 524288 30',
        'proc-title-template': '{title} x', 'latency-tracking-info-percentiles': '50 90',
      });
    } finally {
      await redis.stop();
    }
  });
});
