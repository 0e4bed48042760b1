import type { Duration } from 'cdk8s';
import type { RedisConfig, RedisOutputBufferLimit, RedisOutputBufferLimits } from './config';
import { quote } from '../node/problems';
import { isDuration, isSize, kibibytes } from '../node/quantities';

/** What a typed property becomes in redis.conf, or what is wrong with it. */
export type Rendered = { readonly value: string } | { readonly problem: string };

interface TypedProperty {
  readonly directive: string;
  /** The value as a user reads it in a message. */
  show(value: unknown): string;
  render(value: unknown): Rendered;
}

type TypedName = Exclude<keyof RedisConfig, 'extraDirectives'>;

/** Every typed property of `RedisConfig`: the compiler refuses one that is missing here. */
export const TYPED_PROPERTIES: { readonly [property in TypedName]: TypedProperty } = {
  activeDefrag: flag('activedefrag'),
  activeExpireEffort: plain('active-expire-effort'),
  autoAofRewriteMinSize: size('auto-aof-rewrite-min-size'),
  autoAofRewritePercentage: plain('auto-aof-rewrite-percentage'),
  busyReplyThreshold: duration('busy-reply-threshold', 1, 'milliseconds'),
  clientOutputBufferLimits: { directive: 'client-output-buffer-limit', show: () => 'not right', render: renderLimits },
  clientQueryBufferLimit: size('client-query-buffer-limit'),
  databases: plain('databases'),
  dynamicHz: flag('dynamic-hz'),
  hashMaxListpackEntries: plain('hash-max-listpack-entries'),
  hashMaxListpackValue: plain('hash-max-listpack-value'),
  hz: plain('hz'),
  ioThreads: plain('io-threads'),
  jemallocBgThread: flag('jemalloc-bg-thread'),
  latencyMonitorThreshold: duration('latency-monitor-threshold', 1, 'milliseconds'),
  lazyfreeLazyEviction: flag('lazyfree-lazy-eviction'),
  lazyfreeLazyExpire: flag('lazyfree-lazy-expire'),
  lazyfreeLazyServerDel: flag('lazyfree-lazy-server-del'),
  lazyfreeLazyUserDel: flag('lazyfree-lazy-user-del'),
  lazyfreeLazyUserFlush: flag('lazyfree-lazy-user-flush'),
  lfuDecayTime: duration('lfu-decay-time', 60_000, 'minutes'),
  lfuLogFactor: plain('lfu-log-factor'),
  listCompressDepth: plain('list-compress-depth'),
  listMaxListpackSize: plain('list-max-listpack-size'),
  logLevel: plain('loglevel'),
  maxClients: plain('maxclients'),
  maxMemory: size('maxmemory'),
  maxMemoryPolicy: plain('maxmemory-policy'),
  maxMemorySamples: plain('maxmemory-samples'),
  minReplicasMaxLag: duration('min-replicas-max-lag', 1000, 'seconds'),
  minReplicasToWrite: plain('min-replicas-to-write'),
  notifyKeyspaceEvents: { directive: 'notify-keyspace-events', show: shown, render: (value) => ({ value: asText(value) || '""' }) },
  protoMaxBulkLen: size('proto-max-bulk-len'),
  rdbCompression: flag('rdbcompression'),
  replBacklogSize: size('repl-backlog-size'),
  replDisklessSyncDelay: duration('repl-diskless-sync-delay', 1000, 'seconds'),
  replTimeout: duration('repl-timeout', 1000, 'seconds'),
  setMaxIntsetEntries: plain('set-max-intset-entries'),
  setMaxListpackEntries: plain('set-max-listpack-entries'),
  setMaxListpackValue: plain('set-max-listpack-value'),
  shutdownTimeout: duration('shutdown-timeout', 1000, 'seconds'),
  slowlogLogSlowerThan: duration('slowlog-log-slower-than', 0.001, 'microseconds'),
  slowlogMaxLen: plain('slowlog-max-len'),
  stopWritesOnBgsaveError: flag('stop-writes-on-bgsave-error'),
  tcpKeepAlive: duration('tcp-keepalive', 1000, 'seconds'),
  timeout: duration('timeout', 1000, 'seconds'),
  trackingTableMaxKeys: plain('tracking-table-max-keys'),
  zsetMaxListpackEntries: plain('zset-max-listpack-entries'),
  zsetMaxListpackValue: plain('zset-max-listpack-value'),
};

function shown(value: unknown): string {
  return typeof value === 'object' || typeof value === 'number' ? quote(value) : `'${String(value)}'`;
}

/** No directive takes the braces that stand for an object. */
function asText(value: unknown): string {
  return typeof value === 'object' ? '{}' : String(value);
}

function plain(directive: string): TypedProperty {
  return { directive, show: shown, render: (value) => ({ value: asText(value) }) };
}

function flag(directive: string): TypedProperty {
  const render = (value: unknown): Rendered => (typeof value === 'boolean' ? { value: value ? 'yes' : 'no' } : { problem: 'it takes true or false' });
  return { directive, show: shown, render };
}

function size(directive: string): TypedProperty {
  return { directive, show: (value) => (isSize(value) ? value.asString() : shown(value)), render: renderSize };
}

function renderSize(value: unknown): Rendered {
  if (!isSize(value)) return { problem: 'it takes a Size' };
  const amount = kibibytes(value);
  if (Number.isSafeInteger(amount)) return { value: `${amount}kb` };
  return Number.isSafeInteger(amount * 1024) ? { value: String(amount * 1024) } : { problem: 'it takes a whole number of bytes' };
}

function duration(directive: string, milliseconds: number, unit: string): TypedProperty {
  const show = (value: unknown) => (isDuration(value) ? `${inMilliseconds(value)} milliseconds` : shown(value));
  return { directive, show, render: (value) => renderDuration(value, milliseconds, unit) };
}

function renderDuration(value: unknown, milliseconds: number, unit: string): Rendered {
  if (!isDuration(value)) return { problem: 'it takes a Duration' };
  // A tenth of a millisecond is not exact in binary: what is left of the unit after nine decimals is that error.
  const amount = Number((inMilliseconds(value) / milliseconds).toFixed(9));
  return Number.isSafeInteger(amount) ? { value: String(amount) } : { problem: `it takes a whole number of ${unit}` };
}

function inMilliseconds(value: Duration): number {
  return value.toMilliseconds({ integral: false });
}

function renderLimits(value: unknown): Rendered {
  const limits = (value ?? {}) as RedisOutputBufferLimits;
  const classes: Array<[string, RedisOutputBufferLimit | undefined]> = [['normal', limits.normal], ['replica', limits.replica], ['pubsub', limits.pubsub]];
  const parts = [];
  for (const [name, limit] of classes) {
    if (!limit) continue;
    for (const part of [renderSize(limit.hard), renderSize(limit.soft), renderDuration(limit.softFor, 1000, 'seconds')]) {
      if ('problem' in part) return { problem: `for '${name}' ${part.problem}` };
      parts.push(part.value);
    }
    parts.splice(-3, 0, name);
  }
  return parts.length > 0 ? { value: parts.join(' ') } : { problem: 'it takes at least one of \'normal\', \'replica\' and \'pubsub\'' };
}
