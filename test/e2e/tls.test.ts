import { RedisClientCertificates, RedisTls, RedisTlsReach } from 'cdk8s-redis-constructs';
import { Authority, CertificateFiles, setCertificate } from './certificates';
import { rotateAuthority, rotateCertificate, shownCertificates } from './cluster-certificates';
import { change, deleteAll, form, Outcome } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { Guard } from './guard';
import { apply, expectUntouched, inNamespace, kubectl } from './kit';
import { clean } from '../scripts/processes';

const SECRET = 'redis-tls';

/** What a person sees of the time, beside the outcome: no test depends on it. */
function say(what: string, { seconds, pauses, report }: Outcome): void {
  process.stdout.write(`TLS: ${what}: after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms (writer held up ${report.heldUp} ms)\n`);
}

// The authorities' files, when both are done.
afterAll(clean);

describe('a RedisCluster with users and TLS whose clients need certificates', () => {
  const here = inNamespace('tls');
  let guard: Guard;
  let cluster: ClusterUnderTest;

  afterAll(() => here.remove());

  beforeAll(async () => {
    guard = await Guard.make(here, RedisClientCertificates.REQUIRED);
    cluster = await ClusterUnderTest.prepare(here, '8.6.3', guard.options);
  });

  /** Where there is redis-cli, all that it needs, and a `/tmp`. */
  const CONTAINER = 'config-reloader';

  /** What redis-cli in another pod is answered by a node, as the writer. */
  async function ask(...options: string[]): Promise<string> {
    const shell = 'REDISCLI_AUTH=$(cat "$REDIS_USERS/passwords/writer") timeout 5 redis-cli --user writer --no-auth-warning "$@" PING 2>&1; true';
    return (await here.exec(PODS[0], CONTAINER, 'sh', '-c', shell, 'sh', '-h', `${PODS[1]}.redis-cluster-nodes`, ...options)).trim();
  }

  /** So it is with the certificates in these directories. */
  const askWith = (authority: string, certificate: string) => (
    ask('--tls', '--cacert', `${authority}/ca.crt`, '--cert', `${certificate}/tls.crt`, '--key', `${certificate}/tls.key`));

  async function put(directory: string, files: CertificateFiles): Promise<void> {
    await here.exec(PODS[0], CONTAINER, 'mkdir', directory);
    for (const [file, text] of Object.entries(files)) {
      await kubectl(['-n', here.name, 'exec', '-i', PODS[0], '-c', CONTAINER, '--', 'sh', '-c', 'cat >"$1"', 'sh', `${directory}/${file}`], { input: text });
    }
  }

  test('forms, for a client that checks the names of all nodes', async () => {
    const outcome = await form(cluster);
    say('formed', outcome);
    expect(outcome.lost).toEqual([]);
  });

  test('refuses who speaks no TLS, and who has no certificate', async () => {
    expect(await ask()).not.toContain('PONG');
    expect(await ask('--tls', '--cacert', '/redis-tls/ca.crt')).toMatch(/certificate required|closed|reset/);
    expect(await askWith('/redis-tls', '/redis-tls')).toBe('PONG');
  });

  test('loads a changed certificate on all nodes while a client writes, without a restart', async () => {
    const before = await here.pods(...PODS);
    const outcome = await rotateCertificate(cluster, async () => {
      const files = guard.issue();
      await guard.setCertificate(files);
      return files['tls.crt'];
    });
    say('certificate changed on all nodes', outcome);
    expect(outcome.lost).toEqual([]);
    await expectUntouched(here, before);
  });

  test('takes another authority in three steps while a client writes, without a restart', async () => {
    const before = await here.pods(...PODS, 'writer');
    const latter = new Authority('e2e, the next one');
    const both = `${guard.authority.certificate}${latter.certificate}`;
    const [nodes, client] = [{ former: guard.issue(), latter: guard.issue(latter) }, { former: guard.issueForClient(), latter: guard.issueForClient(latter) }];
    const outcome = await rotateAuthority(cluster, [
      () => guard.setCertificates({ ...nodes.former, 'ca.crt': both }, client.former),
      () => guard.setCertificates({ ...nodes.latter, 'ca.crt': both }, client.latter),
      () => guard.setCertificates(nodes.latter, client.latter),
    ]);
    say(`another authority, in steps of ${outcome.steps.map((seconds) => seconds.toFixed(1)).join(', ')} s`, outcome);
    expect(outcome.lost).toEqual([]);
    await expectUntouched(here, before);
    expect(await shownCertificates(cluster)).toEqual(PODS.map(() => nodes.latter['tls.crt'].trim()));

    await put('/tmp/former', client.former);
    await put('/tmp/latter', client.latter);
    expect(await askWith('/tmp/latter', '/tmp/latter')).toBe('PONG');
    expect(await askWith('/tmp/latter', '/tmp/former')).toMatch(/unknown ca|closed|reset/i);
    expect(await askWith('/tmp/former', '/tmp/latter')).toContain('certificate verify failed');
  });

  test('comes back with all its writes when all pods are deleted at once', async () => {
    const outcome = await deleteAll(cluster);
    say('all pods deleted', outcome);
    expect(outcome.lost).toEqual([]);
  });
});

describe('a plain RedisCluster', () => {
  const here = inNamespace('plain-to-tls');
  const authority = new Authority('e2e');
  const both = { port: 6380, plainPort: 6379 };
  const keys = Array.from({ length: 300 }, (_, index) => `key:${index}`);
  const WITH_TLS = ['-p', '6380', '--tls', '--cacert', '/redis-tls/ca.crt'];
  let cluster: ClusterUnderTest;

  afterAll(() => here.remove());

  beforeAll(async () => {
    cluster = await ClusterUnderTest.prepare(here, '8.6.3');
    await setCertificate(here, SECRET, authority.issue('redis-cluster', `redis-cluster.${here.name}.svc`, ...['', `.${here.name}.svc`].map((domain) => `*.redis-cluster-nodes${domain}`)));
  });

  /** One step, as the documentation has it: the former Job is taken away, the user applies, and waits for the pods and for the Job. */
  async function step(tls?: RedisTls): Promise<void> {
    const job = ['job', '-l', 'app.kubernetes.io/component=cluster-init'];
    await here.kubectl('delete', ...job);
    await apply(cluster.manifest({ tls }));
    await here.kubectl('rollout', 'status', 'statefulset/redis-cluster', '--timeout=400s');
    await here.kubectl('wait', '--for=condition=complete', ...job, '--timeout=400s');
  }

  /** What redis-cli, as a client of the whole cluster, answers to many commands. */
  async function commands(lines: readonly string[], ...options: string[]): Promise<string[]> {
    const args = ['-n', here.name, 'exec', '-i', PODS[0], '-c', 'redis', '--', 'redis-cli', '-c', '-h', 'redis-cluster', ...options];
    const answers = (await kubectl(args, { input: `${lines.join('\n')}\n` })).trim().split('\n');
    return answers.filter((answer) => !answer.startsWith('-> Redirected'));
  }

  /** Whether each node speaks TLS to the others. */
  async function speech(): Promise<string[]> {
    const all = await Promise.all(PODS.map((pod) => (
      kubectl(['-n', here.name, 'exec', pod, '-c', 'redis', '--', 'sh', '-c', 'redis-cli ${REDIS_SOCKET:+-s "$REDIS_SOCKET"} CONFIG GET tls-cluster']))));
    return all.map((answer) => answer.trim().split('\n')[1]);
  }

  test('forms', async () => {
    expect((await form(cluster)).lost).toEqual([]);
    expect(new Set(await commands(keys.map((key) => `SET ${key} ${key}`)))).toEqual(new Set(['OK']));
  });

  /** A step while the client writes that is there. */
  async function stepUnderWrites(what: string, tls?: RedisTls): Promise<void> {
    const outcome = await change(cluster, () => step(tls));
    say(what, outcome);
    expect(outcome.lost).toEqual([]);
  }

  test('serves TLS beside after one step, and nodes speak it to each other, while a client without it writes', async () => {
    await stepUnderWrites('a second port', RedisTls.fromSecret(SECRET, both));
    expect(await speech()).toEqual(PODS.map(() => 'yes'));
    expect(await commands(keys.map((key) => `GET ${key}`))).toEqual(keys);
    expect(await commands(keys.map((key) => `GET ${key}`), ...WITH_TLS)).toEqual(keys);
  });

  test('serves nobody without it after another step, while a client with it writes', async () => {
    await cluster.connectWriter({ tls: RedisTls.fromSecret(SECRET, both) });
    await stepUnderWrites('the plain port closed', RedisTls.fromSecret(SECRET, { port: 6380 }));
    expect(await speech()).toEqual(PODS.map(() => 'yes'));
    expect(await commands(keys.map((key) => `GET ${key}`), ...WITH_TLS)).toEqual(keys);
    const plainly = ['sh', '-c', 'redis-cli -h "$1" PING 2>&1; true', 'sh', `${PODS[1]}.redis-cluster-nodes`];
    expect(await here.exec(PODS[0], 'redis', ...plainly)).toContain('Connection refused');
  });

  test('is plain again after two more, while a client with TLS writes, and one without it', async () => {
    await stepUnderWrites('the plain port open again', RedisTls.fromSecret(SECRET, { ...both, reach: RedisTlsReach.CLIENTS }));
    expect(await speech()).toEqual(PODS.map(() => 'no'));
    await cluster.connectWriter();
    await stepUnderWrites('plain again');
    expect(await commands(keys.map((key) => `GET ${key}`))).toEqual(keys);
  });
});
