import { ADDRESSES_COMMAND, CRASHED, described, excusable, hostCommand, killRedis, NAMES_COMMAND, runCommand, since, sleep } from './accidents';
import { jump } from './clocks';
import { ClusterUnderTest, hosts, Member, NodePod, PODS, SLOTS } from './cluster-under-test';
import { apply, waitFor } from './kit';
import { Writer, WriterReport } from './writer';

/** What became of something that was done to a cluster while a client wrote all the time. */
export interface Outcome {
  /** Until the cluster was healthy again, as far as it was not. */
  readonly seconds: number;
  /** Until Redis was whole, where Kubernetes needs longer to find out that a host is back. */
  readonly whole?: number;
  /** The part of it after the last pod ran, where all pods were gone. */
  readonly afterLastPod?: number;
  /** Until every shard had acknowledged a write, where there was no cluster before. */
  readonly firstWrites?: number;
  /** The longest time without an acknowledged write of each shard, in milliseconds. */
  readonly pauses: readonly number[];
  /** Acknowledged writes that are gone and must not be, in words. */
  readonly lost: readonly string[];
  /** Acknowledged writes that are gone, and that asynchronous replication may lose in such an accident. */
  readonly excused: number;
  readonly report: WriterReport;
}

/** What a scenario knows itself. */
interface Deed {
  readonly seconds: number;
  readonly whole?: number;
  readonly afterLastPod?: number;
  readonly appliedAt?: number;
  /** Shards whose master died without a chance to hand over what it had just acknowledged. */
  readonly exposed?: readonly number[];
}

/** Seconds without names after all pods run. */
const SILENT = 10;

/** Seconds that a host is cut off. */
const CUT = 30;

/** Seconds that volumes are full. */
const FULL = 10;

/** Milliseconds after a clock's jump: more than the nodes' timeout, so that what they would fail of has failed. */
const BETWEEN_JUMPS = 7000;

/** How often all pods go at most until some get each other's addresses: with two pods a host, every second host permutes its own. */
const PERMUTATIONS = 8;

/** How often the same manifest is applied again. */
const REAPPLIED = 10;

/** Milliseconds of undisturbed writes before and after each deed. */
const CALM = 500;

let runs = 0;

/** A user's first `kubectl apply`, when a client is there already. */
export function form(cluster: ClusterUnderTest, applyManifest: (yaml: string) => Promise<unknown> = apply): Promise<Outcome> {
  return underWrites(cluster, async () => {
    const yaml = cluster.manifest();
    const appliedAt = Date.now();
    await applyManifest(yaml);
    await cluster.healthy();
    return { seconds: since(appliedAt), appliedAt };
  });
}

/** A pod is deleted together with its volume, as when its disk is replaced. */
export function replaceVolume(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const { pod } = (await cluster.healthy()).find(({ master }) => master !== '-')!;
    const former = (await cluster.pods()).find(({ name }) => name === pod)!;
    const deleted = Date.now();
    await cluster.here.kubectl('delete', 'persistentvolumeclaim', `data-${pod}`, '--wait=false');
    await cluster.here.kubectl('delete', 'pod', pod, '--wait=false');
    await cluster.podsThat(`are there without the former ${pod}`, ({ uid }) => uid !== former.uid);
    await cluster.healthy();
    return { seconds: since(deleted) };
  });
}

/** The same manifest again and again, as GitOps tools do. */
export function reapply(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    for (let time = 0; time < REAPPLIED; time++) await apply(cluster.manifest());
    const applied = Date.now();
    await cluster.healthy();
    return { seconds: since(applied) };
  });
}

/** All pods at once, gracefully: nobody is there to take over, and all come back with other addresses. */
export function deleteAll(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const former = await cluster.pods();
    const deleted = Date.now();
    // Waiting is left to the test: kubectl sometimes waits for pods that have come back under their names.
    await cluster.here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/component=cluster', '--wait=false');
    await cluster.podsThat('are other ones and run', ({ uid, running }) => running && former.every((pod) => pod.uid !== uid));
    const running = Date.now();
    await cluster.healthy();
    return { seconds: since(deleted), afterLastPod: since(running) };
  });
}

/** So are they while the name service is silent; it answers again when they have been there for some time. */
export function deleteAllWithoutNames(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const former = await cluster.pods();
    let answering: number;
    try {
      await runCommand(NAMES_COMMAND!, 'stop');
      await cluster.here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/component=cluster', '--wait=false');
      await cluster.podsThat('are other ones and run', ({ uid, running }) => running && former.every((pod) => pod.uid !== uid));
      await sleep(SILENT * 1000);
    } finally {
      await runCommand(NAMES_COMMAND!, 'go');
      answering = Date.now();
    }
    await cluster.healthy();
    return { seconds: since(answering) };
  });
}

/** All pods are away for a moment, as on a test system at night, until some come back with the address of another one. */
export async function permuteAddresses(cluster: ClusterUnderTest): Promise<Outcome & { permuted: number }> {
  let permuted = 0;
  const outcome = await underFlow(cluster, async () => {
    const began = Date.now();
    for (let time = 0; time < PERMUTATIONS && permuted === 0; time++) {
      const former = await cluster.pods();
      await cluster.scaleTo(0);
      await runCommand(ADDRESSES_COMMAND!);
      await cluster.scaleTo(PODS.length);
      await cluster.podsThat('run', ({ running }) => running);
      await cluster.healthy();
      permuted = (await cluster.pods()).filter(({ name, address }) => former.some((pod) => pod.address === address && pod.name !== name)).length;
    }
    return { seconds: since(began) };
  });
  return { ...outcome, permuted };
}

/** Clocks of pods, and by how much they are ahead from then on. */
export interface Jump {
  readonly pods: readonly string[];
  readonly seconds: number;
}

/** Clocks jump one after the other, with time for something to come of each; the time is that after the last one. */
export function jumpClocks(cluster: ClusterUnderTest, jumps: readonly Jump[]): Promise<Outcome> {
  return underFlow(cluster, async () => {
    for (const { pods, seconds } of jumps) {
      await Promise.all(pods.map((pod) => jump(cluster.here, pod, seconds)));
      await sleep(BETWEEN_JUMPS);
    }
    const last = Date.now();
    await cluster.healthy();
    return { seconds: since(last) };
  });
}

/** One master after the other, as an eviction does it; the time is that of the slowest. */
export function deleteMasters(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    let slowest = 0;
    for (const { pod } of masters(await cluster.healthy())) {
      const former = (await cluster.pods()).find(({ name }) => name === pod)!;
      const deleted = Date.now();
      await cluster.here.kubectl('delete', 'pod', pod, '--wait=false');
      await cluster.podsThat(`are there without the former ${pod}`, ({ uid }) => uid !== former.uid);
      await cluster.healthy();
      slowest = Math.max(slowest, since(deleted));
    }
    return { seconds: slowest };
  });
}

export function rollingRestart(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const restarted = Date.now();
    await cluster.here.kubectl('rollout', 'restart', 'statefulset/redis-cluster');
    await cluster.here.kubectl('rollout', 'status', 'statefulset/redis-cluster', '--timeout=230s');
    await cluster.healthy();
    return { seconds: since(restarted) };
  });
}

/** Another manifest for the living cluster, such as one with another version of Redis. */
export function change(cluster: ClusterUnderTest, applyManifest: () => Promise<unknown>): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const applied = Date.now();
    await applyManifest();
    await cluster.here.kubectl('rollout', 'status', 'statefulset/redis-cluster', '--timeout=230s');
    await cluster.healthy();
    return { seconds: since(applied) };
  });
}

/** The redis-server of a master dies as by kill -9, and Kubernetes starts it again in the same pod. */
export function killMaster(cluster: ClusterUnderTest): Promise<Outcome> {
  return killed(cluster, 'true');
}

/** So it does, and everything on its volume is gone: an empty node comes back at the address of the master. */
export function emptyMaster(cluster: ClusterUnderTest): Promise<Outcome> {
  return killed(cluster, 'rm -rf /data/*');
}

/** So it does, and what it wrote is gone, but not what it knows of the cluster. */
export function robMaster(cluster: ClusterUnderTest): Promise<Outcome> {
  return killed(cluster, 'rm -rf /data/appendonlydir');
}

/** Two of three masters are emptied at once: nobody is left to elect their replicas. */
export function emptyMajority(cluster: ClusterUnderTest): Promise<Outcome> {
  return killed(cluster, 'rm -rf /data/*', 2);
}

function killed(cluster: ClusterUnderTest, before: string, count = 1): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const victims = masters(await cluster.healthy()).slice(0, count);
    const started = Date.now();
    await Promise.all(victims.map(({ pod }) => killRedis(cluster.here, pod, before)));
    await cluster.healthy();
    return { seconds: since(started), exposed: victims.map(({ slots }) => SLOTS.indexOf(slots)) };
  });
}

/** All healers are ended together with a master's pod, so that nobody of them sees the beginning. */
export function endHealers(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const former = await cluster.pods();
    const [{ pod }] = masters(await cluster.healthy());
    const started = Date.now();
    await Promise.all(PODS.map((each) => cluster.here.exec(each, 'healer', 'kill', '1').catch(() => undefined)));
    await cluster.here.kubectl('delete', 'pod', pod, '--wait=false');
    await cluster.podsThat(`are there without the former ${pod}`, ({ name, uid }) => name !== pod || former.every((each) => each.uid !== uid));
    await cluster.healthy();
    return { seconds: since(started) };
  });
}

/** The volumes of both nodes of a shard run full; the time is that since there is room again. Only for volumes in memory. */
export function fillVolumes(cluster: ClusterUnderTest): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const members = await cluster.healthy();
    const [{ id }] = masters(members);
    // The replica first: when its master refuses writes, it gets none any more that could be too long for its last block.
    const shard = [...members.filter(({ master }) => master === id), ...members.filter((member) => member.id === id)].map(({ pod }) => pod);
    const shell = (pod: string, command: string) => cluster.here.exec(pod, 'redis', 'sh', '-c', command);
    for (const pod of shard) {
      // More than fits: dd ends with an error when nothing more does.
      await shell(pod, 'dd if=/dev/zero of=/data/zeros bs=1M count=200 2>/dev/null || true');
      const refuses = async () => (await cluster.ask(pod, 'INFO', 'persistence')).includes('aof_last_write_status:err');
      await waitFor(`${pod} cannot write its file`, refuses, { explain: () => cluster.explain() });
    }
    await sleep(FULL * 1000);
    await Promise.all(shard.map((pod) => shell(pod, 'rm /data/zeros')));
    const room = Date.now();
    await cluster.healthy();
    return { seconds: since(room) };
  });
}

/** Waits until no host has two masters, as it is when healing has had its time. */
export function mastersApart(cluster: ClusterUnderTest): Promise<true> {
  return waitFor('masters are on different hosts', async () => {
    const [members, pods] = [await cluster.healthy(), await cluster.pods()];
    return (await hosts()).every((host) => shardsOn(host, pods, members).length <= 1) && true;
  }, { seconds: 300, every: 3000, explain: () => cluster.explain() });
}

/** The hosts of two of three masters are gone for a while. What the others say meanwhile is seen by the test. */
export async function crashMajority(cluster: ClusterUnderTest, meanwhile: () => Promise<void>): Promise<Outcome> {
  const others = (await hosts()).filter((host) => host !== cluster.writerHost);
  // Where accidents have left them elsewhere, the healers bring masters apart when no node was restarted for a while.
  const exposed = await waitFor('each host has a master', async () => {
    const [members, pods] = [await cluster.healthy(), await cluster.pods()];
    return others.every((host) => shardsOn(host, pods, members).length === 1) && others.flatMap((host) => shardsOn(host, pods, members));
  }, { every: 3000, explain: () => cluster.explain() });
  return underFlow(cluster, async () => {
    try {
      await Promise.all(others.map((host) => hostCommand('crash', host)));
      await meanwhile();
    } finally {
      await Promise.all(others.map((host) => hostCommand('start', host)));
    }
    const back = Date.now();
    await cluster.healthy();
    return { seconds: since(back), exposed };
  });
}

/** The power of a host with a master goes for a while; the time is that since it is back. */
export function crashHost(cluster: ClusterUnderTest): Promise<Outcome> {
  return withoutHost(cluster, { goes: 'crash', comes: 'start', seconds: CRASHED });
}

/** The cable of a host with a master is pulled for half a minute, while all on it run on; the time is that since it is back. */
export function cutHost(cluster: ClusterUnderTest): Promise<Outcome> {
  return withoutHost(cluster, { goes: 'cut', comes: 'join', seconds: CUT });
}

interface Accident {
  readonly goes: string;
  readonly comes: string;
  readonly seconds: number;
}

function withoutHost(cluster: ClusterUnderTest, { goes, comes, seconds }: Accident): Promise<Outcome> {
  return underFlow(cluster, async () => {
    const host = victim(cluster, await cluster.pods(), await cluster.healthy());
    const exposed = shardsOn(host, await cluster.pods(), await cluster.healthy());
    try {
      await hostCommand(goes, host);
      await sleep(seconds * 1000);
    } finally {
      await hostCommand(comes, host);
    }
    const back = Date.now();
    await cluster.whole();
    const whole = since(back);
    await cluster.healthy();
    return { seconds: since(back), whole, exposed };
  });
}

/** The host whose accident says most: with a master, and not the writer's. */
function victim({ writerHost }: ClusterUnderTest, pods: readonly NodePod[], members: readonly Member[]): string {
  const host = pods.map((pod) => pod.host).find((each) => each !== writerHost && shardsOn(each, pods, members).length > 0);
  if (host === undefined) throw new Error(`All masters are on ${writerHost}, where the writer is`);
  return host;
}

function shardsOn(host: string, pods: readonly NodePod[], members: readonly Member[]): number[] {
  const there = pods.filter((pod) => pod.host === host).map(({ name }) => name);
  return masters(members).filter(({ pod }) => there.includes(pod)).map(({ slots }) => SLOTS.indexOf(slots));
}

export function masters(members: readonly Member[]): Member[] {
  return members.filter(({ slots }) => slots !== '');
}

/** Does something to a cluster that serves. */
export function underFlow(cluster: ClusterUnderTest, act: () => Promise<Deed>): Promise<Outcome> {
  return underWrites(cluster, async (writer) => {
    await writer.writing();
    await sleep(CALM);
    return act();
  });
}

async function underWrites(cluster: ClusterUnderTest, act: (writer: Writer) => Promise<Deed>): Promise<Outcome> {
  const writer = await Writer.start(cluster.here, `run${++runs}`, SLOTS);
  const { seconds, whole, afterLastPod, appliedAt, exposed = [] } = await act(writer);
  // Each shard must have gone on after what happened.
  await writer.writing();
  await sleep(CALM);
  const report = await writer.stop();
  const excused = new Set(exposed.flatMap((shard) => excusable(report.shards[shard])));
  return {
    seconds,
    whole,
    afterLastPod,
    firstWrites: appliedAt && (Math.max(...report.shards.map(({ first }) => first)) - writer.clock(appliedAt)) / 1000,
    pauses: report.shards.map(({ pauses }) => pauses[0].ms),
    lost: report.shards.flatMap((shard) => shard.lost.filter((write) => !excused.has(write)).map((write) => described(write, shard))),
    excused: excused.size,
    report,
  };
}
