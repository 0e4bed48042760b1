import { createHash } from 'crypto';
import * as fc from 'fast-check';
import { clusterTopology, planFiles } from '../../src/topology/cluster';
import { RedisSlots, showRanges, SLOTS } from '../../src/topology/slots';

const shown = (slots: RedisSlots, shards: number) => slots._plan(shards).shards.map(showRanges);
const problems = (...ranges: string[]) => RedisSlots.ranges(...ranges)._plan(ranges.length).problems;

/** How often each slot is given out. */
function counts(plan: ReturnType<RedisSlots['_plan']>): number[] {
  const seen: number[] = Array(SLOTS).fill(0);
  for (const { first, last } of plan.shards.flat()) for (let slot = first; slot <= last; slot++) seen[slot]++;
  return seen;
}

describe('even slots', () => {
  // What redis-cli 8 says for so many masters.
  test.each([
    [3, '0-5460 5461-10922 10923-16383'],
    [4, '0-4095 4096-8191 8192-12287 12288-16383'],
    [5, '0-3276 3277-6553 6554-9829 9830-13106 13107-16383'],
    [6, '0-2730 2731-5460 5461-8191 8192-10922 10923-13652 13653-16383'],
    [7, '0-2340 2341-4680 4681-7021 7022-9361 9362-11702 11703-14042 14043-16383'],
  ])('of %i shards are those of redis-cli --cluster create', (shards, ranges) => {
    expect(shown(RedisSlots.even(), shards)).toEqual(ranges.split(' '));
  });

  test('are so for 3 to 1000 shards', () => {
    const lines = Array.from({ length: 998 }, (_, index) => shown(RedisSlots.even(), index + 3).join(' '));
    // Of the same lines by a program in C that adds up `float` as redis-cli does.
    expect(createHash('sha256').update(`${lines.join('\n')}\n`).digest('hex')).toBe('38514b0d3f1bde9667139ebba66d11d6809eebe7d24cd443823d2ee509515974');
  });

  test('are each there once, and about the same number a shard, for 3 to 1000 shards', () => {
    for (let shards = 3; shards <= 1000; shards++) {
      const plan = RedisSlots.even()._plan(shards);
      const sizes = plan.shards.map(([{ first, last }]) => last - first + 1);
      expect(plan.shards[0][0].first).toBe(0);
      expect(plan.shards.every(([{ first }], shard) => shard === 0 || first === plan.shards[shard - 1][0].last + 1)).toBe(true);
      expect(sizes.reduce((sum, size) => sum + size)).toBe(SLOTS);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2);
    }
  });
});

describe('weighted slots', () => {
  test('follow the weights', () => {
    expect(shown(RedisSlots.weighted(1, 1, 2), 3)).toEqual(['0-4095', '4096-8191', '8192-16383']);
  });

  test('with equal weights are the even ones', () => {
    for (let shards = 3; shards < 78; shards++) expect(shown(RedisSlots.weighted(...Array(shards).fill(2.5)), shards)).toEqual(shown(RedisSlots.even(), shards));
  });

  test('are each there once, in proportion', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 3, maxLength: 40 }), (weights) => {
      const plan = RedisSlots.weighted(...weights)._plan(weights.length);
      const total = weights.reduce((sum, weight) => sum + weight);
      expect(plan.problems).toEqual([]);
      expect(counts(plan).every((count) => count === 1)).toBe(true);
      plan.shards.forEach(([{ first, last }], shard) => expect(Math.abs(last - first + 1 - (SLOTS * weights[shard]) / total)).toBeLessThanOrEqual(1));
    }), { seed: 1, numRuns: 200 });
  });

  test.each([[0], [-1], [NaN], [Infinity]])('refuse the weight %p', (weight) => {
    expect(RedisSlots.weighted(1, weight, 1)._plan(3).problems).toEqual([`'slots' has the weight ${weight} for shard 1: it takes numbers above 0`]);
  });

  test('refuse a weight that is worth no slot', () => {
    expect(RedisSlots.weighted(1, 1, 0.00001)._plan(3).problems).toEqual([
      '\'slots\' has the weight 0.00001 for shard 2, which is less than one of 16384 slots: raise it',
    ]);
  });
});

describe('given slots', () => {
  test('are the given ones', () => {
    expect(shown(RedisSlots.ranges('0-5000', '5001-10000', '10001-16383'), 3)).toEqual(['0-5000', '5001-10000', '10001-16383']);
    expect(shown(RedisSlots.ranges('200-299, 0-99', '100 - 199,300', '301-16383'), 3)).toEqual(['0-99,200-299', '100-199,300', '301-16383']);
  });

  test('accept every way to deal the slots, and refuse it when one range is missing or twice there', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: SLOTS - 1 }), { minLength: 2, maxLength: 30 }).map((list) => [0, ...list.sort((a, b) => a - b), SLOTS]);
    fc.assert(fc.property(cuts, fc.integer({ min: 3, max: 8 }), fc.nat(), (borders, shards, seed) => {
      const ranges = borders.slice(1).map((end, index) => `${borders[index]}-${end - 1}`);
      fc.pre(ranges.length >= shards);
      const dealt = [...Array(shards).keys()].map((shard) => ranges.filter((_, index) => index % shards === shard));
      const [shard, other] = [seed % shards, (seed + 1) % shards];
      expect(problems(...dealt.map((each) => each.join()))).toEqual([]);
      const missing = dealt.map((each, index) => (index === shard ? each.slice(1) : each).join());
      expect(problems(...missing)).toHaveLength(1);
      const twice = dealt.map((each, index) => [...each, ...(index === other ? [dealt[shard][0]] : [])].join());
      expect(problems(...twice).join()).toMatch(new RegExp(`^'slots' gives .* to shard (${shard} and to shard ${other}|${other} and to shard ${shard}): `));
    }), { seed: 1, numRuns: 200 });
  });

  test.each([
    [['0-5000', '5001-10000', '10002-16383'], '\'slots\' gives 10001 to no shard: each slot needs one'],
    [['0-5000', '5000-10000', '10001-16383'], '\'slots\' gives 5000 to shard 0 and to shard 1: each slot belongs to one'],
    [['0-5000', '5001-10000', '10001-16384'], '\'slots\' has \'10001-16384\' for shard 2: it takes a slot or a range from 0 to 16383, such as \'0-5460\''],
    [['5000-0', '5001-10000', '10001-16383'], '\'slots\' has \'5000-0\' for shard 0: it takes a slot or a range from 0 to 16383, such as \'0-5460\''],
    [['', '0-10000', '10001-16383'], '\'slots\' gives nothing to shard 0: it takes ranges such as \'0-5460\''],
    [['all', '0-10000', '10001-16383'], '\'slots\' has \'all\' for shard 0: it takes a slot or a range from 0 to 16383, such as \'0-5460\''],
  ])('refuse %p', (ranges, problem) => {
    expect(problems(...ranges)).toEqual([problem]);
  });
});

describe('a topology', () => {
  test('is three shards with a replica each unless told otherwise', () => {
    const topology = clusterTopology({ name: 'redis' });
    expect(planFiles(topology)).toEqual({
      'shards': '0-5460\n5461-10922\n10923-16383\n',
      'replicas-per-shard': '1\n',
      'nodes': 'redis-0\nredis-1\nredis-2\nredis-3\nredis-4\nredis-5\n',
    });
  });

  test('has as many shards as its slots say', () => {
    expect(clusterTopology({ name: 'redis', slots: RedisSlots.weighted(1, 1, 1, 1) }).shards).toBe(4);
  });

  test('keeps the names of its nodes when it grows', () => {
    const [small, large] = [3, 5].map((shards) => clusterTopology({ name: 'redis', shards }).nodes);
    expect(large.slice(0, small.length)).toEqual(small);
  });

  test.each([
    [{ shards: 2 }, '\'shards\' is 2: it takes a whole number from 3 to 1000, since a majority of masters decides who replaces one'],
    [{ shards: 3.5 }, '\'shards\' is 3.5: it takes a whole number from 3 to 1000, since a majority of masters decides who replaces one'],
    [{ replicasPerShard: -1 }, '\'replicasPerShard\' is -1: it takes a whole number from 0'],
    [{ shards: 600 }, '\'shards\' and \'replicasPerShard\' make 1200 nodes: a Redis Cluster takes at most 1000'],
    [{ shards: 4, slots: RedisSlots.weighted(1, 1, 1) }, '\'slots\' is made for 3 shards, but \'shards\' is 4: give both the same number'],
  ])('refuses %p', (request, problem) => {
    expect(clusterTopology({ name: 'redis', ...request }).problems).toEqual([problem]);
  });
});
