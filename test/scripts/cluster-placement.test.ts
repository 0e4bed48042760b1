import { execFileSync } from 'child_process';
import { join } from 'path';
import { SCRIPTS } from './processes';

jest.setTimeout(300_000);

interface Seat {
  readonly shard: number;
  readonly host: string;
  readonly master: boolean;
}

/** Where the script puts pods, of which so many are on each host, with so many zones. */
function place(shards: number, pods: readonly number[], zones: number): Seat[] {
  // Pods come in turns, as a scheduler spreads them.
  const hosts = [...Array(Math.max(...pods)).keys()].flatMap((turn) => pods.flatMap((count, host) => (count > turn ? [`zone${host % zones}/host${host}`] : [])));
  const input = hosts.map((host, pod) => `redis-${pod} ${host}\n`).join('');
  const output = execFileSync('sh', [join(SCRIPTS, 'cluster-place.sh'), `${shards}`], { input, encoding: 'utf8' });
  const seats = output.trim().split('\n').map((line) => {
    const [, shard, pod, role] = line.split(' ');
    return { shard: Number(shard), host: hosts[Number(pod.replace('redis-', ''))], master: role === 'master' };
  });
  expect(seats).toHaveLength(hosts.length);
  return seats;
}

/** Every way to have so many pods on at most so many hosts, but for the hosts' order. */
function distributions(pods: number, hosts: number, most: number = pods): number[][] {
  if (pods === 0) return [[]];
  if (hosts === 0) return [];
  return [...Array(Math.min(pods, most)).keys()].flatMap((less) => distributions(pods - less - 1, hosts - 1, less + 1).map((rest) => [less + 1, ...rest]));
}

const SIZES = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const CLUSTERS = SIZES.flatMap((pods) => SIZES.filter((shards) => pods % shards === 0).map((shards) => [pods, shards]));

test.each(CLUSTERS)('%i pods of %i shards, over any hosts', (pods, shards) => {
  for (const [counts, zones] of distributions(pods, 6).flatMap((each): [number[], number][] => [[each, 1], [each, 2], [each, 3]])) {
    const seats = place(shards, counts, zones);
    const masters = seats.filter(({ master }) => master);
    expect([counts, masters.map(({ shard }) => shard).sort((a, b) => a - b)]).toEqual([counts, [...Array(shards).keys()]]);
    for (let shard = 0; shard < shards; shard++) {
      const hosts = seats.filter((seat) => seat.shard === shard).map(({ host }) => host);
      expect(hosts).toHaveLength(pods / shards);
      // Only a host with more pods than there are shards must have two of one.
      if (Math.max(...counts) <= shards) expect([counts, new Set(hosts).size]).toEqual([counts, hosts.length]);
    }
    const perHost = counts.map((_, host) => masters.filter((seat) => seat.host.endsWith(`host${host}`)).length);
    const choices = [...Array(shards).keys()].map((shard) => [...new Set(seats.filter((seat) => seat.shard === shard).map(({ host }) => host))]);
    expect([counts, perHost.filter(Boolean).length]).toEqual([counts, mostHosts(choices)]);
    // No zone takes a whole shard with it, where none has more pods than there are shards.
    const inZones = [...Array(zones).keys()].map((zone) => seats.filter(({ host }) => host.startsWith(`zone${zone}/`)).length);
    const zonesOf = (shard: number) => new Set(seats.filter((seat) => seat.shard === shard).map(({ host }) => host.split('/')[0])).size;
    if (pods > shards && Math.max(...inZones) <= shards) expect([counts, ...choices.map((_, shard) => zonesOf(shard))]).not.toContain(1);
    // No host has two masters while another one has none. Only to keep the nodes of a shard in two zones may cost this.
    if (perHost.includes(0) && zones === 1) expect([counts, Math.max(...perHost)]).toEqual([counts, 1]);
    // With the pods in even numbers on three hosts or more, none has a majority of the masters, which would stop all elections when it fails.
    if (counts.length >= 3 && counts.every((count) => count === counts[0])) expect(Math.max(...perHost)).toBeLessThanOrEqual(shards / 2);
  }
});

/** The most hosts that can have a master, when each shard has a choice: by trying all ways to move masters on. */
function mostHosts(choices: readonly string[][]): number {
  const taken = new Map<string, number>();
  const settle = (shard: number, tried: Set<string>): boolean => choices[shard].some((host) => {
    if (tried.has(host)) return false;
    tried.add(host);
    const other = taken.get(host);
    if (other !== undefined && !settle(other, tried)) return false;
    taken.set(host, shard);
    return true;
  });
  return choices.filter((_, shard) => settle(shard, new Set())).length;
}

test('masters prefer different zones', () => {
  const input = ['a/1', 'a/2', 'b/3', 'b/4', 'c/5', 'c/6'].map((host, pod) => `redis-${pod} ${host}\n`).join('');
  const output = execFileSync('sh', [join(SCRIPTS, 'cluster-place.sh'), '3'], { input, encoding: 'utf8' });
  const zones = output.trim().split('\n').filter((line) => line.split(' ')[3] === 'master').map((line) => Math.floor(Number(line.split(' ')[2].slice(-1)) / 2));
  expect(new Set(zones).size).toBe(3);
});

test('nodes that nobody knows the host of are taken in turn', () => {
  const input = [0, 1, 2, 3, 4, 5].map((pod) => `redis-${pod} /\n`).join('');
  expect(execFileSync('sh', [join(SCRIPTS, 'cluster-place.sh'), '3'], { input, encoding: 'utf8' })).toBe([
    'place 0 redis-0 master /', 'place 1 redis-1 master /', 'place 2 redis-2 master /',
    'place 0 redis-3 replica /', 'place 1 redis-4 replica /', 'place 2 redis-5 replica /', '',
  ].join('\n'));
});
