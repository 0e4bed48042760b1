import { mkdirSync, rmdirSync } from 'fs';
import { join } from 'path';
import { clean, describeNewestRedis, until } from './processes';
import { keep } from './replication-clients';
import { NOTHING_KEPT, reapLabs, ReplicationLab, SNAPSHOTS } from './replication-lab';
import { NAME, Node, pause } from './replication-members';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('losses of a replication', (shells) => {
  const machine = shells[0];

  async function expectKept(lab: ReplicationLab, keys: string): Promise<void> {
    for (const node of lab.nodes) expect([node.name, await node.ask('DBSIZE')]).toEqual([node.name, keys]);
  }

  /** Makes copying from a node take seconds. */
  async function copySlowly(node: Node, microseconds = 400_000): Promise<void> {
    await node.ask('CONFIG', 'SET', 'rdb-key-save-delay', `${microseconds}`);
  }

  test('a master that lost its volume waits for a replica to lead, and follows it', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    await keep(master, 'before');
    await master.stop();
    master.wipe();
    master.start();
    await master.says('waiting: this master lost its data');
    expect(await lab.whole()).not.toBe(master);
    expect(master.output).not.toContain('starting as the master');
    await expectKept(lab, '20');
  });

  test('so does a master that keeps nothing and is back at once', async () => {
    const lab = await ReplicationLab.formed(machine, { kept: NOTHING_KEPT });
    const master = await lab.led();
    await keep(master, 'before');
    await master.stop();
    master.start();
    await master.says('waiting: this master lost its data');
    expect(await lab.whole()).not.toBe(master);
    await expectKept(lab, '20');
  });

  test('where nothing is left, the master begins empty once all others are there', async () => {
    const lab = await ReplicationLab.formed(machine, { kept: NOTHING_KEPT });
    const master = await lab.led();
    await keep(master, 'before');
    await Promise.all(lab.nodes.map((node) => node.stop()));
    const [first, second] = lab.others(master);
    master.start();
    first.start();
    await master.says('waiting: this master has no data; 2 of 3 nodes answer');
    await pause(3000);
    expect(await lab.masters()).toEqual([]);
    second.start();
    expect(await lab.whole()).toBe(master);
    await expectKept(lab, '0');
  });

  test('a master with snapshots lets a replica lead that has newer data', async () => {
    const lab = await ReplicationLab.formed(machine, { kept: SNAPSHOTS });
    const master = await lab.led();
    await keep(master, 'before');
    expect(await master.ask('SAVE')).toBe('OK');
    await keep(master, 'after');
    await master.stop();
    master.start();
    await master.says('has newer data than this snapshot');
    expect(await lab.whole()).not.toBe(master);
    await expectKept(lab, '40');
  });

  test('and leads with its snapshot where a replica that was restarted too has less', async () => {
    const lab = await ReplicationLab.formed(machine, { kept: SNAPSHOTS, patience: 60 });
    const master = await lab.led();
    const [early, late] = lab.others(master);
    await keep(master, 'before');
    await early.stop('SIGTERM');
    await keep(master, 'after');
    await late.stop('SIGTERM');
    await master.stop('SIGTERM');
    await Promise.all(lab.sentinels.map((sentinel) => sentinel.stop()));
    [early, late, ...lab.sentinels].forEach((member) => member.start());
    for (const replica of [early, late]) await until(async () => await replica.role() === 'slave', () => replica.output);
    master.start();
    expect(await lab.whole()).toBe(master);
    expect(master.output).not.toContain('waiting: 127');
    await expectKept(lab, '40');
  });

  test('and leads with its snapshot where nobody has any', async () => {
    const lab = await ReplicationLab.formed(machine, { kept: SNAPSHOTS });
    const master = await lab.led();
    await keep(master, 'before');
    expect(await master.ask('SAVE')).toBe('OK');
    await Promise.all(lab.nodes.map((node) => node.stop()));
    lab.others(master).forEach((node) => node.wipe());
    lab.nodes.forEach((node) => node.start());
    expect(await lab.whole()).toBe(master);
    await expectKept(lab, '20');
  });

  test('a blank replica does not start where it cannot note that it is one', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    const [blank] = lab.others(master);
    await blank.stop();
    blank.wipe();
    // Root may write wherever there is room, but not to a directory.
    const inTheWay = join(blank.data, 'no-copy');
    mkdirSync(inTheWay, { recursive: true });
    blank.start();
    await blank.says('waiting: nothing can be written to the volume');
    rmdirSync(inTheWay);
    expect(await lab.whole()).toBe(master);
    await lab.electable(master);
  });

  test('a replica is never elected before its first copy, and can be after it', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    const [blank, dead] = lab.others(master);
    await keep(master, 'before');
    await Promise.all([blank.stop(), dead.stop()]);
    blank.wipe();
    await copySlowly(master);
    blank.start();
    await until(async () => (await blank.info()).master_sync_in_progress === '1', () => blank.output);
    expect(await blank.get('replica-priority')).toBe('0');
    expect((await blank.ready()).code).toBe(1);
    await master.stop();
    // Each who tries says so.
    const said = () => lab.sentinels.map(({ output }) => output).join('\n');
    await until(() => said().includes('-failover-abort-no-good-slave'), said);
    expect(await blank.role()).toBe('slave');
    expect(await blank.get('replica-priority')).toBe('0');
    master.start();
    dead.start();
    expect(await lab.whole()).toBe(master);
    await lab.electable(master);
    await expectKept(lab, '20');
  });

  test('nor is one that copies anew, as after its restart', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    const [replica] = lab.others(master);
    await keep(master, 'before');
    await replica.stop();
    await copySlowly(master);
    replica.start();
    await until(async () => (await replica.info()).master_sync_in_progress === '1', () => replica.output);
    expect(await replica.get('replica-priority')).toBe('0');
    await lab.whole();
    await lab.electable(master);
    expect((await replica.ready()).code).toBe(0);
  });

  test('a replica that stopped before the others is not elected while these come back', async () => {
    const lab = await ReplicationLab.formed(machine, { patience: 60 });
    const master = await lab.led();
    const [early, late] = lab.others(master);
    await keep(master, 'before');
    await early.stop();
    await keep(master, 'after');
    // While the disk is slow, one that is killed has the newest writes in its memory only.
    await Promise.all([...lab.nodes, ...lab.sentinels].map((member) => member.stop('SIGTERM')));
    [early, ...lab.sentinels].forEach((member) => member.start());
    const said = () => lab.sentinels.map(({ output }) => output).join('\n');
    await until(() => /-failover-abort-no-good-slave|\+switch-master/.test(said()), said);
    expect(await early.role()).toBe('slave');
    master.start();
    late.start();
    expect(await lab.whole()).toBe(master);
    await lab.electable(master);
    await expectKept(lab, '40');
  });

  test.each([
    ['and is when the master stays away', {}],
    ['also where it serves nobody without a master', { kept: { 'replica-serve-stale-data': 'no' } }],
  ])('%s', async (_, options) => {
    const lab = await ReplicationLab.formed(machine, options);
    const master = await lab.led();
    const [replica, dead] = lab.others(master);
    await keep(master, 'before');
    await Promise.all(lab.nodes.map((node) => node.stop('SIGTERM')));
    dead.wipe();
    [replica, dead].forEach((node) => node.start());
    expect(await lab.led([replica, dead])).toBe(replica);
    expect((await replica.ready()).code).toBe(0);
    master.start();
    expect(await lab.whole()).toBe(replica);
    await expectKept(lab, '20');
  });

  test('a replica that was copying when the master lost everything leads with what it had, once nobody is away who may have more', async () => {
    const lab = await ReplicationLab.formed(machine);
    const master = await lab.led();
    await keep(master, 'before');
    const [replica, away] = lab.others(master);
    await Promise.all([replica.stop(), away.stop()]);
    // Sentinels ask for priorities every ten seconds.
    await copySlowly(master, 1_500_000);
    replica.start();
    for (const sentinel of lab.sentinels) await until(async () => (await sentinel.ask('SENTINEL', 'REPLICAS', NAME)).includes('slave-priority\n0'), () => replica.output);
    expect((await replica.info()).master_sync_in_progress).toBe('1');
    await master.stop();
    master.wipe();
    master.start();
    await master.says('waiting: this master lost its data');
    await pause(8000);
    expect(await lab.masters()).toEqual([]);
    expect(master.output).not.toContain('may lead with what it has');
    away.wipe();
    away.start();
    await master.says('may lead with what it has');
    expect(await lab.whole()).toBe(replica);
    await expectKept(lab, '20');
  });
});
