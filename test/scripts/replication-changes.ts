import { keep } from './replication-clients';
import { ReplicationLab } from './replication-lab';

/** Has a master hand over, and the one after it end without a word; nobody forgets anything meanwhile. */
export async function changeMasters(lab: ReplicationLab): Promise<void> {
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
}
