import { rmSync } from 'fs';
import { join } from 'path';
import { Ward } from './cluster-ward';
import { clean, describeNewestRedis, reap, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

/** Whether a node says that another one has failed. */
async function callsFailed(ward: Ward, witness: number, node: number): Promise<boolean> {
  return (await ward.lab.list(witness)).some(({ name, flags }) => name === ward.lab.nodes[node] && flags.includes('fail'));
}

/** A master, and its replica, which was restarted and has copied it, but is not sure yet that all have found each other. */
async function justRestarted(ward: Ward, rounds: number): Promise<[number, number]> {
  const node = await ward.node('master');
  const replica = await ward.replicaOf(node);
  await ward.end(replica);
  ward.lab.start(replica);
  ward.heal(replica, { SURE_ROUNDS: `${rounds}` });
  await until(async () => (await ward.lab.ask(replica, 'INFO', 'replication')).includes('master_link_status:up'), () => ward.said());
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return [node, replica];
}

describeNewestRedis('healing a cluster', (shells) => {
  // The shell and the awk of Alpine's image, where they are: other tests have those of Debian's.
  const machine = shells[shells.length - 1];

  test('a replica that lost its volume copies again, and its former self is forgotten', async () => {
    const ward = await Ward.open(machine);
    await ward.empty(await ward.node('slave'));
    await ward.whole();
    await ward.expectKeys();
  });

  test('it does not join a shard whose own replica is only away', async () => {
    const ward = await Ward.open(machine);
    const [first, other] = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name)).sort();
    const away = await ward.replicaOf(first);
    const emptied = await ward.replicaOf(other);
    await ward.end(away);
    await ward.empty(emptied);
    await until(async () => (await ward.lab.ask(emptied, 'ROLE')).startsWith('slave'), () => ward.said());
    const { master } = (await ward.lab.list(emptied)).find(({ flags }) => flags.includes('myself'))!;
    expect(master).toBe(await ward.lab.ask(other, 'CLUSTER', 'MYID'));
    ward.begin(away);
    await ward.whole();
    await ward.expectKeys();
  });

  test.each(['another address', 'the same address'])('a master that lost its volume and comes back at %s is replaced, and becomes a replica', async (where) => {
    const ward = await Ward.open(machine);
    const node = await ward.node('master');
    const address = ward.lab.addresses[node];
    await ward.end(node);
    ward.lab.wipe(node);
    ward.begin(node, where === 'the same address' ? address : undefined);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a master that lost its append-only files but not nodes.conf is replaced too', async () => {
    const ward = await Ward.open(machine);
    const node = await ward.node('master');
    const address = ward.lab.addresses[node];
    await ward.end(node);
    rmSync(join(ward.lab.data(node), 'appendonlydir'), { recursive: true });
    ward.begin(node, address);
    await ward.whole();
    await ward.expectKeys();
    expect(ward.lab.processes[node].output).toContain('the data of this master are gone');
  });

  test('one that was a replica before does not begin with the snapshot that it once copied', async () => {
    const ward = await Ward.open(machine);
    const node = await ward.node('slave');
    await ward.lab.ask(node, 'CLUSTER', 'FAILOVER');
    await until(async () => (await ward.lab.ownSlots(node)).size > 0);
    await ward.whole();
    await ward.write('newer ');
    const address = ward.lab.addresses[node];
    await ward.end(node);
    rmSync(join(ward.lab.data(node), 'appendonlydir'), { recursive: true });
    ward.begin(node, address);
    await ward.whole();
    await ward.expectKeys('newer ');
  });

  test('a master that keeps snapshots is replaced when it dies: its replica has more', async () => {
    const ward = await Ward.open(machine, { snapshots: true });
    const node = await ward.node('master');
    expect(await ward.lab.ask(node, 'SAVE')).toBe('OK');
    await ward.write('newer ');
    await until(() => ward.inSync());
    const address = ward.lab.addresses[node];
    await ward.end(node);
    ward.begin(node, address);
    await ward.whole();
    await ward.expectKeys('newer ');
  });

  test('a master that lost its volume is replaced also when all nodes are restarted at once with other addresses', async () => {
    const ward = await Ward.open(machine);
    const node = await ward.node('master');
    for (const each of ward.lab.nodes.keys()) await ward.end(each);
    ward.lab.wipe(node);
    ward.lab.addresses.splice(0, 6, ...ward.lab.fresh());
    for (const each of ward.lab.nodes.keys()) ward.begin(each, ward.lab.addresses[each]);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a replica with old data does not take over from a master that comes back', async () => {
    const ward = await Ward.open(machine);
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.end(replica);
    await ward.write('newer ');
    await ward.end(node);
    ward.begin(replica);
    // Time for more than one election.
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect((await ward.lab.ownSlots(replica)).size).toBe(0);
    ward.begin(node);
    await ward.whole();
    await ward.expectKeys('newer ');
  });

  test('nor from one that is back, while the others still say that it has failed', async () => {
    const ward = await Ward.open(machine);
    // What a node is taken for that was away: gone for another ten seconds.
    for (const each of ward.lab.nodes.keys()) await ward.lab.ask(each, 'CONFIG', 'SET', 'cluster-node-timeout', '5000');
    const node = await ward.node('master');
    const id = await ward.lab.ask(node, 'CLUSTER', 'MYID');
    const replica = await ward.replicaOf(node);
    // As one is that was restarted.
    await ward.healers[replica].stop();
    await ward.lab.ask(replica, 'CONFIG', 'SET', 'cluster-replica-no-failover', 'yes');
    await ward.end(node);
    const failed = async (each: number) => (await ward.lab.list(each)).some((listed) => listed.id === id && listed.flags.includes('fail'));
    await until(async () => (await Promise.all([...ward.lab.nodes.keys()].filter((each) => each !== node).map(failed))).every(Boolean), () => ward.said());
    ward.begin(node);
    ward.heal(replica);
    await ward.whole();
    await ward.expectKeys();
    // An election would have cost what the master acknowledged meanwhile.
    expect((await ward.lab.ownSlots(replica)).size).toBe(0);
  });

  test('nor from one that all call failed just after, but is there', async () => {
    const ward = await Ward.open(machine);
    const [node, replica] = await justRestarted(ward, 1000);
    // For as long as the others need to agree, as when nobody knew its new address so far.
    ward.lab.processes[node].signal('SIGSTOP');
    await until(() => callsFailed(ward, replica, node), () => ward.said());
    ward.lab.processes[node].signal('SIGCONT');
    // Time for more than one election.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await ward.lab.ownSlots(replica)).size).toBe(0);
    await until(async () => !await callsFailed(ward, replica, node), () => ward.said());
    // Its healer has seen that, and sees the connection end long before all agree that the master failed.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await ward.end(node);
    await until(async () => (await ward.lab.ownSlots(replica)).size > 0, () => ward.said());
    expect(ward.healers[replica].output).not.toContain('may take over with what it had');
    await ward.expectKeys();
  });

  test('but does so from one that is cut off just after', async () => {
    const ward = await Ward.open(machine);
    const [node, replica] = await justRestarted(ward, 20);
    // The connection stays, as with a host whose cable was pulled, for longer than this test.
    await ward.lab.ask(replica, 'CONFIG', 'SET', 'repl-timeout', '3600');
    ward.lab.processes[node].signal('SIGSTOP');
    await until(async () => (await ward.lab.ownSlots(replica)).size > 0, () => ward.said());
    ward.lab.processes[node].signal('SIGCONT');
    await ward.expectKeys();
  });

  test('but does so from one that stays away', async () => {
    const ward = await Ward.open(machine, {}, { ORPHAN_ROUNDS: '5' });
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.end(replica);
    await ward.end(node);
    ward.begin(replica);
    await until(async () => (await ward.lab.ownSlots(replica)).size > 0, () => ward.said());
    expect(ward.healers[replica].output).toContain('may take over with what it had when it was started');
    await ward.expectKeys();
  });

  test('a blank replica does not take over from a master that it never copied, however long that stays away', async () => {
    const ward = await Ward.open(machine, {}, { ORPHAN_ROUNDS: '5' });
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.lab.ask(node, 'CONFIG', 'SET', 'repl-diskless-sync-delay', '60');
    await ward.empty(replica);
    await until(async () => (await ward.lab.ask(replica, 'ROLE')).startsWith('slave'), () => ward.said());
    await ward.end(node);
    await until(() => ward.healers[replica].output.includes('this node has no copy of its data'), () => ward.said());
    ward.begin(node);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a replica that moves to another shard is not elected before it has copied that, not even after a restart', async () => {
    const ward = await Ward.open(machine, {}, { ORPHAN_ROUNDS: '5' });
    const [poor, rich] = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name));
    const both = [await ward.replicaOf(poor), await ward.replicaOf(rich)];
    const noCopy = (node: number) => until(() => ward.healers[node].output.includes('this node has no copy of its data'), () => ward.said());
    // Nobody can copy this one from now on.
    await ward.lab.ask(poor, 'CONFIG', 'SET', 'repl-diskless-sync-delay', '60');
    await ward.lab.ask(both[0], 'CLUSTER', 'REPLICATE', await ward.lab.ask(rich, 'CLUSTER', 'MYID'));
    await until(() => new RegExp(`redis-\\d copies ${ward.lab.nodes[poor]}`).test(ward.said()), () => ward.said());
    const moved = both.find((node) => ward.said().includes(`${ward.lab.nodes[node]} copies ${ward.lab.nodes[poor]}`))!;
    await ward.end(poor);
    await noCopy(moved);
    await ward.lab.script('cluster-ready.sh', [], ward.lab.env(moved)).ended();
    await ward.end(moved);
    ward.begin(moved);
    await noCopy(moved);
    ward.begin(poor);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a majority of masters that lost their volumes at once is replaced by its replicas', async () => {
    const ward = await Ward.open(machine);
    const masters = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name)).slice(0, 2);
    await ward.empty(...masters);
    await ward.whole();
    await ward.expectKeys();
    expect(ward.lab.processes.map(({ output }) => output).join('')).toContain('takes over: too few masters are left to elect it');
  });

  test('a majority of masters that only stays away is not, and the log says what a person may do', async () => {
    const ward = await Ward.open(machine);
    const masters = (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(({ name }) => ward.lab.nodes.indexOf(name)).slice(0, 2);
    for (const master of masters) await ward.end(master);
    const advice = /too few masters are left to elect redis-\d: if redis-\d never comes back, CLUSTER FAILOVER TAKEOVER in redis-\d ends this/;
    await until(() => advice.test(ward.said()), () => ward.said());
    const other = [...ward.lab.nodes.keys()].find((node) => !masters.includes(node))!;
    const { text } = await ward.lab.script('cluster-ready.sh', [], ward.lab.env(other)).ended();
    expect(text).toMatch(/^cluster_state is fail: not there are the masters redis-\d, redis-\d; the log of the container healer says what is done$/);
    for (const master of masters) ward.begin(master);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a cluster that kept nothing forms again', async () => {
    const ward = await Ward.open(machine);
    await ward.empty(...ward.lab.nodes.keys());
    await ward.whole();
  });

  test('a shard without any copy left says so and waits until somebody accepts that', async () => {
    const ward = await Ward.open(machine);
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    const other = (await ward.lab.list(0)).find(({ flags, name }) => flags.includes('slave') && name !== ward.lab.nodes[replica])!;
    await ward.empty(node, replica, ward.lab.nodes.indexOf(other.name));
    await until(() => /stopped: slots [-\d]+ were with redis-\d, whose data are lost, and no replica is left/.test(ward.said()), () => ward.said());
    expect((await Promise.all([0, 1, 2, 3, 4, 5].map((each) => ward.lab.ownSlots(each)))).reduce((sum, { size }) => sum + size, 0)).toBeLessThan(16384);
    // Other shards heal meanwhile, by any node that has no data.
    await until(async () => (await ward.lab.list(0)).some(({ id, connected, master }) => id !== other.id && connected && master === other.master), () => ward.said());
    // Then somebody accepts it.
    for (const each of ward.lab.nodes.keys()) {
      await ward.healers[each].stop();
      ward.heal(each, { CLUSTER_DATA_LOSS: 'start-empty' });
    }
    await ward.whole();
  });

  test('or begins empty, where that is what the user wants', async () => {
    const ward = await Ward.open(machine, {}, { CLUSTER_DATA_LOSS: 'start-empty' });
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.empty(node, replica);
    await ward.whole();
    expect(ward.said()).toMatch(/\d: slots [-\d]+ of redis-\d begin again empty/);
  });

  test('so does one whose last replica had not copied it yet', async () => {
    const ward = await Ward.open(machine, {}, { CLUSTER_DATA_LOSS: 'start-empty' });
    const node = await ward.node('master');
    const replica = await ward.replicaOf(node);
    await ward.lab.ask(node, 'CONFIG', 'SET', 'repl-diskless-sync-delay', '60');
    await ward.empty(replica);
    await until(async () => (await ward.lab.ask(replica, 'ROLE')).startsWith('slave'), () => ward.said());
    await ward.empty(node);
    await ward.whole();
  });

  test.each([['when no node was restarted for a while', '5'], ['at once where it has the majority', '100000']])('masters that pile up on a host are handed over %s', async (_, settled) => {
    const hosts = ['a', 'b', 'c', 'a', 'b', 'c'];
    const ward = await Ward.open(machine, { hosts }, { CLUSTER_SETTLED: settled });
    const host = ({ name }: { name: string }) => hosts[ward.lab.nodes.indexOf(name)];
    const mastersOn = async () => (await ward.lab.list(0)).filter(({ slots }) => slots.length > 0).map(host).sort();
    expect(await mastersOn()).toEqual(['a', 'b', 'c']);
    const listed = await ward.lab.list(0);
    const [first, ...others] = listed.filter(({ slots }) => slots.length > 0);
    // One of the other masters has its replica on the host of the first: that takes over, by hand.
    const neighbour = listed.find((each) => others.some(({ id }) => id === each.master) && host(each) === host(first))!;
    const former = others.find(({ id }) => id === neighbour.master)!;
    await ward.lab.ask(ward.lab.nodes.indexOf(neighbour.name), 'CLUSTER', 'FAILOVER');
    await until(async () => (await mastersOn()).join() !== 'a,b,c', () => ward.said());
    await until(() => ward.said().includes(`takes over from ${neighbour.name}`) || ward.said().includes(`takes over from ${first.name}`), () => ward.said());
    await until(async () => (await mastersOn()).join() === 'a,b,c', () => `${former.name}: ${ward.said()}`);
    await ward.whole();
    await ward.expectKeys();
  });

  test('a replica that shares its master\'s host is swapped', async () => {
    const hosts = ['a', 'b', 'c', 'a', 'b', 'c'];
    const ward = await Ward.open(machine, { hosts });
    const listed = await ward.lab.list(0);
    const master = listed.find(({ flags }) => flags.includes('master'))!;
    const host = (name: string) => hosts[ward.lab.nodes.indexOf(name)];
    const neighbour = ward.lab.nodes.find((name) => name !== master.name && host(name) === host(master.name))!;
    const replica = listed.find((each) => each.master === master.id)!;
    // A swap the wrong way, by hand.
    const other = listed.find(({ name }) => name === neighbour)!;
    await ward.lab.ask(ward.lab.nodes.indexOf(neighbour), 'CLUSTER', 'REPLICATE', master.id);
    await ward.lab.ask(ward.lab.nodes.indexOf(replica.name), 'CLUSTER', 'REPLICATE', other.master);
    await until(async () => {
      const now = await ward.lab.list(0);
      return now.filter((each) => each.master !== '-').every((each) => host(each.name) !== host(now.find(({ id }) => id === each.master)!.name));
    }, () => ward.said());
    await ward.whole();
    await ward.expectKeys();
  });
});
