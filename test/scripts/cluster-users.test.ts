import { existsSync } from 'fs';
import { join } from 'path';
import { Lab } from './cluster-lab';
import { Ward } from './cluster-ward';
import { clean, describeShells, directory, file, reap, Running, SCRIPTS, until } from './processes';
import { internalName, internalUsers } from '../../src/node/internal-users';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

const ACL = { acl: true };

describeShells('a cluster with users', (machine) => {
  test('forms, and forms again, with default off, and nobody wants more than it may', async () => {
    const lab = await Lab.make(machine, ACL);
    expect((await lab.form().ended()).code).toBe(0);
    await lab.expectFormed();
    const before = await lab.keep();
    expect((await lab.form().ended()).code).toBe(0);
    expect(await lab.keep()).toEqual(before);
    for (const node of lab.nodes.keys()) {
      expect((await lab.script('alive.sh', [], { ...lab.env(node), ...lab.probe() }).ended()).code).toBe(0);
      await until(async () => (await lab.script('cluster-ready.sh', [], { ...lab.env(node), ...lab.probe(), CLUSTER_YOUNG: '0' }).ended()).code === 0);
    }
    await lab.expectNothingRefused();
  });

  test('refuses whoever does not log in, and to whom heals what could cost data or slots', async () => {
    const lab = await Lab.make(machine, ACL);
    expect((await lab.form().ended()).code).toBe(0);
    const as = async (env: Record<string, string>, ...command: string[]) => {
      const { REDIS_USER: user, REDIS_PASSWORD_FILE: password = '/dev/null' } = env;
      const cli = `REDISCLI_AUTH=$(cat ${password}) redis-cli --no-auth-warning ${user ? `--user ${user}` : ''} -h ${lab.addresses[0]} -p ${lab.port} ${command.join(' ')}`;
      return (await new Running(machine, ['sh', '-c', cli]).ended()).text;
    };
    expect(await as({}, 'PING')).toMatch(/NOAUTH/);
    expect(await as(lab.login('healing'), 'ECHO', 'here')).toBe('here');
    const forbidden = ['FLUSHALL', 'CLUSTER RESET HARD', 'CLUSTER FLUSHSLOTS', 'CLUSTER DELSLOTS 0', 'CLUSTER DELSLOTSRANGE 0 1', 'CLUSTER SETSLOT 0 STABLE', 'GET key',
      'SHUTDOWN', 'ACL LIST', 'REPLICAOF NO ONE', 'EVAL return 0'];
    for (const command of forbidden) expect([command, await as(lab.login('healing'), command)]).toEqual([command, expect.stringMatching(/^NOPERM/)]);
    // Of a cluster that is formed, each slot is somebody's.
    expect(await as(lab.login('healing'), 'CLUSTER ADDSLOTSRANGE 0 16383')).toMatch(/^ERR Slot \d+ is already busy/);
  });

  test('heals after all addresses changed and after a lost volume, and hands a master over', async () => {
    const ward = await Ward.open(machine, ACL);
    const { lab } = ward;
    await elsewhere(ward);
    await ward.whole();
    await ward.empty(await ward.node('master'));
    await ward.whole();
    await ward.expectKeys();
    const master = await ward.node('master');
    expect(await lab.script('cluster-pre-stop.sh', [], lab.env(master)).ended()).toEqual({ code: 0, text: '' });
    expect(await lab.ask(master, 'ROLE')).toMatch(/^slave/);
    await lab.expectNothingRefused();
  });

  test('has other passwords for all users, and heals and copies with them', async () => {
    const ward = await Ward.open(machine, ACL);
    const { lab } = ward;
    const memories = lab.nodes.map(() => directory());
    const loops = lab.nodes.map((_, node) => new Running(machine, ['sh', join(SCRIPTS, 'reload-config.sh')], {
      ...lab.env(node), ...lab.login('config'), REDIS_USERS: lab.users!.path, REDIS_CONF: file(''), RELOAD_INTERVAL: '0.5', PASSWORD_OVERLAP: '6', TMPDIR: memories[node],
    }));
    // Each knows the former passwords.
    for (const memory of memories) await until(() => existsSync(join(memory, 'redis.conf.applied')));
    lab.users!.write(', the new one');
    const names = internalUsers('cluster').map(internalName);
    for (const loop of loops) {
      await until(() => names.every((name) => loop.output.includes(`user ${name}: the former password is no longer valid`)), () => loop.output);
    }
    await ward.whole();
    // Who is started now knows the new ones only.
    await elsewhere(ward);
    await ward.whole();
    await ward.expectKeys();
  });
  // Those of the images.
}, ['dash', 'busybox']);

/** All pods go, and come back with other addresses. */
async function elsewhere(ward: Ward): Promise<void> {
  await ward.close();
  ward.lab.nodes.forEach((_, node) => ward.begin(node));
}
