import { Size } from 'cdk8s';
import { RedisController, RedisImage, RedisPersistence, RedisStandalone } from 'cdk8s-redis-constructs';
import { apply, expectWritten, inNamespace, run, waitFor, write } from './kit';

const here = inNamespace('persistence');

const VERSIONS = ['8.0.2', '8.6.3'];
const bare = (version: string) => `bare-${version.replaceAll('.', '-')}`;

const manifest = () => here.manifest((chart) => {
  const size = Size.mebibytes(64);
  new RedisStandalone(chart, 'aof', { persistence: RedisPersistence.aof({ size }) });
  new RedisStandalone(chart, 'rdb', { persistence: RedisPersistence.rdb({ size }) });
  new RedisStandalone(chart, 'none');
  for (const version of VERSIONS) {
    new RedisStandalone(chart, bare(version), {
      controller: RedisController.POD, image: RedisImage.official(version), persistence: RedisPersistence.aof({ size }),
    });
  }
});

beforeAll(async () => {
  await apply(manifest());
  await Promise.all(['aof-0', 'rdb-0', 'none-0', ...VERSIONS.map(bare)].map((pod) => here.ready(pod)));
});

test('an append-only file brings every key back after the pod was deleted, and after it was killed', async () => {
  await write(here, 'aof-0');
  await here.replace('aof-0');
  await expectWritten(here, 'aof-0');

  await here.redisCli('aof-0', 'FLUSHALL');
  await write(here, 'aof-0');
  await here.replace('aof-0', '--force', '--grace-period=0');
  await expectWritten(here, 'aof-0');
});

test('snapshots bring every key back after the pod was deleted, because a regular stop saves', async () => {
  await write(here, 'rdb-0');
  await here.replace('rdb-0');
  await expectWritten(here, 'rdb-0');
});

test('a Redis keeps every key when it is changed from snapshots to an append-only file, and back', async () => {
  const changed = (persistence: RedisPersistence) => apply(here.manifest((chart) => new RedisStandalone(chart, 'change', { persistence })));
  const appendonly = async () => (await here.redisCli('change-0', 'CONFIG', 'GET', 'appendonly')).split('\n')[1];
  const becomes = (value: string) => waitFor(`appendonly is ${value}`, async () => await appendonly() === value);
  const size = Size.mebibytes(64);

  await changed(RedisPersistence.rdb({ size }));
  let former = await here.ready('change-0');
  await write(here, 'change-0');
  for (const [persistence, value] of [[RedisPersistence.aof({ size }), 'yes'], [RedisPersistence.rdb({ size }), 'no']] as const) {
    await changed(persistence);
    former = await here.ready('change-0', former);
    await becomes(value);
    await expectWritten(here, 'change-0');
  }
});

test('a Redis without persistence starts empty', async () => {
  await write(here, 'none-0');
  await here.replace('none-0');
  expect(await here.redisCli('none-0', 'DBSIZE')).toBe('0');
});

test.each(VERSIONS)('the claim of a bare Pod keeps every key for the next Pod of that name (Redis %s)', async (version) => {
  const pod = bare(version);
  const former = await here.pod(pod);
  expect(await here.redisCli(pod, 'INFO', 'server')).toContain(`redis_version:${version}`);
  await write(here, pod);
  await here.kubectl('delete', 'pod', pod);
  await apply(manifest());
  await here.ready(pod, former);
  await expectWritten(here, pod);
});

test('a second synthesis changes nothing in the cluster', async () => {
  expect(await run('kubectl', ['diff', '-f', '-'], { input: manifest() })).toEqual({ code: 0, stdout: '', stderr: '' });
});
