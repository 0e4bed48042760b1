import { RedisAuth } from 'cdk8s-redis-constructs';
import { apply, inNamespace, kubectl } from './kit';
import { rotatePassword } from './replication-scenarios';
import { ReplicationUnderTest } from './replication-under-test';

const SECRET = 'redis-password';

describe('a RedisReplication with a password', () => {
  const here = inNamespace('replication-password');
  let replication: ReplicationUnderTest;

  const setSecret = async (password: string) => apply(
    await kubectl(['-n', here.name, 'create', 'secret', 'generic', SECRET, `--from-literal=password=${password}`, '--dry-run=client', '-o', 'yaml']),
  );

  beforeAll(async () => {
    await setSecret('former');
    replication = await ReplicationUnderTest.prepare(here, '8.6.3', { auth: RedisAuth.password(SECRET) });
    await apply(replication.manifest());
    await replication.healthy();
  });

  test('takes another one while it serves, without a restart, and hands over afterwards', async () => {
    const { seconds, clients: { server, sentinel } } = await rotatePassword(replication, 'latter', setSecret);
    process.stdout.write(`password changed: everywhere after ${seconds.toFixed(1)} s, longest pauses ${server.pause}, ${sentinel.pause} ms\n`);
    expect([...server.lost, ...sentinel.lost]).toEqual([]);
    expect(await replication.ping('wrong')).toEqual(Array(6).fill(expect.stringMatching(/NOAUTH|WRONGPASS/)));
  });
});
