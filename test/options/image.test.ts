import { imageReferenceProblems, pullProblems } from '../../src/options/image';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each([
  'redis', 'redis:8.6.3', 'redis/redisinsight:3.8.0', 'registry.example.com/redis', 'registry.example.com:5000/team/redis:8.6.3-alpine', 'localhost:5000/redis', 'x/y:1',
  `redis@${DIGEST}`, `redis:8.6.3@${DIGEST}`, 'a/b.c_d__e---f:G_1.2-3', 'Registry/redis', '[::1]:5000/redis', `redis:${'a'.repeat(128)}`,
])('the reference %s of an image is taken', (reference) => {
  expect(imageReferenceProblems('image', reference)).toEqual([]);
});

test.each([
  '', 'a//b::c:d', 'Redis', 'redis:', 'redis:8:6', 'redis@', `redis@${DIGEST}a`, 'redis@sha256:abc', '/redis', 'redis/', 'a..b', 'a___b', '-a', 'a-', 'a b', 'redis\n', 'https://a/b',
  'registry.example.com:/redis', `redis:${'a'.repeat(129)}`, 'a'.repeat(256), 'redis:-1', `redis${'-'.repeat(50_000)}`, undefined, null, 5, ['redis'],
])('the reference %j of an image is refused', (reference) => {
  expect(imageReferenceProblems('image', reference as string)).toHaveLength(1);
});

test('how an image is pulled is checked wherever it is said', () => {
  expect(pullProblems('', { pullPolicy: 'Sometimes', pullSecrets: ['a', 'B'] } as any)).toEqual([
    '\'pullPolicy\' is \'Sometimes\': it takes one of Always, IfNotPresent, Never',
    '\'pullSecrets[1]\' is \'B\': it takes the name of a Kubernetes object, which is made of lower case letters, digits, \'-\' and \'.\', at most 253 characters',
  ]);
});
