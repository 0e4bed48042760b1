import { deleteAll, deleteMasters, form, Outcome, underFlow } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { Guard, OPERATOR, passwordOf, refusals, TELLTALE, WRITER } from './guard';
import { expectUntouched, inNamespace, waitFor } from './kit';
import { runbook } from './runbook';
import { internalName, internalUsers } from '../../src/node/internal-users';
import { clean } from '../scripts/processes';

const VERSION = '8.6.3';

const here = inNamespace('acl');
let guard: Guard;
let cluster: ClusterUnderTest;

/** What redis-cli answers to a user in the pod of a node; to nobody where there is no name. */
async function inPod(pod: string, user: string, password: string, ...command: string[]): Promise<string> {
  const login = user === '' ? [] : ['--user', user];
  const shell = 'redis-cli -s "$REDIS_SOCKET" --no-auth-warning "$@"';
  return (await here.exec(pod, 'redis', 'env', `REDISCLI_AUTH=${password}`, 'sh', '-c', shell, 'sh', ...login, ...command)).trim();
}

/** So it does in the first pod. */
const as = (user: string, password: string, ...command: string[]) => inPod(PODS[0], user, password, ...command);

/** What all nodes answer to passwords of a client and of somebody of the library. */
async function everywhere(...times: string[]): Promise<string[]> {
  const logins = PODS.flatMap((pod) => times.flatMap((time) => [
    [pod, WRITER.name, passwordOf('writer', time), 'PING'], [pod, 'internal-healing', passwordOf('healing', time), 'ECHO', 'PONG'],
  ]));
  const answers: string[] = [];
  for (const [pod, user, password, ...command] of logins) answers.push(await inPod(pod, user, password, ...command));
  return answers;
}

function say(what: string, { seconds, pauses }: Outcome): void {
  process.stdout.write(`users and TLS: ${what}: healthy after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms\n`);
}

beforeAll(async () => {
  guard = await Guard.make(here);
  cluster = await ClusterUnderTest.prepare(here, VERSION, guard.options);
});

afterAll(clean);

test('forms with default off, and serves its user', async () => {
  const outcome = await form(cluster);
  say('formed', outcome);
  expect(outcome.lost).toEqual([]);
});

test('refuses whoever does not log in, a wrong password, and what a user may not do', async () => {
  const [writer, healing] = [passwordOf('writer', 'one'), passwordOf('healing', 'one')];
  expect(await as('', '', 'PING')).toMatch(/^NOAUTH/);
  expect(await as('default', writer, 'PING')).toMatch(/NOAUTH|WRONGPASS/);
  expect(await as('writer', 'wrong', 'PING')).toMatch(/NOAUTH|WRONGPASS/);
  expect(await as('writer', writer, 'PING')).toBe('PONG');
  expect(await as('writer', writer, 'FLUSHALL')).toMatch(/^NOPERM/);
  expect(await as('internal-healing', healing, 'FLUSHALL')).toMatch(/^NOPERM/);
  expect(await as('internal-healing', healing, 'CLUSTER', 'RESET')).toMatch(/^NOPERM/);
  const noted = await refusals(here, PODS[0]);
  for (const object of ['flushall', 'cluster|reset']) expect(noted).toContainEqual(expect.objectContaining({ reason: 'command', object, username: 'internal-healing' }));
});

test('answers who looks first as the runbook has it', async () => {
  const answers = (await runbook(here, 'all CLUSTER INFO')).split('== ').slice(1);
  expect(answers.map((answer) => answer.split('\n')[0])).toEqual(PODS.map((pod) => `pod/${pod}`));
  for (const answer of answers) {
    for (const line of ['cluster_state:ok', 'cluster_slots_ok:16384', 'cluster_known_nodes:6']) expect(answer).toContain(line);
  }
  expect((await runbook(here, 'ask redis-cluster-0 CLUSTER NODES')).split('\n')).toHaveLength(PODS.length);
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
    await guard.setPasswords('two');
    const names = [...internalUsers('cluster').map(internalName), WRITER.name, OPERATOR.name];
    const logs = () => Promise.all(PODS.map((pod) => here.kubectl('logs', pod, '-c', 'config-reloader', '--prefix')));
    await waitFor('all nodes have all new passwords', async () => (
      (await logs()).every((log) => names.every((name) => log.includes(`user ${name}: password changed`)))
    ), { every: 2000, seconds: 300, explain: async () => (await logs()).join('\n') });
    // The former ones hold for a while.
    expect(await everywhere('one', 'two')).toEqual(Array(PODS.length * 4).fill('PONG'));
    await expectUntouched(here, before);
    const seconds = (Date.now() - changed) / 1000;
    // It is ready when it has its master's data; the writer, who has the former password, does not ask it.
    await here.replace(replica);
    return { seconds };
  });
  say('passwords changed', outcome);
  expect(outcome.lost).toEqual([]);
  expect(await cluster.ask(replica, 'INFO', 'replication')).toContain('master_link_status:up');
});

test('shows no password in an object, an argument or a log', async () => {
  expect(await here.kubectl('get', 'configmap,statefulset,job,pod,service', '-o', 'yaml')).not.toContain(TELLTALE);
  expect(cluster.manifest()).not.toContain(TELLTALE);
  const job = await here.kubectl('logs', '-l', 'app.kubernetes.io/component=cluster-init', '--all-containers', '--tail=-1');
  expect(job).toContain('the cluster is formed');
  expect(job).not.toContain(TELLTALE);
  const shell = 'for one in /proc/[0-9]*; do tr "\\0" " " <$one/cmdline; done; true';
  for (const pod of PODS) {
    const { spec: { containers } } = await here.get('pod', pod);
    for (const { name } of containers) expect(await here.exec(pod, name, 'sh', '-c', shell)).not.toContain(TELLTALE);
    expect(await here.kubectl('logs', pod, '--all-containers')).not.toContain(TELLTALE);
  }
});
