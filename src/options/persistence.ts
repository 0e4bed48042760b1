import { Duration, Size } from 'cdk8s';
import { DEFAULT_SIZE, RedisStorage } from './storage';
import { Contribution, Directive } from '../node/contribution';
import { choiceProblems, classProblems, fields, isA, isStruct, listProblems, quote, structProblems } from '../node/problems';
import { isDuration, kibibytes, readable, seconds } from '../node/quantities';

/** When Redis writes its append-only file to the disk. */
export enum RedisFsync {
  /** Before each answer: no acknowledged write is lost, and writes are as slow as the disk. Such a store is durable, so it may not evict. */
  ALWAYS = 'always',
  /** Once a second: a power failure may lose about one second of writes. */
  EVERY_SECOND = 'everysec',
  /** When the kernel likes: the fastest, and a power failure may lose about half a minute of writes. */
  NO = 'no',
}

/** Save a snapshot when so many keys have changed in so much time. */
export interface RedisSaveRule {
  /** The time, in whole seconds, at least one. */
  readonly after: Duration;
  /** The number of changes, at least one. */
  readonly changes: number;
}

/** Where what is saved is kept. */
export interface RedisPersistenceOptions {
  /**
   * Size of the volume: short for `storage: RedisStorage.volume({ size })`.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later: delete the StatefulSet and apply again. The volume that is there keeps its
   * size until its claim is enlarged too.
   *
   * @default - the size that `storage` says, or 1Gi
   */
  readonly size?: Size;

  /**
   * The volume.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later: to put the data elsewhere, delete the StatefulSet and apply again.
   *
   * @default RedisStorage.volume()
   */
  readonly storage?: RedisStorage;
}

/** Options of snapshots. */
export interface RedisRdbOptions extends RedisPersistenceOptions {
  /**
   * When snapshots are saved; whatever came after the last one is lost in a crash. A regular stop saves too.
   *
   * @default - as Redis does: after an hour for 1 change, after 5 minutes for 100, after a minute for 10,000
   */
  readonly saveRules?: RedisSaveRule[];
}

/** Options of the append-only file. */
export interface RedisAofOptions extends RedisPersistenceOptions {
  /**
   * When the file is written to the disk.
   *
   * @default RedisFsync.EVERY_SECOND
   */
  readonly fsync?: RedisFsync;

  /**
   * Snapshots beside the append-only file, such as for backups. Redis starts from the append-only file all the same.
   *
   * @default - none
   */
  readonly saveRules?: RedisSaveRule[];
}

/** Redis rewrites an append-only file that has grown by so many percent. */
const USUAL_GROWTH = 100;

const DEFAULT_SAVE_RULES: RedisSaveRule[] = [
  { after: Duration.hours(1), changes: 1 },
  { after: Duration.minutes(5), changes: 100 },
  { after: Duration.minutes(1), changes: 10_000 },
];

/**
 * What a restart keeps.
 *
 * @example
 * new RedisStandalone(chart, 'redis', {
 *   persistence: RedisPersistence.rdb({ size: Size.gibibytes(2) }),
 * });
 */
export class RedisPersistence {
  /** Nothing: a cache that starts empty. */
  public static none(): RedisPersistence {
    return new RedisPersistence('none', {});
  }

  /**
   * Snapshots now and then (RDB): compact and quick to load. A crash loses what came after the last one.
   *
   * @param options when to save, and where
   */
  public static rdb(options: RedisRdbOptions = {}): RedisPersistence {
    return new RedisPersistence('rdb', options, fields(options).saveRules ?? DEFAULT_SAVE_RULES);
  }

  /**
   * Every write, in an append-only file (AOF): a crash of the host loses about one second, a crash of Redis alone nothing.
   *
   * @param options how often to write to the disk, and where
   */
  public static aof(options: RedisAofOptions = {}): RedisPersistence {
    const { saveRules = [], fsync = RedisFsync.EVERY_SECOND } = fields(options);
    return new RedisPersistence('aof', options, saveRules, fsync);
  }

  private constructor(
    private readonly kind: 'none' | 'rdb' | 'aof',
    private readonly given: RedisPersistenceOptions,
    private readonly saveRules: RedisSaveRule[] = [],
    private readonly fsync?: RedisFsync,
    private readonly storageProperty: string = fields(given).storage ? 'persistence.storage' : 'persistence',
  ) {}

  private get options(): RedisPersistenceOptions {
    return fields(this.given);
  }

  /**
   * Where it is kept, or nothing where nothing is.
   *
   * @internal
   */
  public get _storage(): RedisStorage | undefined {
    if (this.kind === 'none') return undefined;
    const { size, storage } = this.options;
    return isA(RedisStorage, storage) ? storage : RedisStorage.volume({ size });
  }

  /**
   * Whether the user said where.
   *
   * @internal
   */
  public get _hasStorage(): boolean {
    return this.options.storage !== undefined || this.options.size !== undefined;
  }

  /**
   * The same in another place.
   *
   * @internal
   */
  public _in(storage: RedisStorage): RedisPersistence {
    return new RedisPersistence(this.kind, { storage }, this.saveRules, this.fsync, '');
  }

  /**
   * Whether every acknowledged write is promised to be kept.
   *
   * @internal
   */
  public get _durable(): boolean {
    return this.fsync === RedisFsync.ALWAYS;
  }

  /**
   * Whether there is an append-only file.
   *
   * @internal
   */
  public get _appends(): boolean {
    return this.kind === 'aof';
  }

  /**
   * Whether a stop writes the whole data set.
   *
   * @internal
   */
  public get _savesAtStop(): boolean {
    return this.goodRules.length > 0;
  }

  /**
   * How many times `maxmemory` the volume must hold at least: a new file is complete before the old one goes, and the append-only file grows to
   * twice its size before it is rewritten. Measured on Redis 8.6.3 with random values: 1.9 times for snapshots, and 4.8 times for an append-only
   * file under as many writes as the server takes; 3 is what a quiet one needs.
   *
   * @internal
   */
  public _volumeFactor(growth: number = USUAL_GROWTH): number {
    const files = { none: 0, rdb: 2, aof: 2 + growth / 100 }[this.kind];
    return files + (this.kind === 'aof' && this._savesAtStop ? 2 : 0);
  }

  /** @internal */
  public _contribute(): Contribution {
    return { owner: 'persistence', directives: this.directives(), problems: this.problems() };
  }

  /**
   * What is wrong when `maxmemory` is known, which property it comes from, and by how many percent an append-only file grows before it is rewritten.
   *
   * @internal
   */
  public _memoryProblems(maxMemory: number, memoryProperty: string, growth: number = USUAL_GROWTH): string[] {
    const storage = this._storage;
    if (!storage || (storage._claimName !== undefined && !storage._options.size)) return [];
    const [has, needs] = [kibibytes(storage._options.size ?? DEFAULT_SIZE), maxMemory * this._volumeFactor(growth)];
    if (!(needs > has)) return [];
    return [`'persistence' has a volume of ${readable(has)}, but with a maxmemory of ${readable(maxMemory)} its files need ${readable(needs)} `
      + `(${this._volumeFactor(growth)} times as much, while they are written anew): enlarge '${this.storageProperty ? `${this.storageProperty}.` : ''}size' or lower `
      + quote(memoryProperty)];
  }

  /** Those that can be read; what is wrong with the others is reported. */
  private get goodRules(): RedisSaveRule[] {
    return Array.isArray(this.saveRules) ? this.saveRules.filter((rule) => isStruct(rule) && isDuration(rule.after)) : [];
  }

  private directives(): Directive[] {
    const save = this.goodRules.map(({ after, changes }) => `${seconds(after)} ${changes}`).join(' ');
    return [
      { name: 'appendonly', value: this.kind === 'aof' ? 'yes' : 'no' },
      ...(this.fsync ? [{ name: 'appendfsync', value: this.fsync }] : []),
      { name: 'save', value: save || '""' },
    ];
  }

  private problems(): string[] {
    const { size, storage } = this.options;
    return [
      ...structProblems('persistence.options', this.given),
      ...classProblems('persistence.storage', storage, RedisStorage, 'RedisStorage.volume()'),
      ...(size && storage ? ['\'persistence.size\' and \'persistence.storage\' are both given: say the size in RedisStorage.volume({ size })'] : []),
      ...(this._storage?._problems(this.storageProperty) ?? []),
      ...choiceProblems('persistence.fsync', this.fsync, Object.values(RedisFsync)),
      ...this.saveRuleProblems(),
    ];
  }

  private saveRuleProblems(): string[] {
    if (!Array.isArray(this.saveRules)) return listProblems('persistence.saveRules', this.saveRules, `[${EXAMPLE_RULE}]`);
    if (this.kind === 'rdb' && this.saveRules.length === 0) {
      return ['\'persistence.saveRules\' is empty, so nothing would be saved: take RedisPersistence.none(), or leave it out'];
    }
    return this.saveRules.flatMap((rule, index) => ruleProblems(`persistence.saveRules[${index}]`, rule));
  }
}

const EXAMPLE_RULE = '{ after: Duration.minutes(5), changes: 100 }';

function ruleProblems(property: string, rule: RedisSaveRule): string[] {
  if (!isStruct(rule)) return [`${quote(property)} is ${quote(rule)}: it takes a rule, such as ${EXAMPLE_RULE}`];
  const { after, changes } = rule;
  return [
    ...afterProblems(`${property}.after`, after),
    ...(wholeFromOne(changes) ? [] : [`'${property}.changes' is ${quote(changes)}: it takes a whole number from 1 to 2147483647`]),
  ];
}

function afterProblems(property: string, after: Duration): string[] {
  if (!isDuration(after)) return [`${quote(property)} is ${quote(after)}: it takes a Duration, such as Duration.minutes(5)`];
  return wholeFromOne(seconds(after)) ? [] : [`${quote(property)} is ${seconds(after)} seconds: it takes whole seconds, at least 1`];
}

/** Redis keeps both parts of a save rule in 32 bits. */
function wholeFromOne(amount: number): boolean {
  return Number.isInteger(amount) && amount >= 1 && amount <= 2 ** 31 - 1;
}
