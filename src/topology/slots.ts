import { quote } from '../node/problems';

/** Every key of a Redis Cluster belongs to one of so many slots. */
export const SLOTS = 16384;

/** Slots from the first to the last, both included. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** What each shard owns, and everything that is wrong with it. */
export interface SlotPlan {
  readonly shards: readonly (readonly SlotRange[])[];
  readonly problems: readonly string[];
}

/** Which slots, and with them which share of the keys, each shard of a new Redis Cluster gets. */
export class RedisSlots {
  /** The same number for each shard: the ranges that `redis-cli --cluster create` deals. */
  public static even(): RedisSlots {
    return new RedisSlots(undefined, (shards) => ({ shards: evenRanges(shards), problems: [] }));
  }

  /**
   * More for some shards than for others, such as `weighted(1, 1, 2)`: the third gets half of all slots.
   *
   * @param weights one number above zero for each shard
   */
  public static weighted(...weights: number[]): RedisSlots {
    return new RedisSlots(weights.length, () => weightedRanges(weights));
  }

  /**
   * Exactly these, one argument for each shard: `ranges('0-5000', '5001-10000', '10001-16383')`. A shard may own several ranges:
   * `'0-99,200-299'`. Each slot from 0 to 16383 must be there once.
   *
   * @param shards the ranges of each shard, with commas between them
   */
  public static ranges(...shards: string[]): RedisSlots {
    return new RedisSlots(shards.length, () => givenRanges(shards));
  }

  private constructor(
    /**
     * How many shards it is made for, or nothing where any number will do.
     *
     * @internal
     */
    public readonly _shards: number | undefined,
    private readonly deal: (shards: number) => SlotPlan,
  ) {}

  /**
   * The ranges of each shard, in order.
   *
   * @internal
   */
  public _plan(shards: number): SlotPlan {
    if (this._shards !== undefined && this._shards !== shards) {
      return { shards: [], problems: [`'slots' is made for ${this._shards} shards, but 'shards' is ${quote(shards)}: give both the same number`] };
    }
    return this.deal(shards);
  }
}

/** `0-99,200-299` */
export function showRanges(ranges: readonly SlotRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** redis-cli reckons in 32 bits, and so does this: the borders are the same up to 1000 shards. */
function evenRanges(shards: number): SlotRange[][] {
  const share = Math.fround(SLOTS / shards);
  const ranges: SlotRange[][] = [];
  let [first, cursor] = [0, 0];
  for (let shard = 0; shard < shards; shard++) {
    const last = shard === shards - 1 ? SLOTS - 1 : Math.round(Math.fround(Math.fround(cursor + share) - 1));
    ranges.push([{ first, last }]);
    first = last + 1;
    cursor = Math.fround(cursor + share);
  }
  return ranges;
}

function weightedRanges(weights: readonly number[]): SlotPlan {
  const wrong = weights.findIndex((weight) => !(Number.isFinite(weight) && weight > 0));
  if (wrong >= 0) return { shards: [], problems: [`'slots' has the weight ${quote(weights[wrong])} for shard ${wrong}: it takes numbers above 0`] };
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [sum, first] = [0, 0];
  const shards = weights.map((weight, shard) => {
    sum += weight;
    const last = shard === weights.length - 1 ? SLOTS - 1 : Math.round((SLOTS * sum) / total) - 1;
    const range = { first, last };
    first = last + 1;
    return [range];
  });
  const empty = shards.findIndex(([range]) => range.last < range.first);
  if (empty < 0) return { shards, problems: [] };
  return { shards: [], problems: [`'slots' has the weight ${quote(weights[empty])} for shard ${empty}, which is less than one of ${SLOTS} slots: raise it`] };
}

function givenRanges(texts: readonly string[]): SlotPlan {
  const problems: string[] = [];
  const shards = texts.map((text, shard) => {
    if (text.trim() === '') {
      problems.push(`'slots' gives nothing to shard ${shard}: it takes ranges such as '0-5460'`);
      return [];
    }
    return text.split(',').flatMap((part) => {
      const [, from, to] = /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(part) ?? [];
      const range = { first: Number(from), last: Number(to ?? from) };
      if (from !== undefined && range.first <= range.last && range.last < SLOTS) return [range];
      problems.push(`'slots' has ${quote(part)} for shard ${shard}: it takes a slot or a range from 0 to ${SLOTS - 1}, such as '0-5460'`);
      return [];
    });
  });
  if (problems.length === 0) problems.push(...coverageProblems(shards));
  return { shards: shards.map((ranges) => [...ranges].sort((a, b) => a.first - b.first)), problems };
}

/** Each slot must be there exactly once. */
function coverageProblems(shards: readonly SlotRange[][]): string[] {
  const problems = [];
  const all = shards.flatMap((ranges, shard) => ranges.map((range) => ({ ...range, shard }))).sort((a, b) => a.first - b.first || a.last - b.last);
  let next = { first: 0, shard: -1 };
  for (const { first, last, shard } of [...all, { first: SLOTS, last: SLOTS, shard: -1 }]) {
    if (first > next.first) problems.push(`'slots' gives ${showRanges([{ first: next.first, last: first - 1 }])} to no shard: each slot needs one`);
    if (first < next.first) {
      const both = showRanges([{ first, last: Math.min(last, next.first - 1) }]);
      problems.push(`'slots' gives ${both} to shard ${next.shard} and to shard ${shard}: each slot belongs to one`);
    }
    if (last >= next.first) next = { first: last + 1, shard };
  }
  return problems;
}
