import { clean, describeNewestRedis } from './processes';
import { keep } from './replication-clients';
import { reapLabs, ReplicationLab } from './replication-lab';

jest.setTimeout(600_000);
afterEach(reapLabs);
afterAll(clean);

describeNewestRedis('a replication with a password', (shells) => {
  test('forms, hands over, elects another master, and forgets nothing of it', async () => {
    const password = 'a"b\\c$d\'e`f%g #h';
    const lab = await ReplicationLab.formed(shells[0], { password });
    const first = await lab.led();
    await keep(first, 'before');
    expect(await first.script('replication-pre-stop.sh').ended()).toEqual({ code: 0, text: '' });
    await first.stop('SIGTERM');
    const second = await lab.led(lab.others(first));
    first.start();
    expect(await lab.whole()).toBe(second);
    const third = await lab.failedOver(second);
    second.start();
    expect(await lab.whole()).toBe(third);
    expect(await third.ask('DBSIZE')).toBe('20');
    for (const sentinel of lab.sentinels) expect((await sentinel.ready()).code).toBe(0);
  });
});
