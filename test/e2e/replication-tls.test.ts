import { RedisClientCertificates, RedisTls } from 'cdk8s-redis-constructs';
import { Authority, setCertificate } from './certificates';
import { apply, inNamespace } from './kit';
import { rotateCertificate } from './replication-scenarios';
import { NAME, NODES, ReplicationUnderTest, SENTINELS } from './replication-under-test';
import { clean } from '../scripts/processes';

const SECRET = 'redis-tls';
const CLIENT_SECRET = 'writer-tls';

describe('a RedisReplication with TLS whose clients need certificates', () => {
  const here = inNamespace('replication-tls');
  const authority = new Authority('e2e');
  const issue = () => {
    const names = [NAME, ...NODES, `${NAME}-sentinel`, ...SENTINELS].flatMap((service) => [service, `${service}.${here.name}.svc`]);
    return authority.issue(names[0], ...names.slice(1));
  };
  let replication: ReplicationUnderTest;

  afterAll(() => here.remove());
  afterAll(clean);

  beforeAll(async () => {
    await setCertificate(here, SECRET, issue());
    await setCertificate(here, CLIENT_SECRET, authority.issue('writer'));
    const tls = RedisTls.fromSecret(SECRET, { clientCertificates: RedisClientCertificates.REQUIRED });
    replication = await ReplicationUnderTest.prepare(here, '8.6.3', { tls, clientCertificate: CLIENT_SECRET });
    await apply(replication.manifest());
    await replication.healthy();
  });

  test('takes another certificate while it serves, and hands over afterwards', async () => {
    const { seconds, clients: { server, sentinel } } = await rotateCertificate(replication, async () => {
      const files = issue();
      await setCertificate(here, SECRET, files);
      return files['tls.crt'];
    });
    process.stdout.write(`certificate changed: everywhere after ${seconds.toFixed(1)} s, longest pauses ${server.pause}, ${sentinel.pause} ms\n`);
    expect([...server.lost, ...sentinel.lost]).toEqual([]);
  });
});
