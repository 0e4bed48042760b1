import { connect as connectPlainly } from 'net';
import { connect } from 'tls';
import { Authority } from './certificates';
import { ClusterWriter, Rollout, Served } from './cluster-steps';
import { Ward } from './cluster-ward';
import { clean, describeNewestRedis, describeRedis, Mount, reap, until } from './processes';
import { freePort } from './servers';
import { RedisTlsReach } from '../../src/options/tls-ports';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

const certificate = new Authority('ours').issue('redis');

/** What is served at each step. */
async function steps(): Promise<{ plain: Served; offered: Served; both: Served; tls: Served; tlsPort: number }> {
  const tls = new Mount(certificate).path;
  const tlsPort = await freePort();
  return {
    plain: {}, offered: { tls, tlsPort, plain: true, reach: RedisTlsReach.CLIENTS }, both: { tls, tlsPort, plain: true }, tls: { tls, tlsPort }, tlsPort,
  };
}

/** What the bus of a node is, for who comes with a certificate. */
function bus({ lab }: Ward, node: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      host: lab.addresses[node], port: lab.port + 10_000, ca: certificate['ca.crt'], cert: certificate['tls.crt'], key: certificate['tls.key'],
      checkServerIdentity: () => undefined,
    }, () => { socket.destroy(); resolve('TLS'); });
    socket.on('error', () => resolve('plain'));
  });
}

/** How all nodes speak to each other: what they say, what their bus takes, and by which port replicas ask their masters. */
async function speech(ward: Ward): Promise<string[]> {
  const { lab } = ward;
  const all = [];
  for (const node of lab.nodes.keys()) {
    const said = await lab.ask(node, 'CONFIG', 'GET', 'tls-cluster');
    const asked = /^master_port:(\d+)/m.exec(await lab.ask(node, 'INFO', 'replication'))?.[1] ?? `${lab.port}`;
    all.push(`${await bus(ward, node)} ${said.split('\n')[1]} ${/role:slave/.test(await lab.ask(node, 'INFO', 'replication')) ? asked : '-'}`);
  }
  return [...new Set(all)].sort();
}

function expected(ward: Ward, kind: 'plain' | 'TLS', tlsPort: number): string[] {
  return kind === 'TLS' ? ['TLS yes -', `TLS yes ${tlsPort}`] : ['plain no -', `plain no ${ward.lab.port}`];
}

describeRedis('a plain cluster', (shells) => {
  const machine = shells[shells.length - 1];

  test('has TLS after two steps, under clients that write, and is plain again after two more', async () => {
    const { plain, offered, both, tls, tlsPort } = await steps();
    const ward = await Ward.open(machine, { acl: true });
    const { lab } = ward;
    const before = new ClusterWriter(ward, 'plain', lab.port);
    await before.goesOn();

    const open = new Rollout(ward, both);
    await open.replace();
    await open.done();
    await ward.whole();
    expect(await speech(ward)).toEqual(expected(ward, 'TLS', tlsPort));
    const after = new ClusterWriter(ward, 'tls', tlsPort, certificate);
    await before.goesOn();
    await after.goesOn();
    expect(before.refused).toEqual([]);
    await before.stop();

    const close = new Rollout(ward, tls);
    await close.replace();
    await close.done();
    await ward.whole();
    await after.goesOn();
    expect(await speech(ward)).toEqual(expected(ward, 'TLS', tlsPort));
    for (const address of lab.addresses) expect(await refuses(address, lab.port)).toBe('ECONNREFUSED');
    expect(await after.missing(before)).toEqual([]);

    const reopen = new Rollout(ward, offered);
    await reopen.replace();
    await reopen.done();
    await ward.whole();
    expect(await speech(ward)).toEqual(expected(ward, 'plain', tlsPort));
    const last = new ClusterWriter(ward, 'last', lab.port);
    await last.goesOn();
    await after.goesOn();
    expect(after.refused).toEqual([]);
    await after.stop();

    const leave = new Rollout(ward, plain);
    await leave.replace();
    await leave.done();
    await ward.whole();
    await last.goesOn();
    expect(last.refused).toEqual([]);
    await last.stop();
    for (const writer of [before, after, last]) expect(await last.missing(writer)).toEqual([]);
    await ward.expectKeys();
    await lab.expectNothingRefused();
    [before, after, last].forEach((writer) => writer.end());
  });
});

describeNewestRedis('a cluster on its way to TLS', (shells) => {
  const machine = shells[shells.length - 1];

  test('is changed when the last of its nodes can speak TLS, and not before', async () => {
    const { both, tlsPort } = await steps();
    const ward = await Ward.open(machine);
    const open = new Rollout(ward, both);
    await open.replace([5, 4, 3]);
    await until(() => open.job.output.includes('cannot yet'), () => open.job.output);
    expect((await speech(ward)).filter((each) => !each.startsWith('plain no'))).toEqual([]);
    await open.replace([2, 1, 0]);
    await open.done();
    expect(await speech(ward)).toEqual(expected(ward, 'TLS', tlsPort));
    expect(open.job.output).toContain('redis-0 speaks to the others with TLS');
  });

  test('goes on where its Job was killed, and who comes back speaks as the others do', async () => {
    const { both } = await steps();
    const ward = await Ward.open(machine);
    const open = new Rollout(ward, both);
    await open.job.stop();
    await open.replace();
    expect((await speech(ward)).filter((each) => !each.startsWith('plain no'))).toEqual([]);
    // One is away while all others are told.
    await ward.end(1);
    const told = [0, 2, 3, 4, 5];
    await Promise.all(told.map((node) => ward.lab.ask(node, 'CONFIG', 'SET', 'tls-cluster', 'yes', 'tls-replication', 'yes')));
    ward.begin(1);
    await ward.whole();
    expect(await ward.lab.ask(1, 'CONFIG', 'GET', 'tls-cluster')).toMatch(/yes$/);
    // One stood still meanwhile, which the first node's healer finds.
    await ward.lab.ask(2, 'CONFIG', 'SET', 'tls-cluster', 'no', 'tls-replication', 'no');
    await until(async () => (await ward.lab.ask(2, 'CONFIG', 'GET', 'tls-cluster')).endsWith('yes'), () => ward.said(), 300);
    expect((await ward.lab.form().ended()).code).toBe(0);
    await ward.whole();
    const all = await speech(ward);
    expect(all.filter((each) => !each.startsWith('TLS yes'))).toEqual([]);
    await ward.expectKeys();
  });

  test('gets there without a Job, by the healer of its first node, also at a step that comes a second time', async () => {
    const { offered, both, tlsPort } = await steps();
    const ward = await Ward.open(machine);
    for (const [served, kind] of [[both, 'TLS'], [offered, 'plain'], [both, 'TLS']] as const) {
      const step = new Rollout(ward, served);
      await step.job.stop();
      await step.replace();
      await until(async () => JSON.stringify(await speech(ward)) === JSON.stringify(expected(ward, kind, tlsPort)), () => ward.said(), 500);
    }
    await ward.whole();
    await ward.expectKeys();
  });

  test('stops at its first pod where the plain port is closed too early, and goes on when it is opened again', async () => {
    const { both, tls } = await steps();
    const ward = await Ward.open(machine);
    const writer = new ClusterWriter(ward, 'plain', ward.lab.port);
    const early = new Rollout(ward, tls);
    await early.begin(5);
    await until(() => early.job.output.includes('nodes answer') || early.job.output.includes('cannot yet'), () => early.job.output);
    await ward.lab.answering(5);
    for (let time = 0; time < 5; time++) {
      expect(await early.trouble(5)).not.toBe('');
      await writer.goesOn();
    }
    await early.job.stop();
    const open = new Rollout(ward, both);
    await open.replace();
    await open.done();
    await ward.whole();
    await writer.goesOn();
    await writer.stop();
    expect(await writer.missing(writer)).toEqual([]);
    writer.end();
  });
});

/** How a connection without TLS ends. */
function refuses(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectPlainly({ host, port }, () => { socket.destroy(); resolve('connected'); });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(`${code}`));
  });
}
