import { RedisClientCertificates, RedisTls } from 'cdk8s-redis-constructs';
import { deleteAll, form, Outcome, rotateCertificate } from './cluster-scenarios';
import { ClusterUnderTest, PODS } from './cluster-under-test';
import { apply, inNamespace, kubectl, Namespace } from './kit';
import { Authority, CertificateFiles } from '../scripts/certificates';
import { clean } from '../scripts/processes';

const SECRET = 'redis-tls';
const CLIENT_SECRET = 'writer-tls';

/** What a person sees of the time, beside the outcome: no test depends on it. */
function say(what: string, { seconds, pauses, report }: Outcome): void {
  process.stdout.write(`TLS: ${what}: after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms (writer held up ${report.heldUp} ms)\n`);
}

async function setSecret(here: Namespace, name: string, files: CertificateFiles): Promise<void> {
  const data = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')]));
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name, namespace: here.name }, data }));
}

describe('a RedisCluster with TLS whose clients need certificates', () => {
  const here = inNamespace('tls');
  const authority = new Authority('e2e');
  const names = (of: string) => [`*.${of}-nodes`, ...['', '.cluster.local'].flatMap((domain) => [`${of}.${here.name}.svc${domain}`, `*.${of}-nodes.${here.name}.svc${domain}`])];
  const issue = () => authority.issue('redis-cluster', ...names('redis-cluster'));
  let cluster: ClusterUnderTest;

  afterAll(() => here.remove());
  afterAll(clean);

  beforeAll(async () => {
    await setSecret(here, SECRET, issue());
    await setSecret(here, CLIENT_SECRET, authority.issue('writer'));
    const tls = RedisTls.fromSecret(SECRET, { clientCertificates: RedisClientCertificates.REQUIRED });
    cluster = await ClusterUnderTest.prepare(here, '8.6.3', { tls, clientCertificate: CLIENT_SECRET });
  });

  /** What redis-cli in another pod is answered by a node. */
  async function ask(...options: string[]): Promise<string> {
    const args = ['-n', here.name, 'exec', PODS[0], '-c', 'redis', '--', 'sh', '-c', 'timeout 5 redis-cli "$@" PING 2>&1; true', '--', '-h', `${PODS[1]}.redis-cluster-nodes`, ...options];
    return (await kubectl(args)).trim();
  }

  test('forms, for a client that checks the names of all nodes', async () => {
    const outcome = await form(cluster);
    say('formed', outcome);
    expect(outcome.lost).toEqual([]);
  });

  test('refuses who speaks no TLS, and who has no certificate', async () => {
    expect(await ask()).not.toContain('PONG');
    expect(await ask('--tls', '--cacert', '/redis-tls/ca.crt')).toMatch(/certificate required|closed|reset/);
    expect(await ask('--tls', '--cacert', '/redis-tls/ca.crt', '--cert', '/redis-tls/tls.crt', '--key', '/redis-tls/tls.key')).toBe('PONG');
  });

  test('loads a changed certificate on all nodes while a client writes, without a restart', async () => {
    const before = await cluster.pods();
    const outcome = await rotateCertificate(cluster, async () => {
      const files = issue();
      await setSecret(here, SECRET, files);
      return files['tls.crt'];
    });
    say('certificate changed on all nodes', outcome);
    expect(outcome.lost).toEqual([]);
    expect((await cluster.pods()).map(({ uid, restarts }) => [uid, restarts])).toEqual(before.map(({ uid, restarts }) => [uid, restarts]));
  });

  test('comes back with all its writes when all pods are deleted at once', async () => {
    const outcome = await deleteAll(cluster);
    say('all pods deleted', outcome);
    expect(outcome.lost).toEqual([]);
  });
});
