import { connect as connectPlainly } from 'net';
import { join } from 'path';
import { connect } from 'tls';
import { Authority } from './certificates';
import { Lab } from './cluster-lab';
import { Ward } from './cluster-ward';
import { clean, describeNewestRedis, describeRedis, directory, Mount, reap, script, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

const ours = new Authority('ours');
const certificate = ours.issue('redis');
const secret = () => new Mount(certificate);

describeRedis('a cluster with TLS', (shells) => {
  const machine = shells[shells.length - 1];

  test('forms, with links by which everybody can be told', async () => {
    const lab = await Lab.make(machine, { tls: secret().path });
    expect((await lab.form().ended()).text).toMatch(/the cluster is formed: 3 masters with all slots, 3 replicas$/);
    await lab.expectFormed();
    for (const node of lab.nodes.keys()) await until(async () => (await lab.script('cluster-ready.sh', [], lab.env(node)).ended()).code === 0);
    // What a client learns are names, which certificates have, and the port of TLS.
    expect(await lab.ask(0, 'CLUSTER', 'SLOTS')).toContain('redis-1.redis-nodes.test.svc');
  });
});

describeNewestRedis('a cluster with TLS whose clients need certificates', (shells) => {
  // The shell and the awk of Alpine's image, where they are.
  const machine = shells[shells.length - 1];

  test('finds itself again after all nodes came back with other addresses, and replaces one that lost its volume', async () => {
    const ward = await Ward.open(machine, { tls: secret().path });
    await ward.lab.restart(ward.lab.fresh());
    await ward.whole();
    await ward.expectKeys();
    await ward.empty(await ward.node('master'));
    await ward.whole();
    await ward.expectKeys();
  });

  test('a master hands over before it stops', async () => {
    const lab = await Lab.make(machine, { tls: secret().path });
    expect((await lab.form().ended()).code).toBe(0);
    await lab.expectFormed();
    expect(await lab.script('cluster-pre-stop.sh', [], lab.env(0)).ended()).toEqual({ code: 0, text: '' });
    expect(await lab.ask(0, 'ROLE')).toMatch(/^slave/);
  });

  test('loads a certificate of another authority, node by node, and links that break in between are made again', async () => {
    const mount = secret();
    const ward = await Ward.open(machine, { tls: mount.path });
    const { lab } = ward;
    mount.change(new Authority('another').issue('redis'));
    // One has it, the others do not: what is linked stays linked.
    const change = (node: number) => script(machine, 'reload-config.sh', [], {
      ...lab.env(node), REDIS_CONF: join(mount.path, '../none'), RELOAD_INTERVAL: '0.2', TMPDIR: directory(),
    });
    change(0);
    await ward.expectKeys();
    expect(await lab.ask(0, 'CLUSTER', 'INFO')).toContain('cluster_state:ok');
    lab.nodes.slice(1).forEach((_, index) => change(index + 1));
    await lab.stop(5);
    lab.start(5);
    await ward.whole();
    await ward.expectKeys();
  });

  test('is one with all its data when all nodes of a plain one are started anew with TLS, at other addresses', async () => {
    const ward = await Ward.open(machine);
    await ward.close();
    ward.lab.encrypt(secret().path);
    ward.lab.nodes.forEach((_, node) => ward.begin(node));
    await ward.whole();
    await ward.expectKeys();
    for (const node of ward.lab.nodes.keys()) expect(await ward.lab.ask(node, 'CONFIG', 'GET', 'port')).toBe('port\n0');
  });

  test('its bus takes nobody without a certificate, also where clients need none', async () => {
    const lab = await Lab.make(machine, { tls: secret().path });
    await lab.answering();
    for (const required of ['yes', 'no']) {
      expect(await lab.ask(0, 'CONFIG', 'SET', 'tls-auth-clients', required)).toBe('OK');
      const options = { host: lab.addresses[0], port: lab.port + 10_000, ca: ours.certificate, checkServerIdentity: () => undefined };
      expect(await ends(connect(options))).toMatch(/certificate required|handshake failure/);
      const strange = new Authority('strangers').issue('redis');
      expect(await ends(connect({ ...options, cert: strange['tls.crt'], key: strange['tls.key'] }))).toMatch(/unknown ca/);
      expect(await ends(connectPlainly(options))).toBe('closed');
    }
  });

  test('is not formed by a certificate that is of no use between nodes, and the Job says so', async () => {
    const lab = await Lab.make(machine, { tls: new Mount(ours.issueFor('serverAuth', 'redis')).path });
    const { code, text } = await lab.form().ended();
    expect(code).toBe(1);
    expect(text).toMatch(/^the certificate is of no use among nodes, .*: it must be for servers and for clients \(both key usages\).*certificate verify failed/);
  });

  test('is not merged with another cluster, whoever is told to meet whom', async () => {
    const labs = [await Lab.make(machine, { tls: secret().path }), await Lab.make(machine, { tls: new Mount(new Authority('strangers').issue('redis')).path })];
    for (const lab of labs) expect((await lab.form().ended()).code).toBe(0);
    const members = async (lab: Lab) => Promise.all([...lab.nodes.keys()].map(async (node) => (await lab.list(node)).map(({ id }) => id).sort()));
    const before = await Promise.all(labs.map(members));
    const meetings = async ([lab, other]: Lab[]) => {
      for (const node of lab.nodes.keys()) expect(await lab.ask(node, 'CLUSTER', 'MEET', other.addresses[node], String(other.port))).toBe('OK');
    };
    await meetings(labs);
    await meetings([...labs].reverse());
    // A meeting to which nobody answers is given up.
    for (const lab of labs) {
      for (const node of lab.nodes.keys()) await until(async () => !(await lab.ask(node, 'CLUSTER', 'NODES')).includes('handshake'));
    }
    expect(await Promise.all(labs.map(members))).toEqual(before);
  });

  /** How a connection ends to which something is sent that means nothing. */
  function ends(socket: ReturnType<typeof connectPlainly>): Promise<string> {
    socket.write('x'.repeat(10_000));
    return new Promise((resolve) => {
      let reason = 'closed';
      socket.on('error', ({ message, code }: NodeJS.ErrnoException) => { reason = code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : message; });
      socket.on('close', () => resolve(reason));
    });
  }
});
