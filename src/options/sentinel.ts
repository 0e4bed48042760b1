import { Duration } from 'cdk8s';
import { RedisStorage } from './storage';
import { classProblems, fields, quote, structProblems } from '../node/problems';
import { isDuration, seconds } from '../node/quantities';

/** What the Sentinels of a `RedisReplication` are told. */
export interface RedisSentinelOptions {
  /**
   * How many Sentinels there are: an odd number from 3 to 9. Most of them must be alive for a failover, so put them on as many hosts.
   *
   * @default 3
   */
  readonly count?: number;

  /**
   * How many of them must find the master dead before one of them begins a failover, from 1 to `count`. It takes the votes of most of them
   * in any case, so a lower quorum only makes an unneeded failover more likely.
   *
   * @default - most of them: 2 of 3
   */
  readonly quorum?: number;

  /**
   * For how long the master must not answer before a Sentinel finds it dead, from 1 second to 1 minute, in whole milliseconds. A failover takes
   * about two seconds more; a master that is only slow must not be taken for dead.
   *
   * @default Duration.seconds(5)
   */
  readonly downAfter?: Duration;

  /**
   * After how long a failover that does not come to an end is given up, at least three times `downAfter`. Twice this time passes before the
   * next one: also where all nodes were restarted and their master stays away, because the first attempt then finds nobody who may be elected yet.
   *
   * @default Duration.seconds(30)
   */
  readonly failoverTimeout?: Duration;

  /**
   * The volume of each Sentinel, for its votes and what it knows of the others: a few kilobytes.
   *
   * @default RedisStorage.volume({ size: Size.mebibytes(100) })
   */
  readonly storage?: RedisStorage;
}

/** All that the objects are made from. */
export interface SentinelSettings {
  readonly count: number;
  readonly quorum: number;
  readonly downAfter: Duration;
  readonly failoverTimeout: Duration;
  readonly storage?: RedisStorage;
}

const COUNT = 3;
const MOST = 9;
const DOWN_AFTER = Duration.seconds(5);
const FAILOVER_TIMEOUT = Duration.seconds(30);

/**
 * Who promotes a replica of a `RedisReplication` when its master is gone.
 *
 * @example
 * new RedisReplication(chart, 'redis', { sentinel: RedisSentinel.enabled({ downAfter: Duration.seconds(10) }) });
 */
export class RedisSentinel {
  /**
   * Sentinels, and a proxy in front of the nodes that always leads to the master.
   *
   * @param options how many, and when they act
   */
  public static enabled(options: RedisSentinelOptions = {}): RedisSentinel {
    return new RedisSentinel(options);
  }

  /** Nobody: the first node is the master for ever, and nothing is written while it is gone. */
  public static none(): RedisSentinel {
    return new RedisSentinel();
  }

  private constructor(private readonly given?: RedisSentinelOptions) {}

  /**
   * Everything with its defaults, or nothing where there are no Sentinels.
   *
   * @internal
   */
  public get _settings(): SentinelSettings | undefined {
    if (this.given === undefined) return undefined;
    const { count = COUNT, quorum = Math.floor(count / 2) + 1, downAfter = DOWN_AFTER, failoverTimeout = FAILOVER_TIMEOUT, storage } = fields(this.given);
    return { count, quorum, downAfter, failoverTimeout, storage };
  }

  /** @internal */
  public _problems(): string[] {
    const settings = this._settings;
    if (!settings) return [];
    const { count, quorum, storage } = settings;
    const counts = Number.isInteger(count) && count >= COUNT && count <= MOST && count % 2 === 1;
    return [
      ...structProblems('sentinel.options', this.given),
      ...(counts ? [] : [`'sentinel.count' is ${quote(count)}: it takes an odd number from ${COUNT} to ${MOST}, since most of them must agree`]),
      ...(!counts || (Number.isInteger(quorum) && quorum >= 1 && quorum <= count) ? []
        : [`'sentinel.quorum' is ${quote(quorum)}: it takes a whole number from 1 to 'sentinel.count', which is ${count}`]),
      ...timeProblems(settings),
      ...classProblems('sentinel.storage', storage, RedisStorage, 'RedisStorage.volume()'),
      ...(storage?._problems?.('sentinel.storage') ?? []),
      ...storage?._sharedProblems?.('sentinel.storage', 'Sentinel') ?? [],
      ...(storage?._ownClass ? ['\'sentinel.storage\' has an \'ownClass\', which a few kilobytes do not need: leave it out, or name a class in RedisStorage.volume()'] : []),
    ];
  }
}

function timeProblems({ downAfter, failoverTimeout }: SentinelSettings): string[] {
  const [down, timeout] = [seconds(downAfter), seconds(failoverTimeout)];
  const whole = (time: number) => Number.isInteger(time * 1000);
  const downs = isDuration(downAfter) && whole(down) && down >= 1 && down <= 60;
  const shown = (duration: Duration) => (isDuration(duration) ? `${seconds(duration)} seconds` : quote(duration));
  return [
    ...(downs ? [] : [`'sentinel.downAfter' is ${shown(downAfter)}: it takes a Duration from 1 second to 1 minute, in whole milliseconds`]),
    ...(!downs || (isDuration(failoverTimeout) && whole(timeout) && timeout >= 3 * down && timeout <= 3600) ? []
      : [`'sentinel.failoverTimeout' is ${shown(failoverTimeout)}: it takes a Duration from three times 'sentinel.downAfter', which is ${down} seconds, to 1 hour, `
        + 'in whole milliseconds']),
  ];
}
