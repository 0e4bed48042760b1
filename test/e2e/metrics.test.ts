import { RedisClientCertificates, RedisImage, RedisMetrics, RedisStandalone } from 'cdk8s-redis-constructs';
import { hosts } from './cluster-under-test';
import { expectNothingRefused, Guard, WRITER } from './guard';
import { apply, expectUntouched, inNamespace, waitFor } from './kit';
import { makePrograms, writerPod } from './writer';
import { internalName } from '../../src/node/internal-users';
import { clean } from '../scripts/processes';

const POD = 'redis-0';

// The authorities' files.
afterAll(clean);

describe('a RedisStandalone with users and TLS that has an exporter', () => {
  const here = inNamespace('metrics');
  let guard: Guard;

  const manifest = (host: string) => here.manifest((chart) => {
    const redis = new RedisStandalone(chart, 'redis', {
      image: RedisImage.official('8.6.3'),
      auth: guard.options.auth,
      tls: guard.options.tls,
      metrics: RedisMetrics.exporter({ image: 'oliver006/redis_exporter:v1.69.0' }),
    });
    redis.connect(writerPod(chart, host), { user: WRITER.name, clientCertificate: guard.options.clientCertificate });
  });

  beforeAll(async () => {
    guard = await Guard.make(here, RedisClientCertificates.REQUIRED, { kind: 'standalone', hosts: ['redis'] });
    await makePrograms(here);
    await apply(manifest((await hosts())[0]));
    await Promise.all([here.ready(POD), here.ready('writer')]);
  });

  /** What whoever scrapes is answered, as a table of those metrics that have no labels, or but what went wrong. */
  async function scrape(): Promise<{ [metric: string]: number }> {
    const { status: { podIP } } = await here.get('pod', POD);
    const text = await here.exec('writer', 'writer', 'node', '-e', 'fetch(process.argv[1]).then((it) => it.text()).then(console.log)', `http://${podIP}:9121/metrics`);
    return Object.fromEntries([...text.matchAll(/^(\w+)(?:\{err=.*\})? (\S+)$/gm)].map(([, metric, value]) => [metric, Number(value)]));
  }

  test('tells how it is doing, and wants no more than its user may', async () => {
    expect(await waitFor('the exporter is let in', async () => {
      const metrics = await scrape();
      return metrics.redis_up === 1 && metrics;
    })).toMatchObject({ redis_exporter_last_scrape_error: 0, redis_memory_max_bytes: expect.any(Number) });
    await expectNothingRefused(here, [POD], 'redis');
  });

  test('goes on with another password without a restart, also when the former one has ended', async () => {
    const before = await here.pods(POD);
    await guard.setPasswords('two');
    const handed = `user ${internalName('exporter')}: password changed`;
    await waitFor('the server has the new password', async () => (await here.kubectl('logs', POD, '-c', 'config-reloader')).includes(handed), { seconds: 300 });
    // The kubelet's next question has it read again. On a busy host one may come late, or just before the file is there.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    const shell = 'export REDIS_USER=operator REDIS_PASSWORD_FILE="$REDIS_USERS/passwords/operator"; . /scripts/redis.sh; . /scripts/users.sh; '
      + '. /scripts/password.sh; echo "ACL SETUSER $1 resetpass #$(hash_of "$1")" | redis';
    await waitFor('the former one has ended', async () => (await here.exec(POD, 'redis', 'sh', '-c', shell, 'sh', internalName('exporter'))).trim().endsWith('OK'));
    expect(await scrape()).toMatchObject({ redis_up: 1, redis_exporter_last_scrape_error: 0 });
    await expectUntouched(here, before);
  });
});
