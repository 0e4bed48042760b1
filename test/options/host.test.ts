import { Redis } from '../../src';

test.each([
  ['redis', 'redis:6379'], ['redis.example.com', 'redis.example.com:6379'], ['Redis-1.example.com', 'Redis-1.example.com:6379'], ['10.0.0.1', '10.0.0.1:6379'],
  ['::1', '[::1]:6379'], ['fe80::', '[fe80::]:6379'], ['2001:db8::1', '[2001:db8::1]:6379'],
])('an existing Redis at %s is reached at %s', (host, address) => {
  expect(Redis.fromAttributes({ host }).endpoint.address).toBe(address);
});

test.each([
  '', 'redis.example.com:6379', 'a..b', 'a-.b', '-a', 'a.', '.a', 'a_b', 'redis://a', 'a b', 'a/b', '[::1]', 'fe80::1%eth0', '300.0.0.1', '10.0.0', 'a'.repeat(64), 'a.'.repeat(127) + 'a',
  5, null, ['a'],
])('the host %j of an existing Redis is refused', (host) => {
  expect(() => Redis.fromAttributes({ host: host as string })).toThrow('it takes the name or address of a host, without a port or scheme');
});
