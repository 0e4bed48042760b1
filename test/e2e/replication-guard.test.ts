import { RedisClientCertificates } from 'cdk8s-redis-constructs';
import { Guard, OPERATOR, passwordOf, TELLTALE, WRITER } from './guard';
import { apply, inNamespace, waitFor } from './kit';
import { deleteAll, deleteMaster, loseSentinels, ReplicationOutcome, rollingRestart, rotateCertificate, rotateUsers } from './replication-scenarios';
import { comesThrough } from './replication-survival';
import { NAME, NODES, ReplicationUnderTest, SENTINELS } from './replication-under-test';
import { internalName, internalUsers } from '../../src/node/internal-users';
import { clean } from '../scripts/processes';

const KEYS = Array.from({ length: 300 }, (_, index) => `key:${index}`);

describe('a RedisReplication with users, and with TLS whose clients need certificates', () => {
  const here = inNamespace('replication-guard');
  let guard: Guard;
  let replication: ReplicationUnderTest;

  afterAll(clean);

  const survives = (what: string, play: () => Promise<ReplicationOutcome>) => comesThrough(replication, `users and TLS: ${what}`, play);

  beforeAll(async () => {
    guard = await Guard.make(here, RedisClientCertificates.REQUIRED, { kind: 'replication', hosts: [NAME, ...NODES, `${NAME}-sentinel`, ...SENTINELS] });
    replication = await ReplicationUnderTest.prepare(here, '8.6.3', guard.options);
  });

  test('comes from neither, with all its data, when its pods are deleted at once', async () => {
    await apply(replication.manifest({ plain: true }));
    await waitFor('all are ready', async () => Object.values(await here.pods(...NODES, ...SENTINELS)).every(({ ready }) => ready), { seconds: 300 });
    await waitFor('the proxy leads to the master', async () => await here.redisCli('redis-1', '-h', NAME, 'SET', 'first', 'yes') === 'OK');
    expect(new Set(await here.commands(NODES[0], KEYS.map((key) => `SET ${key} ${key}`), '-h', NAME))).toEqual(new Set(['OK']));
    await apply(replication.manifest());
    const deleted = Date.now();
    await here.kubectl('delete', 'pods', '-l', `app.kubernetes.io/instance=${NAME}`, '--wait=false');
    await replication.healthy();
    process.stdout.write(`users and TLS: from neither: healthy after ${(Date.now() - deleted) / 1000} s\n`);
    const answers = await Promise.all(KEYS.slice(0, 3).map((key) => replication.ask(NODES[0], WRITER.name, 'GET', key)));
    expect(answers).toEqual(KEYS.slice(0, 3));
    expect(await replication.ask(NODES[0], WRITER.name, 'DBSIZE')).toBe(String(KEYS.length + 1));
  });

  test('refuses whoever does not log in, and whoever has no certificate', async () => {
    for (const [pod, port] of [[NODES[1], '6379'], [SENTINELS[1], '26379']]) {
      const certificate = ['--cert', '/redis-tls/tls.crt', '--key', '/redis-tls/tls.key'];
      const ping = async (...options: string[]) => (await here.exec(
        NODES[0], 'redis', 'sh', '-c', 'timeout 5 redis-cli "$@" PING 2>&1; true', 'sh', '-h', pod, '-p', port, '--no-auth-warning', ...options,
      )).trim();
      expect(await ping()).not.toContain('PONG');
      expect(await ping('--tls', '--cacert', '/redis-tls/ca.crt')).toMatch(/certificate required|closed|reset/);
      expect(await ping('--tls', '--cacert', '/redis-tls/ca.crt', ...certificate)).toMatch(/^NOAUTH/);
      expect(await ping('--tls', '--cacert', '/redis-tls/ca.crt', ...certificate, '--user', WRITER.name, '--pass', 'wrong')).toMatch(/WRONGPASS/);
      expect(await ping('--tls', '--cacert', '/redis-tls/ca.crt', ...certificate, '--user', WRITER.name, '--pass', passwordOf(WRITER.name, 'one'))).toBe('PONG');
    }
  });

  test('comes back after all its pods were deleted at once', async () => {
    await survives('all pods deleted', () => deleteAll(replication));
  });

  test('hands over when the master is deleted', async () => {
    const former = await replication.healthy();
    await survives('master deleted', () => deleteMaster(replication));
    expect(await replication.healthy()).not.toBe(former);
  });

  test('goes on through a rolling restart', async () => {
    await survives('rolled', () => rollingRestart(replication));
  });

  test('keeps its master when all Sentinels are lost, and elects another one with the new ones', async () => {
    await survives('Sentinels lost', () => loseSentinels(replication));
  });

  test('takes another certificate while it serves, and hands over afterwards', async () => {
    await survives('certificate changed', () => rotateCertificate(replication, async () => {
      const files = guard.issue();
      await guard.setCertificate(files);
      return files['tls.crt'];
    }));
  });

  test('takes other passwords of all users while it serves, without a restart, and hands over afterwards', async () => {
    const of = (kind: 'replication' | 'sentinel') => [...internalUsers(kind).map(internalName), WRITER.name, OPERATOR.name];
    await survives('passwords changed', () => rotateUsers(replication, passwordOf(WRITER.name, 'two'), () => guard.setPasswords('two'), of));
    for (const pod of [...NODES, ...SENTINELS]) {
      expect([pod, await here.kubectl('logs', pod, '--all-containers')]).toEqual([pod, expect.not.stringMatching(new RegExp(`NOPERM|${TELLTALE}`))]);
    }
  });
});
