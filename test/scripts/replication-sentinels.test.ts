import { clean, describeNewestRedis, until } from './processes';
import { keep } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';
import { Node } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('the Sentinels of a replication', (shells) => {
  const machine = shells[0];

  /** The master is not the first of the plan any more. */
  async function moved(): Promise<{ lab: ReplicationLab; master: Node }> {
    const lab = await ReplicationLab.formed(machine);
    const former = await lab.led();
    await lab.failedOver(former);
    former.start();
    return { lab, master: await lab.whole() };
  }

  test('one that is restarted is the same as before, and knows the same', async () => {
    const { lab, master } = await moved();
    const [sentinel, other] = lab.sentinels;
    const id = await sentinel.ask('SENTINEL', 'MYID');
    const epoch = (await sentinel.view())['config-epoch'];
    expect(Number(epoch)).toBeGreaterThan(0);
    // Nobody is there to tell it.
    await Promise.all([...lab.sentinels, ...lab.nodes].map((member) => member.stop()));
    sentinel.start();
    await until(async () => (await sentinel.view()).ip !== undefined, () => sentinel.output);
    const view = await sentinel.view();
    expect(view).toMatchObject({ 'ip': master.host, 'config-epoch': epoch, 'num-slaves': '2', 'num-other-sentinels': '2' });
    expect(await sentinel.ask('SENTINEL', 'MYID')).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{40}$/);
    other.start();
    await until(async () => (await other.ask('SENTINEL', 'MYID')).length === 40, () => other.output);
    expect(await other.ask('SENTINEL', 'MYID')).not.toBe(id);
  });

  test('one that can talk to no other one says so: a rolling restart goes no further', async () => {
    const lab = await ReplicationLab.formed(machine, { password: 'former' });
    const master = await lab.led();
    const [changed, ...others] = lab.sentinels;
    await changed.stop();
    lab.rotate('latter');
    changed.start();
    await until(async () => (await changed.ready()).text === 'it can talk to none of the other Sentinels', () => changed.output);
    expect((await changed.ready()).code).toBe(1);
    lab.rotate('former');
    for (const other of others) expect(await other.ready()).toEqual({ code: 0, text: '' });
    await changed.stop();
    changed.start();
    expect(await lab.whole()).toBe(master);
    expect(await changed.ready()).toEqual({ code: 0, text: '' });
  });

  test('what the plan says is written anew at a restart', async () => {
    const lab = await ReplicationLab.formed(machine);
    const [sentinel] = lab.sentinels;
    expect(await sentinel.view()).toMatchObject({ 'quorum': '2', 'down-after-milliseconds': '1500', 'failover-timeout': '5000' });
    await sentinel.stop();
    sentinel.start({ SENTINEL_QUORUM: '3', SENTINEL_DOWN_AFTER: '2500', SENTINEL_FAILOVER_TIMEOUT: '9000' });
    await lab.whole();
    expect(await sentinel.view()).toMatchObject({ 'quorum': '3', 'down-after-milliseconds': '2500', 'failover-timeout': '9000' });
  });

  test('one that lost its volume learns all from the others, who count it once', async () => {
    const { lab, master } = await moved();
    const [sentinel, ...others] = lab.sentinels;
    const epoch = (await others[0].view())['config-epoch'];
    const id = await sentinel.ask('SENTINEL', 'MYID');
    await sentinel.stop();
    sentinel.wipe();
    sentinel.start();
    expect(await lab.whole()).toBe(master);
    await until(async () => (await sentinel.view())['config-epoch'] === epoch, () => sentinel.output);
    for (const other of others) expect(await other.view()).toMatchObject({ 'num-other-sentinels': '2', 'ip': master.host });
    expect(await sentinel.ask('SENTINEL', 'MYID')).toBe(id);
    expect(await sentinel.ready()).toEqual({ code: 0, text: '' });
  });

  test('it does so also while no node is there', async () => {
    const { lab, master } = await moved();
    const [sentinel] = lab.sentinels;
    await Promise.all([...lab.nodes, sentinel].map((member) => member.stop()));
    sentinel.wipe();
    sentinel.start();
    await until(async () => (await sentinel.view()).ip !== undefined, () => sentinel.output);
    expect((await sentinel.view()).ip).toBe(master.host);
  });

  test('one that does not know the others yet is not ready', async () => {
    const lab = await ReplicationLab.formed(machine);
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    lab.sentinels[0].wipe();
    lab.sentinels[0].start();
    await until(async () => (await lab.sentinels[0].view()).ip !== undefined, () => lab.sentinels[0].output);
    expect(await lab.sentinels[0].ready()).toEqual({ code: 1, text: 'it knows 1 of 3 Sentinels' });
  });

  test('where all have lost their volumes, the master stays, and another one can be elected', async () => {
    const { lab, master } = await moved();
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    lab.sentinels.forEach((sentinel) => {
      sentinel.wipe();
      sentinel.start();
    });
    expect(await lab.whole()).toBe(master);
    const heir = await lab.failedOver(master);
    master.start();
    expect(await lab.whole()).toBe(heir);
  });

  test('they find it also where all nodes are restarted at the same time', async () => {
    const { lab, master } = await moved();
    await keep(master, 'before');
    await Promise.all([...lab.nodes, ...lab.sentinels].map((member) => member.stop()));
    lab.sentinels.forEach((sentinel) => sentinel.wipe());
    [...lab.sentinels, ...lab.nodes].forEach((member) => member.start());
    expect(await lab.led()).toBe(master);
    for (const node of lab.nodes) expect([node.name, await node.ask('DBSIZE')]).toEqual([node.name, '20']);
    // No master was there that they could have found. Their probes notice it, and the kubelet starts them again.
    for (const sentinel of lab.sentinels) {
      await until(async () => (await sentinel.ready()).text.includes(`but the master is ${master.host}`) || !sentinel.alive, () => sentinel.output);
      await until(() => !sentinel.alive, () => `still running: ${sentinel.output}`);
      sentinel.start();
    }
    expect(await lab.whole()).toBe(master);
  });
});
