import { RedisClientCertificates, RedisTls, RedisTlsReach } from 'cdk8s-redis-constructs';
import { since } from './accidents';
import { Authority, CertificateFiles, setCertificate } from './certificates';
import { rotateAuthority, rotateCertificate, shownCertificates } from './cluster-certificates';
import { change, deleteAll, form, Outcome, underFlow } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { ForeignServer, putFiles } from './foreign-server';
import { Guard, OPERATOR, passwordOf, WRITER } from './guard';
import { apply, expectUntouched, inNamespace, kubectl, waitFor } from './kit';
import { clean } from '../scripts/processes';

const SECRET = 'redis-tls';

/** What the writer's container runs to knock at a port: prints what becomes of the connection within two seconds. Reads certificates, or null. */
const KNOCK = `
const files = JSON.parse(require('fs').readFileSync(0));
const [host, port] = process.argv.slice(1);
const place = { host, port, rejectUnauthorized: false };
const end = (what) => { console.log(what); process.exit(); };
const socket = files ? require('tls').connect({ ...place, cert: files['tls.crt'], key: files['tls.key'] }) : require('net').connect(place);
socket.on('error', (error) => end(error.reason || (error.code === 'ECONNRESET' ? 'closed' : error.message))).on('close', () => end('closed'));
if (!files) socket.write('PING\\r\\n');
setTimeout(end, 2000, 'open');
`;

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

  beforeAll(async () => {
    guard = await Guard.make(here, RedisClientCertificates.REQUIRED);
    cluster = await ClusterUnderTest.prepare(here, '8.6.3', guard.options);
  });

  /** Where there is redis-cli, all that it needs, and a `/tmp`. */
  const CONTAINER = 'config-reloader';

  /** What redis-cli in another pod is answered by a node, as the writer or with other words. */
  async function ask(options: readonly string[], { user = WRITER.name, password = passwordOf(WRITER.name, 'one'), command = ['PING'] } = {}): Promise<string> {
    const shell = 'timeout 5 redis-cli --user "$@" 2>&1; true';
    const args = [user, '--no-auth-warning', '-h', `${PODS[1]}.redis-cluster-nodes`, ...options, ...command];
    return (await here.exec(PODS[0], CONTAINER, 'env', `REDISCLI_AUTH=${password}`, 'sh', '-c', shell, 'sh', ...args)).trim();
  }

  /** What redis-cli needs to trust an authority, and to show a certificate. */
  const trusting = (directory: string) => ['--tls', '--cacert', `${directory}/ca.crt`];
  const showing = (directory: string) => ['--cert', `${directory}/tls.crt`, '--key', `${directory}/tls.key`];

  /** So it is with the certificates in these directories. */
  const askWith = (authority: string, certificate: string) => ask([...trusting(authority), ...showing(certificate)]);

  const put = (directory: string, files: CertificateFiles) => putFiles(here, PODS[0], CONTAINER, directory, files);

  /** What the node that is asked has written of connections that it did not take, the last one last. */
  async function refusedConnections(): Promise<string[]> {
    const log = await here.kubectl('logs', PODS[1], '-c', 'redis');
    return [...log.matchAll(/Error accepting a client connection: (.*) \(addr=/g)].map(([, reason]) => reason);
  }

  /** What becomes of a connection to a port of that node: `open`, `closed`, or what TLS says. */
  async function knock(port: number, how: 'plainly' | Partial<CertificateFiles>): Promise<string> {
    const { status: { podIP } } = await here.get('pod', PODS[1]);
    const args = ['-n', here.name, 'exec', '-i', 'writer', '-c', 'writer', '--', 'node', '-e', KNOCK, podIP, String(port)];
    return (await kubectl(args, { input: JSON.stringify(how === 'plainly' ? null : how) })).trim();
  }

  test('forms, for a client that checks the names of all nodes', async () => {
    const outcome = await form(cluster);
    say('formed', outcome);
    expect(outcome.lost).toEqual([]);
  });

  test('serves only who speaks TLS, shows a certificate of its authority and has the password, and says why', async () => {
    await put('/tmp/foreign', new Authority('a foreign one').issue(WRITER.name));
    // As redis-cli has it, whose request may be on its way when the node closes the connection.
    const closed = /^(I\/O error\s+)*Error: (Server closed the connection|Connection reset by peer)$/;
    const refusals: ReadonlyArray<[options: string[], reason: string]> = [
      [[], 'error:0A00010B:SSL routines::wrong version number'],
      [trusting('/redis-tls'), 'error:0A0000C7:SSL routines::peer did not return a certificate'],
      [[...trusting('/redis-tls'), ...showing('/tmp/foreign')], 'error:0A000086:SSL routines::certificate verify failed'],
    ];
    for (const [options, reason] of refusals) {
      const before = (await refusedConnections()).length;
      expect(await ask(options)).toMatch(closed);
      const noted = await waitFor('the node has noted it', async () => {
        const all = await refusedConnections();
        return all.length > before && all.slice(before);
      });
      expect(new Set(noted)).toEqual(new Set([reason]));
    }
    expect(await askWith('/tmp/foreign', '/redis-tls')).toMatch(/^Could not connect to Redis at .*: SSL_connect failed: certificate verify failed$/);

    const known = [...trusting('/redis-tls'), ...showing('/redis-tls')];
    const wrong = 'AUTH failed: WRONGPASS invalid username-password pair or user is disabled.';
    const nobody = 'NOAUTH Authentication required.';
    expect(await ask(known, { password: 'wrong' })).toBe(`${wrong}\n${nobody}`);
    expect(await ask(known, { user: 'default' })).toBe(`${wrong}\n${nobody}`);
    expect(await ask(known, { user: OPERATOR.name })).toBe(`${wrong}\n${nobody}`);
    expect(await ask(known)).toBe('PONG');
  });

  test.each([['clients', 6379], ['nodes', 16379]])('opens the port of %s only to who shows a certificate of its authority', async (_, port) => {
    expect(await knock(port, 'plainly')).toBe('closed');
    expect(await knock(port, {})).toBe('tlsv13 alert certificate required');
    expect(await knock(port, new Authority('a foreign one').issue(WRITER.name))).toBe('tlsv1 alert unknown ca');
    expect(await knock(port, guard.issueForClient())).toBe('open');
  });

  test.each([
    // It trusts our authority: only our nodes can refuse it.
    ['with TLS', (foreign: CertificateFiles) => ({ ...foreign, 'ca.crt': `${foreign['ca.crt']}${guard.authority.certificate}` })],
    ['without TLS', () => undefined],
  ])('gets to know no node of a foreign cluster %s, whoever is told to meet whom, while a client writes', async (what, filesOf) => {
    const before = await cluster.healthy();
    const { status: { podIP } } = await here.get('pod', PODS[1]);
    const handshakes = (nodes: string) => nodes.split('\n').filter((line) => line.split(' ')[2] === 'handshake').length;
    const asOperator = (...command: string[]) => ask([...trusting('/redis-tls'), ...showing('/redis-tls')], {
      user: OPERATOR.name, password: passwordOf(OPERATOR.name, 'one'), command,
    });
    // What it has got from nodes that it did not know.
    const met = async () => /cluster_stats_messages_meet_received:\d+/.exec(await asOperator('CLUSTER', 'INFO'))?.[0];
    const metBefore = await met();
    const foreign = await ForeignServer.start(here, PODS[0], CONTAINER, filesOf(new Authority('a foreign one').issue('foreign')));
    try {
      const outcome = await underFlow(cluster, async () => {
        const began = Date.now();
        expect(await foreign.ask('CLUSTER', 'MEET', podIP, '6379', '16379')).toBe('OK');
        expect(handshakes(await foreign.ask('CLUSTER', 'NODES'))).toBe(1);
        expect(await asOperator('CLUSTER', 'MEET', ...foreign.place)).toBe('OK');
        expect(handshakes(await asOperator('CLUSTER', 'NODES'))).toBe(1);
        // Both try until the nodes' timeout is over.
        await waitFor('both have given up', async () => (
          handshakes(await foreign.ask('CLUSTER', 'NODES')) + handshakes(await asOperator('CLUSTER', 'NODES')) === 0 && true));
        return { seconds: since(began) };
      });
      say(`met by a foreign node ${what}`, outcome);
      expect(outcome.lost).toEqual([]);
      expect(await cluster.healthy()).toEqual(before);
      expect(await met()).toBe(metBefore);
      expect(await foreign.ask('CLUSTER', 'NODES')).toMatch(/^\w+ \S+ myself,master [^\n]*$/);
      expect(await foreign.ask('CLUSTER', 'INFO')).toMatch(/cluster_known_nodes:1\s[^]*cluster_stats_messages_received:0\s/);
    } finally {
      await foreign.stop();
    }
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
