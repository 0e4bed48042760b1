import { existsSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Lab } from './cluster-lab';
import { clean, describeNewestRedis, describeRedis, describeShells, directory, reap, until } from './processes';
import { RedisSlots } from '../../src/topology/slots';

jest.setTimeout(600_000);
afterEach(reap);
afterAll(clean);

describeShells('forming a cluster', (machine) => {
  test('gives every slot to a master and every master a replica', async () => {
    const lab = await Lab.make(machine);
    const { code, text } = await lab.form().ended();
    expect(text).toMatch(/the cluster is formed: 3 masters with all slots, 3 replicas$/);
    expect(text).toMatch(/^slots 0-5460 given to redis-\d$/m);
    expect(code).toBe(0);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
  });
});

// Where Redis itself could do otherwise from version to version.
describeRedis('forming a cluster', ([machine]) => {
  test('changes nothing when it runs again, also after a failover and with a password', async () => {
    const lab = await Lab.make(machine, { password: 'a "b\\ c' });
    expect((await lab.form().ended()).code).toBe(0);
    const before = await lab.keep();
    expect(await lab.form().ended()).toEqual({ code: 0, text: 'the cluster is formed: 3 masters with all slots, 3 replicas' });
    expect(await lab.keep()).toBe(before);

    const replica = (await lab.list(0)).find(({ flags }) => flags.includes('slave'))!;
    const node = lab.nodes.indexOf(replica.name);
    expect(await lab.ask(node, 'CLUSTER', 'FAILOVER')).toBe('OK');
    await until(async () => (await lab.ask(node, 'ROLE')).startsWith('master'));
    expect((await lab.form().ended()).code).toBe(0);
    expect((await lab.list(node)).find(({ name }) => name === replica.name)?.slots).not.toEqual([]);
  });

  test('comes to one cluster when it runs twice at once', async () => {
    const lab = await Lab.make(machine);
    const outcomes = await Promise.all([lab.form(), lab.form()].map((run) => run.ended()));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
  });

  test('leaves a living cluster alone when it runs twice at once after a failover', async () => {
    const lab = await Lab.make(machine);
    expect((await lab.form().ended()).code).toBe(0);
    const master = lab.nodes.indexOf((await lab.list(0)).find(({ slots }) => slots.length > 0)!.name);
    const ids = async () => (await lab.list(0)).map(({ name, id }) => `${name} ${id}`).sort();
    const before = await ids();
    await lab.stop(master);
    await until(async () => (await Promise.all(lab.nodes.map((_, node) => lab.ownSlots(node)))).filter(({ size }) => size > 0).length === 3);
    lab.start(master);
    await lab.answering();
    const runs = await Promise.all([lab.form(), lab.form()].map((run) => run.ended()));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    // One that has just been started may have to be met again: that changes nobody.
    for (const { text } of runs) expect(text).not.toMatch(/given|copies redis/);
    expect((await lab.ownSlots(master)).size).toBe(0);
    await lab.expectFormed();
    expect(await ids()).toEqual(before);
  });
});

// What is known before Redis is told anything.
describeNewestRedis('forming a cluster', ([machine]) => {
  test('gives the slots that the plan says, several ranges to a shard', async () => {
    const slots = RedisSlots.ranges('0-5000', '5001-9000,9500-10000', '9001-9499,10001-16383');
    const lab = await Lab.make(machine, { slots, replicasPerShard: 0 });
    expect((await lab.form().ended()).code).toBe(0);
    expect(Object.values(await lab.expectFormed()).map((ranges) => ranges.join()).sort()).toEqual([...lab.slots].sort());
  });

  test('puts no two nodes of a shard on one host, and no two masters', async () => {
    const hosts = ['a', 'a', 'b', 'b', 'c', 'c'];
    const lab = await Lab.make(machine, { hosts });
    expect((await lab.form().ended()).code).toBe(0);
    const listed = await lab.list(0);
    const host = (name: string) => hosts[lab.nodes.indexOf(name)];
    const masters = listed.filter(({ flags }) => flags.includes('master'));
    expect(masters.map(({ name }) => host(name)).sort()).toEqual(['a', 'b', 'c']);
    for (const { name, master } of listed.filter((each) => each.master !== '-')) expect(host(name)).not.toBe(host(listed.find(({ id }) => id === master)!.name));
  });

  test('meets no foreign node, and does not change it', async () => {
    const lab = await Lab.make(machine);
    const other = await Lab.make(machine, { replicasPerShard: 0 });
    expect((await other.form().ended()).code).toBe(0);
    const foreign = await other.keep();
    // The name service says that a pod is where another cluster is.
    const strange = new Lab(machine, other.port, {});
    strange.addresses.splice(0, 3, ...other.addresses);
    strange.announce();
    for (const node of [3, 4, 5]) strange.start(node);
    const { code, text } = await strange.form({ FORM_SECONDS: '20', REDIS_TIMEOUT: '20', CLUSTER_DOMAIN: 'redis-nodes.prod.svc' }).ended();
    expect([code, text]).toEqual([1, expect.stringContaining('calls itself "redis-0.redis-nodes.test.svc"')]);
    expect(await other.keep()).toBe(foreign);
    await lab.stop(...lab.nodes.keys());
  });

  test.each(['all', 'some'])('does not merge two clusters of the same name, where this one has given out %s slots', async (given) => {
    const lab = await Lab.make(machine, { replicasPerShard: 0 });
    // The same manifest in another Kubernetes: all host names are the same.
    const other = new Lab(machine, lab.port, { replicasPerShard: 0 });
    other.nodes.forEach((_, node) => other.start(node));
    expect((await other.form().ended()).code).toBe(0);
    if (given === 'all') {
      expect((await lab.form().ended()).code).toBe(0);
    } else {
      await lab.answering();
      expect(await lab.ask(0, 'CLUSTER', 'ADDSLOTSRANGE', '0', '99')).toBe('OK');
    }
    const kept = [await lab.keep(), await other.keep()];
    lab.announce([lab.addresses[0], other.addresses[1], lab.addresses[2]]);
    const { code, text } = await lab.form({ FORM_SECONDS: '60' }).ended();
    expect([code, text]).toEqual([1, expect.stringMatching(/redis-\d is in another cluster: nothing is done with it/)]);
    expect([await lab.keep(), await other.keep()]).toEqual(kept);
    expect(await lab.list(0)).toHaveLength(given === 'all' ? 3 : 1);
    expect(await other.list(0)).toHaveLength(3);
  });

  test('meets nobody at an address that goes to another cluster between the look and the meeting', async () => {
    const lab = await Lab.make(machine, { replicasPerShard: 0 });
    const theirs = { CLUSTER_DOMAIN: 'redis-nodes.other.svc' };
    const other = new Lab(machine, lab.port, { replicasPerShard: 0 });
    other.nodes.forEach((_, node) => other.start(node, theirs));
    expect((await other.form(theirs).ended()).code).toBe(0);
    await lab.answering();
    // The question who is there, before anybody is told to meet redis-2, arrives when somebody else is there.
    const [asked, moved] = [join(directory(), 'asked'), join(directory(), 'moved')];
    const real = `PATH='${machine.path}' redis-cli "$@"`;
    lab.program('redis-cli', `
      case "$*" in *' ${lab.addresses[2]} '*'CLUSTER MYID') ;; *) ${real}; exit ;; esac
      set -- -h ${lab.addresses[2]} -p ${lab.port}
      now=$(printf 'CLUSTER INFO\nCONFIG GET cluster-node-timeout\n' | ${real} | tr -d '\r')
      case $now in
        *slots_assigned:0*) ;;
        *'
2000') : >'${asked}'; while ! [ -e '${moved}' ]; do sleep 0.1; done ;;
      esac
      set -- "$@" CLUSTER MYID
      ${real}`);
    const run = lab.form({ FORM_SECONDS: '12', REDIS_TIMEOUT: '20' });
    await until(() => existsSync(asked), () => run.output);
    await lab.stop(2);
    await other.stop(2);
    other.addresses[2] = lab.addresses[2];
    other.announce();
    other.start(2, theirs);
    await other.answering(2);
    writeFileSync(moved, '');
    const { code, text } = await run.ended();
    expect([code, text]).toEqual([1, expect.stringContaining('calls itself "redis-2.redis-nodes.other.svc"')]);
    const ids = async (each: Lab, node: number) => (await each.list(node)).map(({ id }) => id).sort();
    const foreign = await ids(other, 0);
    expect(foreign).toHaveLength(3);
    for (const node of [1, 2]) expect(await ids(other, node)).toEqual(foreign);
    for (const node of [0, 1]) expect((await ids(lab, node)).filter((id) => foreign.includes(id))).toEqual([]);
  });

  test('stops before a node with keys that belongs to no shard, and before one that knows a stranger', async () => {
    const lab = await Lab.make(machine);
    await lab.answering();
    await lab.ask(4, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => (await lab.ask(4, 'SET', 'key', 'value')) === 'OK');
    await lab.stop(4);
    const restore = lab.save(4);
    restore();
    lab.start(4);
    await lab.answering();
    const { code, text } = await lab.form({ FORM_SECONDS: '20' }).ended();
    expect([code, text]).toEqual([0, expect.stringContaining('the cluster is formed: 1 masters')]);
    expect(await lab.ask(4, 'GET', 'key')).toBe('value');

    const stranger = new Lab(machine, lab.port, {});
    stranger.start(0, { CLUSTER_DOMAIN: 'others.test.svc' });
    await until(async () => (await stranger.ask(0, 'PING')) === 'PONG');
    const victim = await Lab.make(machine);
    await victim.answering();
    await victim.ask(2, 'CLUSTER', 'MEET', stranger.addresses[0], `${stranger.port}`);
    await until(async () => (await victim.list(2)).some(({ name, flags }) => name !== 'redis-2' && !flags.includes('handshake')), () => 'never met');
    const outcome = await victim.form({ FORM_SECONDS: '20' }).ended();
    expect([outcome.code, outcome.text]).toEqual([1, expect.stringMatching(/redis-2 knows .*, which is no node of this cluster: nothing is done/)]);
  });

  test('takes a node that loads its data, and is done while it is looked at, for nobody else', async () => {
    const lab = await Lab.make(machine);
    expect((await lab.form().ended()).code).toBe(0);
    await lab.expectFormed();
    const { id } = (await lab.list(0)).find(({ flags }) => flags.includes('slave'))!;
    // While it loads it answers some questions only.
    lab.program('redis-cli', `PATH='${machine.path}' redis-cli "$@" | sed 's/^${id}$/LOADING Redis is loading the dataset in memory/'`);
    const { text } = await lab.form({ FORM_SECONDS: '3' }).ended();
    expect(text).not.toContain('forgets');
    await lab.expectFormed();
  });

  test('says at the deadline who is missing', async () => {
    const lab = await Lab.make(machine);
    await lab.answering();
    await lab.stop(3);
    const { code, text } = await lab.form({ FORM_SECONDS: '15', REDIS_TIMEOUT: '20' }).ended();
    expect([code, text]).toEqual([1, expect.stringMatching(/^not formed within 15 seconds: 5 of 6 nodes answer \(redis-3: Could not connect/m)]);
  });
});
