import { clean, describeNewestRedis, Running, until } from './processes';
import { changeMasters } from './replication-changes';
import { keep } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { pause } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('a replication with a password', (shells) => {
  test('forms, hands over, elects another master, and forgets nothing of it', async () => {
    const password = 'a"b\\c$d\'e`f%g #h';
    const lab = await ReplicationLab.formed(shells[0], { password });
    await changeMasters(lab);
  });

  test('lets the proxy see who is the master, and nothing else, without the password', async () => {
    const lab = await ReplicationLab.formed(shells[0], { password: 'secret' });
    const master = await lab.led();
    const cli = (host: string, port: number, ...command: string[]) =>
      new Running(shells[0], ['redis-cli', '-h', host, '-p', `${port}`, '--user', 'proxy', '--pass', 'none', '--no-auth-warning', ...command]).ended();
    expect((await cli(master.host, lab.port, 'ROLE')).text).toMatch(/^master\n/);
    expect((await cli(master.host, lab.port, 'PING')).text).toBe('PONG');
    for (const command of [['GET', 'key'], ['INFO'], ['ACL', 'LIST'], ['CONFIG', 'GET', 'requirepass'], ['REPLICAOF', 'NO', 'ONE']]) {
      expect((await cli(master.host, lab.port, ...command)).text).toContain('NOPERM');
    }
    for (const { host } of lab.sentinels) {
      expect((await cli(host, lab.sentinelPort, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'redis')).text).toBe(`${master.host}\n${lab.port}`);
      expect((await cli(host, lab.sentinelPort, 'SENTINEL', 'MASTER', 'redis')).text).toContain('NOPERM');
    }
  });

  test('takes another password while it serves, shows the former one as long as somebody may have that only, and elects a master afterwards', async () => {
    const lab = await ReplicationLab.formed(shells[0], { password: 'former' });
    const first = await lab.led();
    await keep(first, 'before');
    const env = { PASSWORD_OVERLAP: '20', RELOAD_INTERVAL: '1', REDIS_CONF: '/dev/null' };
    const loops = [
      ...lab.nodes.map((node) => node.script('reload-config.sh', [], env)), ...lab.sentinels.map((sentinel) => sentinel.script('sentinel-reload.sh', [], env)),
    ];
    // A loop that begins after the change does not know what holds so far.
    await pause(3000);
    lab.rotate('latter');
    const said = () => loops.map(({ output }, index) => `${index}: ${output}`).join('\n');
    const all = (line: string) => until(() => loops.every(({ lines }) => lines.includes(line)), said);
    await all('password: changed');
    const ping = async (password: string) => Promise.all([...lab.nodes.map(({ host }) => [host, lab.port]), ...lab.sentinels.map(({ host }) => [host, lab.sentinelPort])]
      .map(async ([host, port]) => (await new Running(shells[0], ['redis-cli', '-h', `${host}`, '-p', `${port}`, 'PING'], { REDISCLI_AUTH: password }).ended()).text));
    for (const text of [...await ping('former'), ...await ping('latter')]) expect(text).toBe('PONG');
    // A node that is started now knows the new one only.
    const [replica] = lab.others(first);
    await replica.stop('SIGTERM');
    replica.start();
    expect(await lab.whole()).toBe(first);
    await until(async () => (await ping('former')).every((text) => text.includes('WRONGPASS')), said);
    expect(await lab.whole()).toBe(first);
    const second = await lab.failedOver(first);
    first.start();
    expect(await lab.whole()).toBe(second);
    expect(await second.ask('DBSIZE')).toBe('20');
  });

  test('shows a new password before its time to nobody but a master that knows it', async () => {
    const lab = await ReplicationLab.formed(shells[0], { password: 'former', withoutSentinels: true });
    const master = await lab.led();
    const [replica] = lab.others(master);
    const loop = replica.script('reload-config.sh', [], { PASSWORD_OVERLAP: '600', RELOAD_INTERVAL: '0.5', REDIS_CONF: '/dev/null' });
    await pause(2000);
    lab.rotate('latter');
    await until(() => loop.lines.includes('password: changed'), () => loop.output);
    const link = async () => (await replica.info()).master_link_status;
    expect(await replica.get('masterauth')).toBe('former');
    // As when its master was restarted: what it showed so far is of no use any more.
    await replica.ask('CONFIG', 'SET', 'masterauth', 'neither');
    await replica.ask('CLIENT', 'KILL', 'TYPE', 'master');
    await until(async () => await link() === 'down', () => replica.output);
    // Some rounds of the loop.
    await pause(4000);
    expect(await replica.get('masterauth')).toBe('neither');
    const told = new Running(shells[0], ['redis-cli', '-h', master.host, '-p', `${lab.port}`, 'ACL', 'SETUSER', 'default', '>latter'], { REDISCLI_AUTH: 'former' });
    expect((await told.ended()).text).toBe('OK');
    await until(async () => await replica.get('masterauth') === 'latter' && await link() === 'up', () => loop.output);
  });
});
