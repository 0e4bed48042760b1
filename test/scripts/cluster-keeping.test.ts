import { readFileSync } from 'fs';
import { createServer, Server } from 'net';
import { join } from 'path';
import { DOMAIN, Lab } from './cluster-lab';
import { clean, describeNewestRedis, describeRedis, describeShells, Machine, Outcome, reap, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

async function formed(machine: Machine): Promise<Lab> {
  const lab = await Lab.make(machine);
  expect((await lab.form().ended()).code).toBe(0);
  return lab;
}

const ready = (lab: Lab, node: number, env: Record<string, string> = {}): Promise<Outcome> => lab.script('cluster-ready.sh', [], { ...lab.env(node), ...env }).ended();
const isMaster = async (lab: Lab, node: number) => (await lab.ask(node, 'ROLE')).startsWith('master');
const masterOf = async (lab: Lab) => (await lab.list(0)).find(({ slots }) => slots.length > 0)!;

async function healed(lab: Lab): Promise<void> {
  await until(async () => (await Promise.all(lab.nodes.map((_, node) => ready(lab, node)))).every(({ code }) => code === 0), () => 'never healed');
  // After a meeting, names are told with the next pings.
  await until(() => lab.expectFormed().then(() => true, () => false), () => 'never whole');
}

/** A server that takes connections and never says anything. */
function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.unref().on('error', () => undefined)).on('error', reject);
    server.listen(port, host, () => resolve(server.unref()));
  });
}

describeShells('keeping a cluster', (machine) => {
  test('all nodes with new addresses at once find each other', async () => {
    const lab = await formed(machine);
    const owners = await lab.expectFormed();
    await lab.restart(lab.fresh());
    const healers = lab.nodes.map((_, node) => lab.script('cluster-heal.sh', [], lab.env(node)));
    await healed(lab);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual(Object.values(owners).flat().sort());
    expect((await lab.list(0)).map(({ address }) => address).sort()).toEqual([...lab.addresses].sort());
    // All is well: after what was under way, nothing is said any more.
    const said = () => healers.flatMap((healer) => healer.lines);
    for (let before = -1; before !== said().length;) {
      before = said().length;
      await new Promise((resolve) => setTimeout(resolve, 2500));
    }
    const lines = said();
    for (const line of lines) expect(line).toMatch(/^(met redis-\d at [\d.]+, known at ([\d.]+|-)|copying from [\d.]+, no more from [\d.]+)$/);
    for (const healer of healers) healer.signal('SIGTERM');
    for (const healer of healers) expect((await healer.ended()).code).toBe(0);
  });
});

// Where Redis itself could do otherwise from version to version.
describeRedis('keeping a cluster', ([machine]) => {
  test('nodes find each other also with each other\'s addresses, and with a name service that is behind', async () => {
    const lab = await formed(machine);
    const [first, ...rest] = lab.addresses;
    const old = [...lab.addresses];
    await lab.stop(...lab.nodes.keys());
    lab.addresses.splice(0, 6, ...rest, first);
    lab.announce(old);
    lab.nodes.forEach((_, node) => lab.start(node));
    await lab.answering();
    lab.nodes.forEach((_, node) => lab.script('cluster-heal.sh', [], lab.env(node)));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    lab.announce();
    await healed(lab);
  });

  test('nodes that call each other where nobody answers are introduced before they could miss each other', async () => {
    const lab = await formed(machine);
    const silent = [...lab.addresses.slice(0, 2)];
    await lab.stop(0, 1);
    // Who takes connections and says nothing, as a host that is gone.
    const servers = await Promise.all(silent.map((address) => listen(address, lab.port + 10_000)));
    try {
      lab.addresses.splice(0, 2, ...lab.fresh().slice(0, 2));
      // The name service is behind when they start.
      [0, 1].forEach((node) => lab.start(node));
      await lab.answering(0, 1);
      for (const node of lab.nodes.keys()) await lab.ask(node, 'CONFIG', 'SET', 'cluster-node-timeout', '3600000');
      lab.announce();
      lab.nodes.forEach((_, node) => lab.script('cluster-heal.sh', [], lab.env(node)));
      const sees = async (node: number, other: number) => (await lab.list(node)).find(({ name }) => name === lab.nodes[other])?.address === lab.addresses[other];
      await until(async () => await sees(0, 1) && sees(1, 0), () => 'never introduced');
    } finally {
      servers.forEach((server) => server.close());
    }
  });

  test('a replica never copies from a stranger at its master\'s old address', async () => {
    const lab = await formed(machine);
    const replica = (await lab.list(0)).find(({ flags }) => flags.includes('slave'))!;
    const node = lab.nodes.indexOf(replica.name);
    const master = (await lab.list(node)).find(({ id }) => id === replica.master)!;
    await lab.stop(node, lab.nodes.indexOf(master.name));
    // The stranger is a cluster's node too, and it has keys.
    const stranger = new Lab(machine, lab.port, {});
    stranger.addresses[0] = master.address;
    stranger.start(0, { CLUSTER_DOMAIN: 'others.prod.svc' });
    await until(async () => (await stranger.ask(0, 'PING')) === 'PONG');
    lab.start(node);
    await until(async () => (await lab.ask(node, 'PING')) === 'PONG');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await lab.ask(node, 'INFO', 'replication')).not.toContain('master_link_status:up');
    expect(await stranger.ask(0, 'INFO', 'replication')).toContain('connected_slaves:0');
    const entry = (await lab.list(node)).find(({ id }) => id === master.id)!;
    expect([entry.address, entry.flags.includes('noaddr')]).toEqual(['', true]);
  });

  test('nor does one that runs, when a stranger takes the address of its master', async () => {
    const lab = await formed(machine);
    const replica = (await lab.list(0)).find(({ flags }) => flags.includes('slave'))!;
    const node = lab.nodes.indexOf(replica.name);
    const master = (await lab.list(node)).find(({ id }) => id === replica.master)!;
    const stranger = new Lab(machine, lab.port, {});
    stranger.addresses[0] = master.address;
    await lab.stop(lab.nodes.indexOf(master.name));
    stranger.start(0, { CLUSTER_DOMAIN: 'others.prod.svc' });
    await until(() => lab.processes[node].output.includes('Unable to AUTH to MASTER'), () => lab.processes[node].output);
    expect(await stranger.ask(0, 'INFO', 'replication')).toContain('connected_slaves:0');
  });

  test('a master hands over before it stops, and a replica just stops', async () => {
    const lab = await formed(machine);
    const master = lab.nodes.indexOf((await masterOf(lab)).name);
    const stop = lab.script('cluster-pre-stop.sh', [], lab.env(master));
    expect(await stop.ended()).toEqual({ code: 0, text: '' });
    expect(await isMaster(lab, master)).toBe(false);
    expect((await lab.script('cluster-pre-stop.sh', [], lab.env(master)).ended()).code).toBe(0);
    const heirs = await Promise.all([...lab.nodes.keys()].map((node) => isMaster(lab, node)));
    expect(heirs.filter(Boolean)).toHaveLength(3);
  });
});

// What scripts do, and take from answers that the tests above have of every version.
describeNewestRedis('keeping a cluster', ([machine]) => {
  test('a blank node waits as long as its cluster counts it as a living master', async () => {
    const lab = await formed(machine);
    const master = await masterOf(lab);
    const node = lab.nodes.indexOf(master.name);
    const other = (node + 1) % 6;
    await lab.stop(node);
    lab.wipe(node);
    lab.start(node, { CLUSTER_NAME: lab.addresses[other] });
    await until(() => lab.processes[node].output.includes('waiting: this node is blank, but its cluster knows it as a master with data'), () => lab.processes[node].output);
    // Its replica takes over meanwhile, with the data.
    await until(async () => (await lab.ask(node, 'PING')) === 'PONG', () => lab.processes[node].output);
    const listed = (await lab.list(other)).filter(({ name }) => name === master.name);
    expect(listed.every(({ slots }) => slots.length === 0)).toBe(true);
    expect(await ready(lab, node)).toEqual({ code: 1, text: 'it is in no cluster yet' });
  });

  test('nobody is ready before forming, and all are after it, also when one of them is dead', async () => {
    const lab = await Lab.make(machine);
    await lab.answering();
    expect(await ready(lab, 0)).toEqual({ code: 1, text: 'it is in no cluster yet' });
    expect((await lab.form().ended()).code).toBe(0);
    await healed(lab);
    for (const node of lab.nodes.keys()) expect([node, await ready(lab, node)]).toEqual([node, { code: 0, text: '' }]);
    const replica = lab.nodes.indexOf((await lab.list(0)).find(({ flags }) => flags.includes('slave'))!.name);
    await lab.stop(replica);
    expect((await ready(lab, replica)).code).toBe(1);
    const living = [...lab.nodes.keys()].filter((node) => node !== replica);
    // An old node is not asked for its links at all; a young one only for those to the living.
    for (const node of living) expect((await ready(lab, node, { CLUSTER_YOUNG: '0' })).code).toBe(0);
    await until(async () => (await Promise.all(living.map((node) => ready(lab, node)))).every(({ code }) => code === 0));
  });

  test('a master without a replica does not wait for long', async () => {
    const lab = await Lab.make(machine, { replicasPerShard: 0 });
    expect((await lab.form().ended()).code).toBe(0);
    // It gives up long before its time is over.
    expect((await lab.script('cluster-pre-stop.sh', [], { ...lab.env(0), PRE_STOP_SECONDS: '100000' }).ended()).code).toBe(0);
    expect(await isMaster(lab, 0)).toBe(true);
  });

  test('a node says who and where it is', async () => {
    const lab = await Lab.make(machine);
    await lab.answering();
    const get = async (name: string) => (await lab.ask(0, 'CONFIG', 'GET', name)).split('\n')[1];
    expect(await get('cluster-announce-ip')).toBe(lab.addresses[0]);
    expect(await get('cluster-announce-hostname')).toBe(`redis-0.${DOMAIN}`);
    expect(await get('cluster-announce-human-nodename')).toBe('zone/host0');
    await lab.stop(0);
    lab.start(0, { NODE_ZONE: '', NODE_NAME: 'host:0' });
    await until(async () => (await lab.ask(0, 'PING')) === 'PONG', () => lab.processes[0].output);
    expect(await get('cluster-announce-human-nodename')).toBe('/host-0');
  });

  test('IPv6 addresses in nodes.conf are rewritten as well', async () => {
    const lab = await formed(machine);
    await lab.stop(0);
    const file = join(lab.data(0), 'nodes.conf');
    lab.program('getent', 'pod=${2%%.*}; echo "2001:db8::1${pod#redis-} $2"');
    // A server that only shows what it would read.
    const { code } = await lab.script('cluster-start.sh', ['echo'], { ...lab.env(0), POD_IP: '2001:db8::99' }).ended();
    expect(code).toBe(0);
    const lines = readFileSync(file, 'utf8').trim().split('\n').filter((line) => !line.startsWith('vars'));
    expect(lines).toHaveLength(6);
    for (const line of lines.filter((each) => !each.includes('noaddr'))) {
      expect(line).toMatch(line.includes('myself') ? /^\w+ 2001:db8::99:\d+@\d+,redis-0\./ : /^\w+ 2001:db8::1(\d):\d+@\d+,redis-\1\./);
    }
  });
});
