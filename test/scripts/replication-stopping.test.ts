import { clean, describeNewestRedis, until } from './processes';
import { Writer } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { Node, pause } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('stopping a node of a replication', (shells) => {
  const machine = shells[0];

  async function formed(): Promise<{ lab: ReplicationLab; master: Node }> {
    const lab = await ReplicationLab.formed(machine);
    return { lab, master: await lab.led() };
  }

  const more = async (writer: Writer) => {
    const enough = writer.acknowledged.length + 200;
    await until(() => writer.acknowledged.length > enough, () => `nobody takes writes after ${enough - 200}`);
  };

  /** Ends a master as the kubelet does while a client writes, and expects another one with all that was acknowledged. */
  async function expectHandedOver(lab: ReplicationLab, master: Node): Promise<Node> {
    const writer = new Writer(lab);
    await more(writer);
    const stop = master.script('replication-pre-stop.sh');
    expect(await stop.ended()).toEqual({ code: 0, text: '' });
    await master.stop('SIGTERM');
    const heir = await lab.led(lab.others(master));
    await more(writer);
    await writer.end();
    expect(await writer.lostBy(heir)).toEqual({ count: 0 });
    return heir;
  }

  test('a master hands over to a replica, and no acknowledged write is lost', async () => {
    const { lab, master } = await formed();
    const heir = await expectHandedOver(lab, master);
    master.start();
    expect(await lab.whole()).toBe(heir);
  });

  test('all masters do, one after the other, as in a rolling restart', async () => {
    const { lab, master } = await formed();
    let next = master;
    for (const _ of lab.nodes) {
      const leaving = next;
      next = await expectHandedOver(lab, leaving);
      leaving.start();
      expect(await lab.whole()).toBe(next);
      await lab.electable(next);
    }
  });

  test('nor is one lost when most Sentinels are silent: it takes no more writes, and hands over to nobody whom they would not know', async () => {
    const { lab, master } = await formed();
    const writer = new Writer(lab);
    await more(writer);
    lab.sentinels.slice(0, 2).forEach((sentinel) => sentinel.signal('SIGSTOP'));
    expect(await master.script('replication-pre-stop.sh').ended()).toEqual({ code: 0, text: '' });
    const acknowledged = writer.acknowledged.length;
    expect(await master.role()).toBe('master');
    await master.stop('SIGTERM');
    expect(writer.acknowledged).toHaveLength(acknowledged);
    lab.sentinels.slice(0, 2).forEach((sentinel) => sentinel.signal('SIGCONT'));
    master.start();
    await more(writer);
    await writer.end();
    expect(await writer.lostBy(await lab.whole())).toEqual({ count: 0 });
  });

  test('nor when all of them and all Sentinels stop at once, whoever leads afterwards', async () => {
    const { lab, master } = await formed();
    const writer = new Writer(lab);
    await more(writer);
    // As kubelets do it: each in its own time, and Sentinels have nothing to do before they stop.
    await Promise.all([
      ...lab.nodes.map(async (node, index) => {
        await pause(node === master ? 0 : 150 * index);
        await node.script('replication-pre-stop.sh').ended();
        await node.stop('SIGTERM');
      }),
      ...lab.sentinels.map(async (sentinel, index) => {
        await pause(250 + 100 * index);
        await sentinel.stop('SIGTERM');
      }),
    ]);
    [...lab.sentinels, ...lab.nodes].forEach((member) => member.start());
    await more(writer);
    await writer.end();
    expect(await writer.lostBy(await lab.whole())).toEqual({ count: 0 });
  });

  test('nor when no Sentinel promotes anybody: it goes on as the master until its time is over', async () => {
    const { lab, master } = await formed();
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    const writer = new Writer(lab);
    await more(writer);
    expect(await master.script('replication-pre-stop.sh', [], { PRE_STOP_SECONDS: '3' }).ended()).toEqual({ code: 0, text: '' });
    await more(writer);
    await writer.end();
    expect(await lab.led()).toBe(master);
    expect(await writer.lostBy(master)).toEqual({ count: 0 });
  });

  test('a master without a replica does not wait for long', async () => {
    const { lab, master } = await formed();
    await Promise.all(lab.others(master).map((node) => node.stop()));
    await until(async () => (await master.info()).connected_slaves === '0', () => 'still connected');
    // It gives up long before its time is over.
    expect(await master.script('replication-pre-stop.sh', [], { PRE_STOP_SECONDS: '100000' }).ended()).toEqual({ code: 0, text: '' });
    expect(await master.role()).toBe('master');
  });

  test('a master waits for a replica that is copying, and hands over to it', async () => {
    const { lab, master } = await formed();
    const [blank, other] = lab.others(master);
    for (let key = 0; key < 10; key++) await master.ask('SET', `key-${key}`, 'kept');
    await Promise.all([blank.stop(), other.stop()]);
    await master.ask('CONFIG', 'SET', 'rdb-key-save-delay', '400000');
    blank.start();
    await until(async () => (await blank.info()).master_sync_in_progress === '1', () => blank.output);
    expect(await master.script('replication-pre-stop.sh', [], { PRE_STOP_SECONDS: '100' }).ended()).toEqual({ code: 0, text: '' });
    await until(async () => await blank.role() === 'master', () => blank.output);
    expect(await blank.ask('DBSIZE')).toBe('10');
  });

  test('a replica just stops', async () => {
    const { lab, master } = await formed();
    const [replica] = lab.others(master);
    expect(await replica.script('replication-pre-stop.sh', [], { PRE_STOP_SECONDS: '100000' }).ended()).toEqual({ code: 0, text: '' });
    expect(await lab.whole()).toBe(master);
  });
});
