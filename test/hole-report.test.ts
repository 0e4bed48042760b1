import { App, Chart, Testing } from 'cdk8s';
import { LonghornRedis, RedisCluster, RedisImage, RedisInsight, RedisReplication, RedisStandalone } from '../src';

/** All that is written to stderr while something is done. */
function said(what: () => unknown): string {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    what();
    return write.mock.calls.map(([text]) => text).join('');
  } finally {
    write.mockRestore();
  }
}

function app(...images: (RedisImage | undefined)[]): App {
  const made = Testing.app();
  const chart = new Chart(made, 'test');
  images.forEach((image, index) => new RedisStandalone(chart, `redis-${index}`, { image }));
  return made;
}

const holesIn = (text: string) => text.match(/CVE-\d+-\d+(?= \()/g) ?? [];
const ALL_OF_802 = [
  'CVE-2025-32023', 'CVE-2025-46817', 'CVE-2025-46818', 'CVE-2025-46819', 'CVE-2025-48367', 'CVE-2025-49844', 'CVE-2026-23479', 'CVE-2026-23631', 'CVE-2026-25243',
  'CVE-2026-66373', 'CVE-2026-81934',
];

test('synthesis says which construct has which holes, what closes them, and how they are accepted', () => {
  expect(said(() => app(RedisImage.official('8.2.8-alpine')).synthYaml())).toBe(`\
WARNING: RedisStandalone 'test/redis-0' runs 'redis:8.2.8-alpine', and Redis 8.2.8 has known holes:
  - CVE-2026-81934 (critical): where TLS is on, anybody who can connect can use freed memory, and perhaps run code, without a password; fixed in 8.2.9
  Take a Redis without known holes as 'image', such as RedisImage.official('8.2.9').
  To accept holes that do not matter to you, name them in 'image.accept': ['CVE-2026-81934']
`);
});

test('what no patch of the same line closes is said so', () => {
  const text = said(() => app(RedisImage.official('8.0.2')).synthYaml());
  expect(text).toContain('  - CVE-2025-49844 (critical): a client can use freed memory with a Lua script, and perhaps run code; fixed in 8.0.4\n');
  expect(text).toContain('  - CVE-2026-23479 (high): a client can use freed memory where a blocked client is evicted, and perhaps run code; fixed in 8.2.6, not in 8.0\n');
  expect(text).toContain('RedisImage.official(\'8.2.9\')');
});

test('nothing is said of a version without known holes, nor before synthesis', () => {
  expect(said(() => app(RedisImage.official('8.6.7'), RedisImage.of('registry.example.com/redis', { version: '8.10.2' })).synthYaml())).toBe('');
  expect(said(() => app(RedisImage.official('8.0.2')))).toBe('');
});

test('it is said once of each construct, in the order of the tree, however the app is synthesized', () => {
  const made = app(RedisImage.official('8.0.2'), RedisImage.official('8.6.7'), RedisImage.official('8.2.8'));
  const first = said(() => made.synth());
  expect(first.match(/WARNING: \S+ \S+/g)).toEqual(['WARNING: RedisStandalone \'test/redis-0\'', 'WARNING: RedisStandalone \'test/redis-2\'']);
  expect(said(() => [made.synth(), made.synthYaml(), Testing.synth(made.charts[0])])).toBe('');

  const again = app(RedisImage.official('8.0.2'), RedisImage.official('8.6.7'), RedisImage.official('8.2.8'));
  expect(said(() => Testing.synth(again.charts[0]))).toBe(first);
});

test.each([
  ['RedisStandalone', (chart: Chart, image: RedisImage) => new RedisStandalone(chart, 'x', { image })],
  ['RedisCluster', (chart: Chart, image: RedisImage) => new RedisCluster(chart, 'x', { image })],
  ['RedisReplication', (chart: Chart, image: RedisImage) => new RedisReplication(chart, 'x', { image })],
  ['LonghornRedis', (chart: Chart, image: RedisImage) => new LonghornRedis(chart, 'x', { image })],
])('a %s is reported, and not in what it makes', (kind, make) => {
  const synth = (image: RedisImage) => {
    const chart = new Chart(Testing.app(), 'test');
    make(chart, image);
    return Testing.synth(chart);
  };
  const accepted = RedisImage.of('registry.example.com/redis:mine', { version: '8.0.2', accept: ALL_OF_802 });
  const plain = RedisImage.of('registry.example.com/redis:mine', { version: '8.0.2' });

  const text = said(() => synth(plain));
  expect(text).toMatch(new RegExp(`^WARNING: ${kind} 'test/x' runs 'registry.example.com/redis:mine', and Redis 8.0.2 has known holes:\n`));
  expect(holesIn(text)).toEqual(ALL_OF_802);
  expect(said(() => synth(accepted))).toBe('');
  said(() => expect(JSON.stringify(synth(plain))).toBe(JSON.stringify(synth(accepted))));
});

test('a hole that is accepted by name is not reported, and the others are', () => {
  const [one, ...others] = ALL_OF_802;
  const text = said(() => app(RedisImage.official('8.0.2', { accept: [one] })).synthYaml());
  expect(holesIn(text)).toEqual(others);
  expect(text).not.toContain(one);
});

test('a RedisInsight is no Redis', () => {
  expect(said(() => {
    const chart = new Chart(Testing.app(), 'test');
    new RedisInsight(chart, 'ui');
    Testing.synth(chart);
  })).toBe('');
});
