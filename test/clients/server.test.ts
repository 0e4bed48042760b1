import { Snippet } from './snippets';
import { RedisAuth, RedisStandalone, RedisTls } from '../../src';
import { container, only, synth, variables, workload } from '../kit';
import { Authority } from '../scripts/certificates';
import { clean, describeNewestRedis, directory, file, Machine, Mount, reap, Running, until } from '../scripts/processes';
import { ask } from '../scripts/resp';
import { freePort } from '../scripts/servers';

const PASSWORD = 'p:/@#%$w';
const HOST = 'redis.test.svc';

afterEach(reap);
afterAll(clean);

describeNewestRedis('one server with TLS and a password', ([machine]) => {
  const mount = new Mount(new Authority('ours').issue(HOST));
  const hosts = file(`127.0.0.1 ${HOST}\n`);

  test.each(['ioredis', 'redis-py'])('%s loses nothing when it is killed and started again, and does not get in with another authority or password', async (client) => {
    const port = await freePort();
    const home = directory();
    const socket = `${home}/redis.sock`;
    const start = () => serve(machine, port, home, socket);
    const keys = async () => Number(await ask(socket, PASSWORD, ['DBSIZE']));
    let server = start();
    await until(async () => await keys() === 0, () => server.output);
    const snippet = new Snippet(client, 'server');
    const told = connected(port);

    const strangers = file(new Authority('strangers').certificate);
    const distrusting = snippet.run(machine, { ...told, REDIS_CA_FILE: strangers }, hosts);
    const refused = snippet.run(machine, { ...told, REDIS_PASSWORD: 'wrong' }, hosts);

    const program = snippet.run(machine, told, hosts);
    await until(async () => program.code !== undefined || await keys() >= 50, () => program.output);
    await server.stop();
    const early = program.code;
    server = start();
    expect({ ...await program.ended(), early }).toEqual({ code: 0, text: expect.stringMatching(/^500 of 500 are there$/m), early: undefined });

    expect([(await distrusting.ended()).code, (await refused.ended()).code]).not.toContain(0);
    expect(distrusting.output).toMatch(/self-signed certificate in certificate chain/);
    expect(refused.output).toMatch(/WRONGPASS|invalid username-password pair/);
  });

  function serve(where: Machine, port: number, home: string, socket: string): Running {
    const files = ['cert-file', 'key-file', 'ca-cert-file'].flatMap((name, index) => [`--tls-${name}`, mount.file(['tls.crt', 'tls.key', 'ca.crt'][index])]);
    return new Running(where, ['redis-server', '--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files, '--dir', home,
      '--unixsocket', socket, '--appendonly', 'yes', '--appendfsync', 'always', '--requirepass', PASSWORD]);
  }

  /** The variables that `connect` gives, for this port, with what Kubernetes takes from Secrets. */
  function connected(port: number): Record<string, string> {
    const manifests = synth((chart) => {
      const redis = new RedisStandalone(chart, 'redis', { auth: RedisAuth.password('redis-password'), tls: RedisTls.fromSecret('redis-tls') });
      redis.connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }));
    }, 'test');
    const given = variables(container(only(manifests, 'Deployment'), 'web'));
    return { ...given, REDIS_PORT: `${port}`, REDIS_PASSWORD: PASSWORD, REDIS_CA_FILE: mount.file('ca.crt') };
  }
});
