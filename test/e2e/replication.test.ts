import { HOST_COMMAND, NAMES_COMMAND } from './accidents';
import { apply, inNamespace, waitFor } from './kit';
import { crashHost, cutHost, deleteAll, deleteMaster, form, killMaster, loseSentinels, replaceVolume, ReplicationOutcome, rollingRestart, silenceNames } from './replication-scenarios';
import { comesThrough } from './replication-survival';
import { ReplicationUnderTest } from './replication-under-test';

const VERSION = '8.6.3';

/** Seconds for which a master that is cut off may take writes: `min-replicas-max-lag` is 5, the cable is cut for 45, and a busy machine adds to the first. */
const ISOLATED = 30;

describe('a RedisReplication', () => {
  const here = inNamespace('replication');
  let replication: ReplicationUnderTest;

  const survives = (what: string, play: () => Promise<ReplicationOutcome>) => comesThrough(replication, what, play);

  beforeAll(async () => {
    replication = await ReplicationUnderTest.prepare(here, VERSION);
    await survives('formed', () => form(replication, apply));
  });

  test('makes the first node the master, and reads go to the others', async () => {
    expect(await replication.healthy()).toBe('redis-0');
    const ask = (host: string) => here.redisCli('redis-1', '-h', host, 'INFO', 'replication');
    // The proxy looks now and then.
    await waitFor('writes reach the master', async () => (await ask('redis')).includes('role:master'));
    await waitFor('reads reach a replica', async () => (await ask('redis-replicas')).includes('role:slave'));
  });

  test('answers what a console asks, where RedisInsight is told that it is', async () => {
    const { RI_REDIS_HOST_1: host, RI_REDIS_PORT_1: port } = replication.consoleVariables();
    const ask = (...command: string[]) => here.redisCli('redis-1', '-h', host, '-p', port, ...command);
    await waitFor('writes reach the master', async () => (await ask('SET', 'seen', 'yes')).trim() === 'OK');
    expect(await ask('SCAN', '0', 'MATCH', 'seen', 'COUNT', '100000')).toContain('seen');
    expect((await ask('TYPE', 'seen')).trim()).toBe('string');
    for (const command of ['INFO', 'DBSIZE', 'MODULE LIST', 'COMMAND COUNT', 'CONFIG GET databases', 'CLIENT LIST', 'SLOWLOG GET 1', 'MEMORY USAGE seen']) {
      expect(await ask(...command.split(' '))).not.toMatch(/^(\(error\) )?(ERR|NOPERM|READONLY)/);
    }
    expect((await ask('DEL', 'seen')).trim()).toBe('1');
  });

  test.each([1, 2, 3])('comes back after all its pods were deleted at once, time %d', async () => {
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

  test('goes on when the master is killed', async () => {
    await survives('master killed', () => killMaster(replication));
  });

  test('promotes a replica when the master comes back without its data', async () => {
    const former = await replication.healthy();
    await survives('master emptied', () => killMaster(replication, true));
    expect(await replication.healthy()).not.toBe(former);
  });

  test('goes on when the volume of the master is replaced', async () => {
    await survives('volume replaced', () => replaceVolume(replication));
  });

  test('keeps its master when all Sentinels are lost, and elects another one with the new ones', async () => {
    await survives('Sentinels lost', () => loseSentinels(replication));
  });

  if (HOST_COMMAND !== undefined) {
    test('elects a replica when the host of the master crashes', async () => {
      await survives('host crashed', () => crashHost(replication));
    });

    test('elects a replica when the host of the master is cut off, which then soon takes no writes', async () => {
      const { insider } = await survives('host cut off', () => cutHost(replication));
      expect(insider!.milliseconds).toBeLessThan(ISOLATED * 1000);
    });

    if (NAMES_COMMAND !== undefined) {
      test('hands over and elects a replica while the name service is silent', async () => {
        await survives('names silent', () => silenceNames(replication));
      });
    }
  }
});

if (HOST_COMMAND === undefined) {
  describe.skip('needs host-accidents: a RedisReplication', () => {
    test('elects a replica when the host of the master crashes', () => undefined);
    test('elects a replica when the host of the master is cut off', () => undefined);
  });
}

if (HOST_COMMAND === undefined || NAMES_COMMAND === undefined) {
  describe.skip('needs silent-names: a RedisReplication', () => {
    test('hands over and elects a replica while the name service is silent', () => undefined);
  });
}
