#!/usr/bin/env node
// Asks every redis-server on PATH for its directives and writes assets/directives.json, or the file given as argument.
// The binaries decide; what they cannot tell is listed here by hand, with the reason.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve, servers } from './servers.mjs';

// Accepted everywhere, but not in the list of CONFIG GET '*': either for compatibility or for Redis' own tests.
const UNLISTED = ['lua-enable-deprecated-api', 'prefetch-batch-max-size', 'repl-rdb-channel'];
const FOR_TESTS = [
  'aof-disable-auto-gc', 'cluster-ping-interval', 'cluster-slot-migration-max-archived-tasks',
  'cluster-slot-migration-sync-buffer-drain-timeout', 'key-load-delay', 'lazyexpire-nested-arbitrary-keys',
  'loading-process-events-interval-bytes', 'rdb-key-save-delay', 'use-exit-on-panic', 'watchdog-period',
];

// Read before the table of directives, or kept so that old files still load: CONFIG knows none of them.
const BY_HAND = [
  { name: 'include', kind: 'words', arguments: 1 },
  { name: 'loadmodule', kind: 'words' },
  { name: 'rename-command', kind: 'words', arguments: 2 },
  { name: 'user', kind: 'words' },
  { name: 'sentinel', kind: 'words', refused: 'it belongs into the file of a Sentinel' },
  ...['io-threads-do-reads', 'list-max-ziplist-entries', 'list-max-ziplist-value', 'lua-replicate-commands'].map((name) => (
    { name, kind: 'words', refused: 'Redis 8 ignores it, so leave it out' })),
];

// Old names that a rule (slave, ziplist, underscore) does not find.
const OLD_NAMES = { 'lua-time-limit': 'busy-reply-threshold' };

// Bounds that are tighter than what Redis reads, because it does not do what the number says.
const TIGHTER = {
  'hz': { min: '1', max: '500' }, // silently cut to this range
  'maxclients': { max: '1000000' }, // Redis seeks the limit of open files from there in steps of 16: with 4294967295 it does not start for minutes
  'databases': { max: '10000' }, // allocated at start: 2147483647 takes all memory of the host before the first log line
};

// Several arguments on one line. What each takes is checked in src/node/directives.ts.
const WORDS = ['bind', 'client-output-buffer-limit', 'latency-tracking-info-percentiles', 'oom-score-adj-values', 'replicaof', 'save'];
const FLAGS = ['cluster-slot-stats-enabled', 'shutdown-on-sigint', 'shutdown-on-sigterm'];

// The probing server says these three of itself, not of Redis.
const DEFAULTS = { dir: './', port: '6379', unixsocket: '' };

// A bare number does not say what it counts.
const UNITS = {
  bytes: ['aof-load-corrupt-tail-max-size'],
  microseconds: ['slowlog-log-slower-than'],
  milliseconds: ['busy-reply-threshold', 'cluster-node-timeout', 'cluster-ping-interval', 'cluster-slot-migration-write-pause-timeout',
    'latency-monitor-threshold', 'watchdog-period'],
  minutes: ['lfu-decay-time'],
  percent: ['active-defrag-cycle-max', 'active-defrag-cycle-min', 'active-defrag-threshold-lower', 'active-defrag-threshold-upper',
    'auto-aof-rewrite-percentage', 'cluster-compatibility-sample-ratio'],
  seconds: ['min-replicas-max-lag', 'repl-backlog-ttl', 'repl-diskless-sync-delay', 'repl-ping-replica-period', 'repl-timeout',
    'shutdown-timeout', 'stream-idmp-duration', 'tcp-keepalive', 'timeout', 'tls-session-cache-timeout'],
};

const LEAST = '-9223372036854775808';
const MOST = '9223372036854775807';
const MOST_BYTES = '18446744073709551615';
const NONSENSE = 'x-nonsense';

/** The kind and the bounds of a directive, out of what Redis says to bad values. */
function classify(name, complain) {
  if (WORDS.includes(name)) return { kind: 'words' };
  const complaint = complain(name, NONSENSE);
  const listed = /one of the following: (.*)$/.exec(complaint);
  if (listed) return { kind: FLAGS.includes(name) ? 'choices' : 'choice', choices: listed[1].split(', ') };
  const letters = /event class character\. Use '(.*)'/.exec(complaint);
  if (letters) return { kind: 'letters', choices: [...letters[1]] };
  if (complaint.includes("'yes' or 'no'")) return { kind: 'boolean' };
  // A number of bytes above the signed range wraps around, so what is bounded there is found with the largest unsigned one.
  if (complaint.includes('memory or percent')) return { kind: 'memory-or-percent', min: '0', max: MOST };
  if (complaint.includes('memory value')) return { kind: 'memory', ...bounds('0', MOST_BYTES, complain(name, MOST_BYTES)) };
  if (complaint.includes('octal')) return { kind: 'octal', ...bounds('0', MOST, complain(name, '7777777')) };
  if (complaint.includes('into an integer')) return { kind: 'integer', ...bounds(LEAST, MOST, complain(name, LEAST), complain(name, MOST)) };
  return { kind: 'text' };
}

function bounds(min, max, ...complaints) {
  const told = complaints.map((complaint) => /between (-?\d+) and (-?\d+) inclusive/.exec(complaint)).find(Boolean);
  return told ? { min: told[1], max: told[2] } : { min, max };
}

/** Everything that one binary knows: name to entry. */
function describe({ version, binary, cli }) {
  const since = version.split('.').slice(0, 2).join('.');
  return serve({ binary, cli }, ({ ask, directory }) => learn({ binary, ask, directory }, since));
}

function learn({ binary, ask, directory }, since) {
  const listed = JSON.parse(ask('--json', 'CONFIG', 'GET', '*'));
  const hidden = JSON.parse(ask('--json', 'CONFIG', 'GET', ...UNLISTED, ...FOR_TESTS));
  const values = { ...listed, ...hidden };
  const restarting = new Set();

  // The second directive is always wrong, so Redis checks the first one and then changes nothing.
  const complain = (name, value) => {
    const witness = name === 'hz' ? 'tcp-keepalive' : 'hz';
    const reply = ask('CONFIG', 'SET', name, value, witness, NONSENSE);
    if (/can't set (immutable|protected) config/.test(reply)) {
      restarting.add(name);
      return complainAtStart(binary, directory, name, value);
    }
    return reply.includes(`'${name}'`) ? reply : '';
  };

  const entries = new Map(BY_HAND.map((entry) => [entry.name, { ...entry, since, restart: true }]));
  for (const [name, value] of Object.entries(values)) {
    const modern = modernName(name, values);
    if (modern !== name) {
      entries.set(name, { name, alias: modern, since });
      continue;
    }
    const learned = classify(name, complain);
    complain(name, value);
    const unit = Object.keys(UNITS).find((each) => UNITS[each].includes(name)) ?? (learned.kind.startsWith('memory') ? 'bytes' : undefined);
    entries.set(name, {
      name,
      ...learned,
      ...(TIGHTER[name] ?? {}),
      ...(unit && { unit }),
      since,
      restart: restarting.has(name),
      default: DEFAULTS[name] ?? value,
      ...(FOR_TESTS.includes(name) && { refused: 'it is for the tests of Redis itself' }),
    });
  }
  return entries;
}

function modernName(name, values) {
  const renamed = OLD_NAMES[name] ?? name.replaceAll('_', '-').replace('slave', 'replica').replace('ziplist', 'listpack');
  if (renamed in values) return renamed;
  const plural = renamed.replace('min-replica-', 'min-replicas-');
  return plural in values ? plural : name;
}

/** The last line is always wrong, so that Redis ends before it does anything with the line in question. */
function complainAtStart(binary, directory, name, value) {
  const input = `${name} ${value}\nhz ${NONSENSE}\n`;
  const { stderr } = spawnSync(binary, ['-'], { cwd: directory, encoding: 'utf8', input, timeout: 10_000, killSignal: 'SIGKILL' });
  return stderr.includes(`>>> 'hz ${NONSENSE}'`) ? '' : stderr.trim();
}

/** What both versions take: the tighter bound, the older name, and later choices with the version that brought them. */
function merge(older, newer) {
  if (!older || older.alias || !newer) return older ?? newer;
  const added = (newer.choices ?? []).filter((choice) => !older.choices.includes(choice));
  return {
    ...newer,
    ...(older.choices && { choices: older.choices }),
    ...((added.length > 0 || older.later) && { later: { ...older.later, ...(added.length > 0 && { [newer.since]: added }) } }),
    ...(older.min !== undefined && { min: greater(older.min, newer.min), max: greater(older.max, newer.max) === older.max ? newer.max : older.max }),
    since: older.since,
    restart: older.restart || newer.restart,
  };
}

function greater(a, b) {
  return BigInt(a) > BigInt(b) ? a : b;
}

const binaries = servers();
if (binaries.length === 0) throw new Error('no redis-server on PATH');
let table = new Map();
for (const server of binaries) {
  const described = await describe(server);
  table = new Map([...new Set([...table.keys(), ...described.keys()])].map((name) => [name, merge(table.get(name), described.get(name))]));
}
const FIELDS = ['name', 'alias', 'kind', 'arguments', 'choices', 'later', 'min', 'max', 'unit', 'since', 'restart', 'default', 'refused'];
const ordered = (entry) => Object.fromEntries(FIELDS.filter((field) => entry[field] !== undefined).map((field) => [field, entry[field]]));
const lines = [...table.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((entry) => `  ${JSON.stringify(ordered(entry))}`);
const target = process.argv[2] ?? fileURLToPath(new URL('../assets/directives.json', import.meta.url));
writeFileSync(target, `[\n${lines.join(',\n')}\n]\n`);
console.log(`${lines.length} directives of Redis ${binaries.map(({ version }) => version).join(' and ')}`);
