import type { Duration, Size } from 'cdk8s';
import { TYPED_PROPERTIES } from './config-directives';
import type { Contribution, Directive } from '../node/contribution';
import { ownerOf } from '../node/directive-owners';
import { checkDirective, findDirective, unmet } from '../node/directives';
import { fields, quote, structProblems } from '../node/problems';

/** Which key goes when memory is full. */
export enum EvictionPolicy {
  /** None: writes are refused. For data that must not be lost. */
  NOEVICTION = 'noeviction',
  /** The one not used for the longest time: for a cache. */
  ALLKEYS_LRU = 'allkeys-lru',
  /** The one used least often. */
  ALLKEYS_LFU = 'allkeys-lfu',
  /** The one not changed for the longest time. Needs Redis 8.6. */
  ALLKEYS_LRM = 'allkeys-lrm',
  /** Any. */
  ALLKEYS_RANDOM = 'allkeys-random',
  /** Of those that expire, the one not used for the longest time. */
  VOLATILE_LRU = 'volatile-lru',
  /** Of those that expire, the one used least often. */
  VOLATILE_LFU = 'volatile-lfu',
  /** Of those that expire, the one not changed for the longest time. Needs Redis 8.6. */
  VOLATILE_LRM = 'volatile-lrm',
  /** Any of those that expire. */
  VOLATILE_RANDOM = 'volatile-random',
  /** The one that expires next. */
  VOLATILE_TTL = 'volatile-ttl',
}

/** How much Redis logs. */
export enum RedisLogLevel {
  /** Everything, for development. */
  DEBUG = 'debug',
  /** Much that is rarely useful. */
  VERBOSE = 'verbose',
  /** What production wants to know. */
  NOTICE = 'notice',
  /** Only what is important. */
  WARNING = 'warning',
  /** Nothing. */
  NOTHING = 'nothing',
}

/** How much may wait to be sent to one client. */
export interface RedisOutputBufferLimit {
  /** Size at which the client is disconnected at once; zero is no limit. */
  readonly hard: Size;
  /** Size at which it is disconnected when it stays there for `softFor`; zero is no limit. */
  readonly soft: Size;
  /** How long `soft` may be exceeded, in whole seconds. */
  readonly softFor: Duration;
}

/** Limits by the kind of client. */
export interface RedisOutputBufferLimits {
  /**
   * Limit of normal clients.
   *
   * @default - none
   */
  readonly normal?: RedisOutputBufferLimit;

  /**
   * Limit of replicas.
   *
   * A replica that is cut off copies everything anew: leave room for the writes of that time.
   *
   * @default - 256Mi, or 64Mi for 60 seconds
   */
  readonly replica?: RedisOutputBufferLimit;

  /**
   * Limit of subscribers.
   *
   * @default - 32Mi, or 8Mi for 60 seconds
   */
  readonly pubsub?: RedisOutputBufferLimit;
}

/** What Redis itself is told, in redis.conf. */
export interface RedisConfig {
  /**
   * Memory that the data may take before keys are evicted or writes are refused.
   *
   * Buffers, fragmentation and the copy of changed pages during a save come on top, so it must be well below the memory of the container. Zero is no limit.
   *
   * @default - worked out of the container's memory limit; without one there is no limit
   */
  readonly maxMemory?: Size;

  /**
   * What happens to a write when `maxMemory` is reached.
   *
   * Without `maxMemory` it has no effect.
   *
   * @default EvictionPolicy.NOEVICTION
   */
  readonly maxMemoryPolicy?: EvictionPolicy;

  /**
   * Keys that are looked at to find one to evict.
   *
   * More finds a better one and takes more CPU. From 1 to 64.
   *
   * @default 5
   */
  readonly maxMemorySamples?: number;

  /**
   * Connections that are served at once.
   *
   * Redis lowers it to what the limit of open files allows. From 1 to 1000000 here.
   *
   * @default 10000
   */
  readonly maxClients?: number;

  /**
   * Idle time after which a client is disconnected.
   *
   * Whole seconds. Zero is never. Subscribers, replicas and masters are left alone.
   *
   * @default Duration.seconds(0)
   */
  readonly timeout?: Duration;

  /**
   * Time between keep-alive probes of idle connections.
   *
   * It finds peers that are gone and keeps firewalls from forgetting the connection. Whole seconds. Zero is off.
   *
   * @default Duration.seconds(300)
   */
  readonly tcpKeepAlive?: Duration;

  /**
   * Databases that SELECT can choose from.
   *
   * A cluster has only one. They are allocated at start, so from 1 to 10000 here. Changing it restarts the pods.
   *
   * @default 16
   */
  readonly databases?: number;

  /**
   * Threads that read and write sockets, the main one included.
   *
   * It pays only where the container has as many CPUs. From 1 to 128. Changing it restarts the pods.
   *
   * @default 1
   */
  readonly ioThreads?: number;

  /**
   * Background rounds in a second, for expiry and closing idle clients.
   *
   * More is more punctual and costs CPU when idle. From 1 to 500.
   *
   * @default 10
   */
  readonly hz?: number;

  /**
   * Whether `hz` grows with the number of clients.
   *
   * @default true
   */
  readonly dynamicHz?: boolean;

  /**
   * Whether memory is defragmented while Redis runs.
   *
   * It needs the memory allocator that Redis brings, as the official image has it: with any other, Redis does not start.
   *
   * @default false
   */
  readonly activeDefrag?: boolean;

  /**
   * How hard Redis looks for expired keys.
   *
   * More frees memory sooner and takes more CPU. From 1 to 10.
   *
   * @default 1
   */
  readonly activeExpireEffort?: number;

  /**
   * Whether freed memory is returned by a thread of its own.
   *
   * @default true
   */
  readonly jemallocBgThread?: boolean;

  /**
   * Whether evicted values are freed in the background.
   *
   * Memory is then freed a little after the key is gone.
   *
   * @default false
   */
  readonly lazyfreeLazyEviction?: boolean;

  /**
   * Whether expired values are freed in the background.
   *
   * @default false
   */
  readonly lazyfreeLazyExpire?: boolean;

  /**
   * Whether values that a command overwrites are freed in the background.
   *
   * @default false
   */
  readonly lazyfreeLazyServerDel?: boolean;

  /**
   * Whether DEL frees in the background, as UNLINK does.
   *
   * @default false
   */
  readonly lazyfreeLazyUserDel?: boolean;

  /**
   * Whether FLUSHALL and FLUSHDB without an argument free in the background.
   *
   * @default false
   */
  readonly lazyfreeLazyUserFlush?: boolean;

  /**
   * How many hits it takes to count a key as much used, for the LFU policies.
   *
   * Higher tells very popular keys better apart. From 0 to 2147483647.
   *
   * @default 10
   */
  readonly lfuLogFactor?: number;

  /**
   * Time in which the hit counter of an unused key goes down by one, for the LFU policies.
   *
   * Whole minutes. Zero is never.
   *
   * @default Duration.minutes(1)
   */
  readonly lfuDecayTime?: Duration;

  /**
   * Events about keys that are published, as letters such as `KEA` or `Ex`.
   *
   * Each event costs CPU, also when nobody listens. K or E must be among them or nothing is published.
   *
   * @default - none
   */
  readonly notifyKeyspaceEvents?: string;

  /**
   * How much Redis logs.
   *
   * @default RedisLogLevel.NOTICE
   */
  readonly logLevel?: RedisLogLevel;

  /**
   * Running time from which a command is kept in the slow log.
   *
   * Whole microseconds. Zero keeps every command; to keep none, set `slowlogMaxLen` to 0.
   *
   * @default Duration.millis(10)
   */
  readonly slowlogLogSlowerThan?: Duration;

  /**
   * Commands that the slow log keeps.
   *
   * They take memory. From 0 to 9223372036854775807.
   *
   * @default 128
   */
  readonly slowlogMaxLen?: number;

  /**
   * Time from which an event is recorded by the latency monitor.
   *
   * Whole milliseconds. Zero is off.
   *
   * @default Duration.millis(0)
   */
  readonly latencyMonitorThreshold?: Duration;

  /**
   * Time after which a script or module makes Redis answer BUSY to others.
   *
   * Whole milliseconds. Zero is never.
   *
   * @default Duration.seconds(5)
   */
  readonly busyReplyThreshold?: Duration;

  /**
   * Writes that are remembered for a replica which comes back.
   *
   * When it has missed more than that, it must copy everything. At least 1 byte, and Redis keeps no less than 16Ki.
   *
   * @default - 1Mi, unless the construct says otherwise
   */
  readonly replBacklogSize?: Size;

  /**
   * Silence after which master and replica give each other up.
   *
   * Whole seconds, at least 1, and more than the 10 seconds between two pings, which are 2 in a `RedisCluster`.
   *
   * @default - 60 seconds, unless the construct says otherwise
   */
  readonly replTimeout?: Duration;

  /**
   * Time that a master waits for more replicas before it sends its data to all of them at once.
   *
   * Whole seconds.
   *
   * @default - 5 seconds, unless the construct says otherwise
   */
  readonly replDisklessSyncDelay?: Duration;

  /**
   * Replicas that must be connected, or writes are refused.
   *
   * It limits what a failover loses and costs availability. Zero is off. From 0 to 2147483647.
   *
   * @default 0
   */
  readonly minReplicasToWrite?: number;

  /**
   * Time since its last sign of life in which a replica counts for `minReplicasToWrite`.
   *
   * Whole seconds. Zero is off.
   *
   * @default Duration.seconds(10)
   */
  readonly minReplicasMaxLag?: Duration;

  /**
   * Fields up to which a hash is kept compact.
   *
   * Compact saves memory and takes CPU when it is large. From 0 to 9223372036854775807.
   *
   * @default 512
   */
  readonly hashMaxListpackEntries?: number;

  /**
   * Bytes of the longest field or value up to which a hash is kept compact.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 64
   */
  readonly hashMaxListpackValue?: number;

  /**
   * Entries in one node of a list, or its largest size: -1 is 4Ki, -2 is 8Ki, and so on to -5, which is 64Ki.
   *
   * From -2147483648 to 2147483647.
   *
   * @default -2
   */
  readonly listMaxListpackSize?: number;

  /**
   * Nodes at each end of a list that are not compressed.
   *
   * Zero compresses none. From 0 to 2147483647.
   *
   * @default 0
   */
  readonly listCompressDepth?: number;

  /**
   * Members up to which a set of whole numbers is kept as a sorted array.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 512
   */
  readonly setMaxIntsetEntries?: number;

  /**
   * Members up to which a set is kept compact.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 128
   */
  readonly setMaxListpackEntries?: number;

  /**
   * Bytes of the longest member up to which a set is kept compact.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 64
   */
  readonly setMaxListpackValue?: number;

  /**
   * Members up to which a sorted set is kept compact.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 128
   */
  readonly zsetMaxListpackEntries?: number;

  /**
   * Bytes of the longest member up to which a sorted set is kept compact.
   *
   * From 0 to 9223372036854775807.
   *
   * @default 64
   */
  readonly zsetMaxListpackValue?: number;

  /**
   * How much may wait to be sent to a client before it is disconnected.
   *
   * @default - no limit for normal clients; 256Mi, or 64Mi for 60 seconds, for replicas; 32Mi, or 8Mi for 60 seconds, for subscribers
   */
  readonly clientOutputBufferLimits?: RedisOutputBufferLimits;

  /**
   * Memory that the unread input of one client may take.
   *
   * At least 1Mi.
   *
   * @default Size.gibibytes(1)
   */
  readonly clientQueryBufferLimit?: Size;

  /**
   * The longest single string that a client may send.
   *
   * At least 1Mi.
   *
   * @default Size.mebibytes(512)
   */
  readonly protoMaxBulkLen?: Size;

  /**
   * Keys that are remembered for client-side caching.
   *
   * Beyond it, clients are told to forget keys that did not change. Zero is no limit. From 0 to 9223372036854775807.
   *
   * @default 1000000
   */
  readonly trackingTableMaxKeys?: number;

  /**
   * Time that a stopping master waits for its replicas to catch up.
   *
   * Whole seconds. Kubernetes kills the pod when its grace period ends, so it must be shorter.
   *
   * @default Duration.seconds(10)
   */
  readonly shutdownTimeout?: Duration;

  /**
   * Growth of the append-only file since it was last rewritten, in percent, at which it is rewritten.
   *
   * Zero never rewrites, and the file fills the volume. From 0 to 2147483647.
   *
   * @default 100
   */
  readonly autoAofRewritePercentage?: number;

  /**
   * Size below which the append-only file is not rewritten.
   *
   * @default Size.mebibytes(64)
   */
  readonly autoAofRewriteMinSize?: Size;

  /**
   * Whether writes are refused after a snapshot has failed.
   *
   * Without it, a full disk is noticed only when the data is gone.
   *
   * @default true
   */
  readonly stopWritesOnBgsaveError?: boolean;

  /**
   * Whether snapshots are compressed.
   *
   * It saves space and costs CPU while saving.
   *
   * @default true
   */
  readonly rdbCompression?: boolean;

  /**
   * Any other directive of redis.conf, by its name, with the text that follows it there.
   *
   * Each is checked against what Redis takes. An empty value is written as `""`. What has a property of its own is refused here.
   *
   * @default - none
   */
  readonly extraDirectives?: { [name: string]: string };
}

/** The directives of a configuration, and everything that is wrong with it. */
export function configContribution(config: RedisConfig, version: string): Contribution {
  const directives: Directive[] = [];
  const problems = structProblems('config', config);
  const { extraDirectives = {}, ...typed } = fields(config);
  for (const [property, { directive, show, render }] of Object.entries(TYPED_PROPERTIES)) {
    const given: unknown = typed[property as keyof typeof typed];
    if (given === undefined || given === null) continue;
    const rendered = render(given);
    const problem = 'problem' in rendered ? rendered.problem : unmet(findDirective(directive)!, rendered.value, version);
    if (problem) problems.push(`${quote(`config.${property}`)} is ${show(given)}: ${problem}`);
    else if ('value' in rendered) directives.push({ name: directive, value: rendered.value });
  }
  problems.push(...structProblems('config.extraDirectives', extraDirectives));
  for (const [name, value] of Object.entries(fields(extraDirectives) as { [name: string]: string })) {
    const problem = extraProblem(name, value, version);
    if (problem) problems.push(`'config.extraDirectives'${problem}`);
    else directives.push({ name, value });
  }
  return { owner: 'config', directives, problems };
}

/** What follows the name of the property in the message. */
function extraProblem(name: string, value: unknown, version: string): string | undefined {
  const property = Object.entries(TYPED_PROPERTIES).find(([, { directive }]) => directive === name)?.[0];
  const owner = property ? `use ${quote(`config.${property}`)}` : ownerOf(name);
  if (owner && findDirective(name) && !findDirective(name)?.alias) return ` cannot set ${quote(name)}: ${owner}`;
  if (typeof value !== 'string') return ` has ${quote(value)} for ${quote(name)}: it takes text, such as ${quote('20')}`;
  const problem = checkDirective(name, value, version);
  return problem && `: ${problem}`;
}
