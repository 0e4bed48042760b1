import { RedisAclUser, RedisAuth } from 'cdk8s-redis-constructs';
import { deleteAll, deleteMasters, form, Outcome, underFlow } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { apply, expectUntouched, inNamespace, kubectl, waitFor } from './kit';
import { internalName, internalUsers } from '../../src/node/internal-users';

const VERSION = '8.6.3';

const WRITER: RedisAclUser = { name: 'writer', passwordSecret: { secretName: 'writer-password', key: 'password' }, keys: ['*'] };

const INTERNAL = 'redis-internal';

const here = inNamespace('acl');
let cluster: ClusterUnderTest;

const secret = (name: string, values: { [key: string]: string }) => kubectl([
  '-n', here.name, 'create', 'secret', 'generic', name, ...Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`), '--dry-run=client', '-o', 'yaml',
]).then(apply);

/** The passwords of all users, which tell which time they were made for. */
async function setPasswords(time: string): Promise<void> {
  await secret(INTERNAL, Object.fromEntries(internalUsers('cluster').map((user) => [user, `tell-tale "${user}" ${time}`])));
  await secret(WRITER.passwordSecret.secretName, { password: `tell-tale writer ${time}` });
}

/** What redis-cli answers to a user in the pod of a node; to nobody where there is no name. */
async function as(user: string, password: string, ...command: string[]): Promise<string> {
  const login = user === '' ? [] : ['--user', user];
  return (await here.exec(PODS[0], 'redis', 'env', `REDISCLI_AUTH=${password}`, 'redis-cli', '--no-auth-warning', ...login, ...command)).trim();
}

function say(what: string, { seconds, pauses }: Outcome): void {
  process.stdout.write(`${what}: healthy after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms\n`);
}

beforeAll(async () => {
  await setPasswords('one');
  cluster = await ClusterUnderTest.prepare(here, VERSION, { auth: RedisAuth.acl({ users: [WRITER], internalSecret: INTERNAL }) });
});

afterAll(() => here.remove());

test('forms with default off, and serves its user', async () => {
  const outcome = await form(cluster);
  say('formed', outcome);
  expect(outcome.lost).toEqual([]);
});

test('refuses whoever does not log in, a wrong password, and what a user may not do', async () => {
  expect(await as('', '', 'PING')).toMatch(/^NOAUTH/);
  expect(await as('default', 'tell-tale writer one', 'PING')).toMatch(/NOAUTH|WRONGPASS/);
  expect(await as('writer', 'wrong', 'PING')).toMatch(/NOAUTH|WRONGPASS/);
  expect(await as('writer', 'tell-tale writer one', 'PING')).toBe('PONG');
  expect(await as('writer', 'tell-tale writer one', 'FLUSHALL')).toMatch(/^NOPERM/);
  expect(await as('internal-healing', 'tell-tale "healing" one', 'FLUSHALL')).toMatch(/^NOPERM/);
  expect(await as('internal-healing', 'tell-tale "healing" one', 'CLUSTER', 'RESET')).toMatch(/^NOPERM/);
});

test('comes back after all its pods are deleted', async () => {
  const outcome = await deleteAll(cluster);
  say('all pods deleted', outcome);
  expect(outcome.lost).toEqual([]);
});

test('hands over each master that is deleted', async () => {
  const outcome = await deleteMasters(cluster);
  say('each master deleted', outcome);
  expect(outcome.lost).toEqual([]);
});

test('takes other passwords of all users under writes, without a restart, and copies with them', async () => {
  const replica = (await cluster.healthy()).find(({ master }) => master !== '-')!.pod;
  const outcome = await underFlow(cluster, async () => {
    const before = await here.pods(...PODS);
    const changed = Date.now();
    await setPasswords('two');
    const names = [...internalUsers('cluster').map(internalName), WRITER.name];
    await waitFor('all nodes have all new passwords', async () => {
      const logs = await Promise.all(PODS.map((pod) => here.kubectl('logs', pod, '-c', 'config-reloader')));
      return logs.every((log) => names.every((name) => log.includes(`user ${name}: password changed`)));
    }, { every: 2000, seconds: 300 });
    expect(await as('writer', 'tell-tale writer two', 'PING')).toBe('PONG');
    // The former one holds for a while.
    expect(await as('writer', 'tell-tale writer one', 'PING')).toBe('PONG');
    await expectUntouched(here, before);
    const seconds = (Date.now() - changed) / 1000;
    // It is ready when it has its master's data; the writer, who has the former password, does not ask it.
    await here.replace(replica);
    return { seconds };
  });
  say('passwords changed', outcome);
  expect(outcome.lost).toEqual([]);
  expect(await here.exec(replica, 'redis', 'sh', '-c', 'REDISCLI_AUTH="$(cat /redis-users/passwords/writer)" redis-cli --no-auth-warning --user writer INFO replication'))
    .toContain('master_link_status:up');
});

test('shows no password in an object, an argument or a log', async () => {
  expect(await here.kubectl('get', 'configmap,statefulset,job,pod,service', '-o', 'yaml')).not.toContain('tell-tale');
  expect(cluster.manifest()).not.toContain('tell-tale');
  for (const pod of PODS) {
    expect(await here.exec(pod, 'redis', 'sh', '-c', 'for one in /proc/[0-9]*; do tr "\\0" " " <$one/cmdline; done; true')).not.toContain('tell-tale');
    expect(await here.kubectl('logs', pod, '--all-containers')).not.toContain('tell-tale');
  }
});
