import { join } from 'path';
import { Lab } from './cluster-lab';
import { clean, describeRedis, directory, Machine, reap, until } from './processes';
import { RedisSlots } from '../../src/topology/slots';

jest.setTimeout(600_000);
afterEach(reap);
afterAll(clean);

/** More at night: the issue asks for 200. */
const RANDOM_STATES = Number(process.env.RANDOM_STATES ?? 18);

/** Nodes mostly wait, so some clusters are formed at once. */
async function some<T>(items: readonly T[], act: (item: T) => Promise<void>, width = 6): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: width }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await act(item);
  }));
}

/** Ends the script, and all it has started, at one of the commands that change something: before the command or after it. */
function interruptAt(lab: Lab, machine: Machine, at: number, after: boolean): () => void {
  const counter = join(directory(), 'count');
  lab.program('redis-cli', `
    case "$*" in *CLUSTER*|*CONFIG*|*INFO*|*PING*) PATH='${machine.path}' exec redis-cli "$@" ;; esac
    text=$(cat)
    case $text in "CLUSTER SET-CONFIG-EPOCH"*|"CLUSTER ADDSLOTSRANGE"*|"CLUSTER MEET"*|"CLUSTER REPLICATE"*)
      echo >>'${counter}'
      if [ "$(wc -l <'${counter}')" -eq ${at} ]; then
        ${after ? `echo "$text" | PATH='${machine.path}' redis-cli "$@"` : ':'}
        kill -KILL "-$(cut -d ' ' -f 6 /proc/$$/stat)"
      fi ;;
    esac
    echo "$text" | PATH='${machine.path}' exec redis-cli "$@"`);
  return () => lab.program('redis-cli', `PATH='${machine.path}' exec redis-cli "$@"`);
}

describeRedis('forming a cluster', (shells) => {
  const machine = shells[0];

  test.each(shells.map(({ shell }, index) => [shell, index] as const))('gives every slot to a master and every master a replica, under %s', async (_, index) => {
    const lab = await Lab.make(shells[index]);
    const { code, text } = await lab.form().ended();
    expect(text).toMatch(/the cluster is formed: 3 masters with all slots, 3 replicas$/);
    expect(text).toMatch(/^slots 0-5460 given to redis-\d$/m);
    expect(code).toBe(0);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
  });

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

  test('goes on wherever it was ended, also when all nodes were restarted in between', async () => {
    // Three epochs, three times slots, five meetings, three replicas.
    await some([...Array(14).keys()].map((index) => index + 1), async (at) => {
      const lab = await Lab.make(machine);
      await lab.answering();
      const repair = interruptAt(lab, machine, at, at % 2 === 0);
      const { code, text } = await lab.form().ended();
      expect([at, code, text]).toEqual([at, null, expect.any(String)]);
      repair();
      if (at % 3 === 0) await lab.restart();
      const again = await lab.form().ended();
      expect([at, again]).toEqual([at, { code: 0, text: expect.stringMatching(/the cluster is formed: 3 masters with all slots, 3 replicas$/) }]);
      expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
      await lab.stop(...lab.nodes.keys());
    });
  });

  test('comes to one cluster when it runs twice at once', async () => {
    const lab = await Lab.make(machine);
    const outcomes = await Promise.all([lab.form(), lab.form()].map((run) => run.ended()));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
  });

  test('makes a cluster of any beginnings that follow the plan, and destroys nothing of others', async () => {
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const states = Array.from({ length: RANDOM_STATES }, () => ({
      slots: [0, 1, 2].map(() => random(3)), meets: Array.from({ length: random(5) }, () => [random(6), random(6)]),
      epochs: random(2), replicas: random(4), stray: random(8) === 0, key: random(8) === 0,
    }));
    const ends = { formed: 0, stopped: 0 };
    await some(states, async (state) => {
      const lab = await Lab.make(machine);
      await lab.answering();
      for (const [shard, part] of state.slots.entries()) {
        if (state.epochs && part > 0) await lab.ask(shard, 'CLUSTER', 'SET-CONFIG-EPOCH', `${shard + 1}`);
        const [first, last] = lab.slots[shard].split('-').map(Number);
        if (part > 0) await lab.ask(shard, 'CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${part === 1 ? first + 100 : last}`);
      }
      // A slot of another shard, and a key in a node without a shard: nobody may take them away.
      if (state.stray) await lab.ask(0, 'CLUSTER', 'ADDSLOTS', '16383');
      for (const [from, to] of state.meets) await lab.ask(from, 'CLUSTER', 'MEET', lab.addresses[to], `${lab.port}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      for (let replica = 3; replica < 3 + state.replicas; replica++) {
        await lab.ask(replica, 'CLUSTER', 'REPLICATE', await lab.ask(replica - 3, 'CLUSTER', 'MYID'));
      }
      if (state.key && state.slots[0] > 0) await lab.ask(0, 'SET', '{3560}', 'kept');
      const before = await Promise.all(lab.nodes.map((_, node) => lab.ask(node, 'DBSIZE')));
      const { code, text } = await lab.form({ FORM_SECONDS: '40' }).ended();
      const after = await Promise.all(lab.nodes.map((_, node) => lab.ask(node, 'DBSIZE')));
      for (const [node, keys] of before.entries()) if (keys !== '0') expect(after[node]).toBe(keys);
      if (code === 0) {
        await lab.expectFormed();
        ends.formed++;
      } else {
        expect([state, text]).toEqual([state, expect.stringMatching(/^(stopped|not formed within 40 seconds): .*16383/m)]);
        expect(state.stray).toBe(true);
        ends.stopped++;
      }
      await lab.stop(...lab.nodes.keys());
    });
    expect(ends.formed).toBeGreaterThan(ends.stopped);
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
    const { code, text } = await strange.form({ FORM_SECONDS: '8', CLUSTER_DOMAIN: 'redis-nodes.prod.svc' }).ended();
    expect([code, text]).toEqual([1, expect.stringContaining('calls itself "redis-0.redis-nodes.test.svc"')]);
    expect(await other.keep()).toBe(foreign);
    await lab.stop(...lab.nodes.keys());
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

  test('says at the deadline who is missing', async () => {
    const lab = await Lab.make(machine);
    await lab.answering();
    await lab.stop(3);
    const { code, text } = await lab.form({ FORM_SECONDS: '2' }).ended();
    expect([code, text]).toEqual([1, expect.stringMatching(/^not formed within 2 seconds: 5 of 6 nodes answer \(redis-3: Could not connect/m)]);
  });
});
