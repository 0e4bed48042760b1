import { clean, describeNewestRedis, describeRedis, Machine, Running, until } from './processes';
import { keep } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { Node, pause, Sentinel } from './replication-members';
import { internalName, internalUsers } from '../../src/node/internal-users';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

const ACL = { acl: true };

describeRedis('a replication with users', (shells) => {
  // The shell of one image with the older Redis, and that of the other one with the newer.
  const machine: Machine = shells[shells[0].version.startsWith('8.0') ? 0 : shells.length - 1];

  test('forms with default off, hands over, elects another master, and nobody wants more than it may', async () => {
    const lab = await ReplicationLab.formed(machine, ACL);
    const first = await lab.led();
    await keep(first, 'before');
    for (const member of [...lab.nodes, ...lab.sentinels]) {
      expect((await member.script('alive.sh', [], member.users!.login('probe')).ended()).code).toBe(0);
      // A Sentinel that was just started has not called the others yet.
      await until(async () => (await member.ready()).code === 0, () => member.output);
    }
    expect(await first.script('replication-pre-stop.sh').ended()).toEqual({ code: 0, text: '' });
    await first.stop('SIGTERM');
    const second = await lab.led(lab.others(first));
    first.start();
    expect(await lab.whole()).toBe(second);
    await lab.expectNothingRefused();
    const third = await lab.failedOver(second);
    second.start();
    expect(await lab.whole()).toBe(third);
    expect(await third.ask('DBSIZE')).toBe('20');
    await lab.expectNothingRefused();
  });

});

describeNewestRedis('a replication with users', ([machine]) => {
  test('comes back with what it had when all of it is started again, and after a master lost everything', async () => {
    const lab = await ReplicationLab.formed(machine, ACL);
    const master = await lab.led();
    await keep(master, 'before');
    await lab.electable(master);
    const all = [...lab.nodes, ...lab.sentinels];
    await Promise.all(all.map((member) => member.stop()));
    all.forEach((member) => member.start());
    const next = await lab.whole();
    await lab.electable(next);
    await next.stop();
    next.wipe();
    next.start();
    const heir = await lab.whole();
    expect(heir).not.toBe(next);
    expect(await heir.ask('DBSIZE')).toBe('20');
    await lab.expectNothingRefused();
  });

  test('refuses whoever does not log in, and what nobody may do', async () => {
    const lab = await ReplicationLab.formed(machine, ACL);
    const { host } = await lab.led();
    const as = async (at: string, port: number, user: string, password: string, ...command: string[]) => {
      const login = user === '' ? [] : ['--user', user];
      const cli = ['redis-cli', '--no-auth-warning', '-h', at, '-p', `${port}`, ...login, ...command];
      return (await new Running(machine, cli, password === '' ? {} : { REDISCLI_AUTH: password }).ended()).text;
    };
    const password = (user: string) => `password of "\\${user}"`;
    for (const [at, port] of [[host, lab.port], [lab.sentinels[0].host, lab.sentinelPort]] as const) {
      expect(await as(at, port, '', '', 'PING')).toMatch(/^NOAUTH/);
      expect(await as(at, port, 'internal-healing', 'wrong', 'PING')).toMatch(/WRONGPASS/);
      expect(await as(at, port, 'internal-healing', password('internal-healing'), 'PING')).toBe('PONG');
      expect(await as(at, port, 'internal-healing', password('internal-healing'), 'ACL', 'LIST')).toMatch(/^NOPERM/);
      expect(await as(at, port, 'internal-probe', password('internal-probe'), 'INFO')).toMatch(/^NOPERM/);
    }
    for (const command of [['FLUSHALL'], ['GET', 'key'], ['SHUTDOWN'], ['CONFIG', 'GET', 'masterauth']]) {
      expect(await as(host, lab.port, 'internal-healing', password('internal-healing'), ...command)).toMatch(/^NOPERM/);
      expect(await as(host, lab.port, 'internal-sentinel', password('internal-sentinel'), ...command)).toMatch(/^NOPERM/);
    }
    // Whom the Sentinels call master is not for every application to say.
    const { host: sentinel } = lab.sentinels[0];
    for (const command of [['SENTINEL', 'FAILOVER', 'redis'], ['SENTINEL', 'REMOVE', 'redis'], ['SHUTDOWN'], ['CLIENT', 'PAUSE', '1'], ['CLIENT', 'KILL', 'USER', 'shop']]) {
      for (const user of ['internal-sentinel', 'shop']) {
        expect([user, await as(sentinel, lab.sentinelPort, user, password(user), ...command)]).toEqual([user, expect.stringMatching(/^NOPERM/)]);
      }
    }
    expect(await as(sentinel, lab.sentinelPort, 'shop', password('shop'), 'PUBLISH', '__sentinel__:hello', 'x')).toMatch(/^NOPERM/);
    expect(await as(sentinel, lab.sentinelPort, 'shop', password('shop'), 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'redis')).toBe(`${host}\n${lab.port}`);
  });

  test('takes other passwords of all users while it serves, and elects a master afterwards', async () => {
    const lab = await ReplicationLab.formed(machine, ACL);
    const first = await lab.led();
    await keep(first, 'before');
    const env = { PASSWORD_OVERLAP: '20', RELOAD_INTERVAL: '1', REDIS_CONF: '/dev/null' };
    const beside = (name: string) => (member: Node | Sentinel) => (
      { member, loop: member.script(name, [], { ...env, ...member.users!.login('config'), TMPDIR: member.data }), names: internalUsers(member.kind).map(internalName) });
    const loops = [...lab.nodes.map(beside('reload-config.sh')), ...lab.sentinels.map(beside('sentinel-reload.sh'))];
    // A loop that begins after the change does not know what holds so far.
    await pause(3000);
    Object.values(lab.users!).forEach((users) => users.write(', the new one'));
    const said = () => loops.map(({ loop: { output } }, index) => `${index}: ${output}`).join('\n');
    const all = (what: string, who = loops) => until(() => who.every(({ loop, names }) => names.every((name) => loop.output.includes(`user ${name}: ${what}`))), said);
    await all('password changed');
    // Who is started now knows the new ones only.
    const started = [lab.others(first)[0], lab.sentinels[0]];
    for (const member of started) {
      await member.stop('SIGTERM');
      member.start();
    }
    expect(await lab.whole()).toBe(first);
    await all('the former password is no longer valid', loops.filter(({ member }) => !started.includes(member)));
    expect(await lab.whole()).toBe(first);
    const second = await lab.failedOver(first);
    first.start();
    expect(await lab.whole()).toBe(second);
    expect(await second.ask('DBSIZE')).toBe('20');
  });
});
