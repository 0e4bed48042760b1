import { ReplicationOutcome } from './replication-scenarios';
import { NODES, ReplicationUnderTest } from './replication-under-test';

/** What a person sees of the time, beside the outcome: no test depends on it. */
function say(what: string, { seconds, clients: { server, sentinel }, insider }: ReplicationOutcome): void {
  process.stdout.write(`${what}: healthy after ${seconds.toFixed(1)} s; by the Service: longest pause ${server.pause} ms (held up ${server.report.heldUp} ms), `
    + `lost ${server.lost.length}, excused ${server.excused}; by the Sentinels: longest pause ${sentinel.pause} ms, lost ${sentinel.lost.length}, excused ${sentinel.excused}`
    + `${insider ? `; beside the cut off master: ${insider.lost} of ${insider.written} writes lost, none taken after ${insider.milliseconds} ms` : ''}\n`);
}

/** Expects that a replication is whole after what happened to it, and has lost nothing. */
export async function comesThrough(replication: ReplicationUnderTest, what: string, play: () => Promise<ReplicationOutcome>): Promise<ReplicationOutcome> {
  const outcome = await play();
  say(what, outcome);
  expect(outcome.clients.server.lost).toEqual([]);
  expect(outcome.clients.sentinel.lost).toEqual([]);
  expect(NODES).toContain(await replication.healthy());
  return outcome;
}
