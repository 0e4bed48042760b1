import { spawn } from 'child_process';
import { Namespace, waitFor } from './kit';
import { LostWrite, Pause, ShardReport } from './writer';

/** Milliseconds that a replica may be behind its master: usual are few, and a machine with too much to do makes more of them. */
const REPLICATION_LAG = 1000;

/** Seconds that a host without power is away: enough for Redis to replace its masters, and for Kubernetes, with the grace of 20 that CI has, to call it not ready. */
export const CRASHED = 45;

/** Ends a pod's redis-server after a command there, and waits until Kubernetes has begun another one. */
export async function killRedis(here: Namespace, pod: string, before: string): Promise<void> {
  const { restarts } = await redisOf(here, pod);
  // The kernel protects the first process of a container from kill -9 inside of it, but not from its limit of CPU time.
  await here.exec(pod, 'redis', 'sh', '-c', `${before}; exec prlimit --pid 1 --cpu=0:0`).catch(() => undefined);
  const dead = await waitFor(`${pod} has been killed`, async () => {
    const now = await redisOf(here, pod);
    return now.restarts > restarts && now;
  }, { every: 300 });
  if (dead.exitCode !== 137) throw new Error(`redis-server ended with ${dead.exitCode}, which is not how one ends that is killed`);
}

/** How often a pod's redis-server was started again, and how it ended before. */
async function redisOf(here: Namespace, pod: string): Promise<{ restarts: number; exitCode?: number }> {
  const { status } = await here.get('pod', pod);
  const redis = status.containerStatuses?.find(({ name }: any) => name === 'redis');
  return { restarts: redis?.restartCount ?? 0, exitCode: redis?.lastState?.terminated?.exitCode };
}

/**
 * What may be lost when a master dies or is cut off: writes that it acknowledged and had not yet sent to its replica, so only the last ones
 * before the shard's longest pauses, one for each accident. A client on the other side of the cable gets no acknowledgements from it any more;
 * one beside it, which the writer is not, could get some until cluster-node-timeout is over.
 */
export function excusable({ pauses, lost }: ShardReport, accidents = 1): LostWrite[] {
  return lost.filter(({ at }) => pauses.slice(0, accidents).some(({ at: last }) => at > last - REPLICATION_LAG && at <= last));
}

/** A lost write in words: when it was acknowledged, and how long before or after the nearest of the shard's longest pauses. */
export function described({ key, at }: LostWrite, { first, pauses }: ShardReport): string {
  const distance = (pause: Pause) => (at <= pause.at ? pause.at - at : at - pause.at - pause.ms);
  const [nearest] = pauses.slice(0, 3).sort((one, other) => distance(one) - distance(other));
  return `${key}, acknowledged after ${at - first} ms: ${distance(nearest)} ms ${at <= nearest.at ? 'before' : 'after'} a pause of ${nearest.ms} ms`;
}

/** The command for accidents of hosts: it takes `crash`, `start`, `cut` or `join` and the name of a host. Without one there are none. */
export const HOST_COMMAND = process.env.E2E_HOST;

/** The command that keeps the name service silent: it takes `stop` or `go`. Without one it always answers. */
export const NAMES_COMMAND = process.env.E2E_NAMES;

/** The command that has hosts give addresses again that pods gone by had. Without one each pod gets an address that was never used. */
export const ADDRESSES_COMMAND = process.env.E2E_ADDRESSES;

export function hostCommand(action: string, host: string): Promise<void> {
  return runCommand(HOST_COMMAND!, action, host);
}

export function runCommand(command: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // What it starts lives on: nothing waits for its output.
    const child = spawn(command, args, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${[command, ...args].join(' ')} ended with ${code}`))));
  });
}

export function since(moment: number): number {
  return (Date.now() - moment) / 1000;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
