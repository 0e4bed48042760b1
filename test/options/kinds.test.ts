import { RedisAccess, RedisAuth, RedisImage, RedisMetrics, RedisPersistence } from '../../src';
import { kindProblems } from '../../src/options/kinds';

test('options of the right kinds are taken', () => {
  expect(kindProblems({})).toEqual([]);
  expect(kindProblems({
    image: RedisImage.official('8.6.3'), config: {}, persistence: RedisPersistence.none(), auth: RedisAuth.none(), resources: {}, scheduling: {},
    access: RedisAccess.open(), metrics: RedisMetrics.none(),
  })).toEqual([]);
});

test('options of other kinds are refused, without a word of what may be a password', () => {
  expect(kindProblems({ image: 'redis:8', config: null, persistence: 'aof', auth: 'hunter2', resources: '1Gi', scheduling: [], access: 'open', metrics: true } as any)).toEqual([
    '\'image\' is \'redis:8\': it takes a RedisImage, such as RedisImage.official(\'8.6.3\')',
    '\'config\' is null: it takes an object of properties',
    '\'persistence\' is \'aof\': it takes a RedisPersistence, such as RedisPersistence.aof()',
    '\'auth\' is no RedisAuth: it takes RedisAuth.none() or the name of a Secret, such as RedisAuth.password(\'redis-password\')',
    '\'resources\' is \'1Gi\': it takes an object of properties',
    '\'scheduling\' is []: it takes an object of properties',
    '\'access\' is \'open\': it takes a RedisAccess, such as RedisAccess.connected()',
    '\'metrics\' is true: it takes a RedisMetrics, such as RedisMetrics.exporter()',
  ]);
});
