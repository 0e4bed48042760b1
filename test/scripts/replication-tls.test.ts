import { spawnSync } from 'child_process';
import { writeFileSync } from 'fs';
import { join } from 'path';
import { Authority, CertificateFiles } from './certificates';
import { clean, describeNewestRedis, describeRedis, directory, Mount, Running, until } from './processes';
import { changeMasters } from './replication-changes';
import { reapLabs, ReplicationLab } from './replication-lab';
import { freePort } from './servers';
import { proxyConfig } from '../../src/node/proxy-config';
import { onPath } from '../tools';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

const authority = new Authority('ours');

describeRedis('a replication with TLS whose clients need certificates', (shells) => {
  test('forms, hands over, and elects another master', async () => {
    const lab = await ReplicationLab.formed(shells[0], { tls: new Mount(authority.issue('redis')).path, password: 'secret' });
    await changeMasters(lab);
  });
});

describeNewestRedis('a changed certificate of a replication', (shells) => {
  const [machine] = shells;

  test('is loaded by nodes, and Sentinels end for it one after the other, never with one that is of no use', async () => {
    const secret = new Mount(authority.issue('redis'));
    const lab = await ReplicationLab.formed(machine, { tls: secret.path });
    const env = { RELOAD_INTERVAL: '0.5', RENEW_SECONDS: '2', REDIS_CONF: '/dev/null' };
    const nodes = lab.nodes.map((node) => node.script('reload-config.sh', [], { ...env, TMPDIR: directory() }));
    const loops = lab.sentinels.map((sentinel) => sentinel.script('sentinel-reload.sh', [], { ...env, TMPDIR: directory() }));
    const said = () => [...nodes, ...loops].map(({ output }, index) => `${index}: ${output}`).join('\n');
    await until(async () => (await Promise.all(lab.sentinels.map((sentinel) => sentinel.ready()))).every(({ code }) => code === 0));
    const good = authority.issue('redis');
    secret.change({ ...good, 'tls.key': authority.issue('redis')['tls.key'] });
    await until(() => loops.every(({ lines }) => lines.length > 0), said);
    for (const { lines } of loops) expect(lines).toEqual(['certificate: not changed: no Sentinel could start with it']);
    secret.change(good);
    // As the kubelet does.
    for (const [index, sentinel] of lab.sentinels.entries()) {
      await until(() => !sentinel.alive, said);
      expect(lab.sentinels.filter(({ alive }) => alive)).toHaveLength(lab.sentinels.length - 1);
      expect(loops[index].lines.slice(-1)).toEqual(['certificate: changed, and the Sentinel is started anew']);
      sentinel.start();
    }
    await until(() => nodes.every(({ lines }) => lines.includes('certificate: changed')), said);
    await lab.whole();
  });
});

const hasProxy = onPath('haproxy').length > 0;
if (!hasProxy) describe.skip('needs haproxy: the proxy of a replication with TLS', () => test('with it', () => undefined));

(hasProxy ? describeNewestRedis : () => undefined)('the proxy of a replication with TLS', (shells) => {
  const [machine] = shells;

  /** The files as the proxy's volume has them. */
  const projected = ({ 'tls.key': key, ...files }: CertificateFiles): { [file: string]: string } => ({ ...files, 'tls.crt.key': key });

  test('finds the master, passes on what it does not understand, and takes another certificate while it runs', async () => {
    const secret = new Mount(authority.issue('redis'));
    const lab = await ReplicationLab.formed(machine, { tls: secret.path });
    const master = await lab.led();
    const mount = new Mount(projected(authority.issue('redis')));
    const [write, read, health] = [await freePort(), await freePort(), await freePort()];
    const file = join(directory(), 'haproxy.cfg');
    const text = proxyConfig({
      nodes: lab.nodes.map(({ name }) => name), sentinels: lab.sentinels.map(({ name }) => name), master: 'redis', memory: 262_144,
      ports: { write, read, health }, certificates: mount.path,
    });
    // A name and its domain are an address here, and these processes have ports of their own.
    writeFileSync(file, text.replace(/:6379"/g, `:${lab.port}"`).replace(/:26379"/g, `:${lab.sentinelPort}"`).replace(/init-addr none resolvers cluster/, 'init-addr libc'));
    const proxy = new Running(machine, ['sh', join(__dirname, '../../assets/scripts/proxy-start.sh'), 'haproxy', '-W', '-db', '-f', file], {
      ...lab.env(), REDIS_TLS_DIRECTORY: mount.path, RELOAD_INTERVAL: '0.5', RESOLV_CONF: '/dev/null',
    });
    const ask = (...command: string[]) => spawnSync('redis-cli', [
      '-p', `${write}`, '--tls', '--cacert', `${secret.path}/ca.crt`, '--cert', `${secret.path}/tls.crt`, '--key', `${secret.path}/tls.key`, ...command,
    ], { env: { PATH: machine.path }, timeout: 10_000 }).stdout.toString().trim();
    await until(() => ask('PING') === 'PONG', () => proxy.output);
    expect(ask('ROLE')).toMatch(/^master/);
    expect(ask('CONFIG', 'GET', 'tls-port')).toContain(`${lab.port}`);
    mount.change(projected({ ...authority.issue('redis'), 'tls.key': 'none' }));
    await until(() => proxy.output.includes('certificate: not changed: the proxy could not start with it'), () => proxy.output);
    expect(ask('PING')).toBe('PONG');
    mount.change(projected(authority.issue('redis')));
    await until(() => proxy.lines.includes('certificate: changed'), () => proxy.output);
    await until(() => proxy.output.split('Loading success').length > 2, () => proxy.output);
    await until(() => ask('PING') === 'PONG', () => proxy.output);
    expect(await master.role()).toBe('master');
    expect(proxy.code).toBeUndefined();
  });
});
