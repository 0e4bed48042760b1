import { CRASHED, described, excusable, hostCommand, killRedis, NAMES_COMMAND, runCommand, since, sleep } from './accidents';
import { expectUntouched, waitFor } from './kit';
import { INSIDER, NAME, NODES, ReplicationUnderTest, SENTINELS } from './replication-under-test';
import { Writer, WriterMode, WriterReport } from './writer';

/** What became of something that was done to a replication while clients wrote all the time. */
export interface ReplicationOutcome {
  /** Until it was healthy again, as far as it was not. */
  readonly seconds: number;
  /** What each client saw: by the Service, and by the Sentinels. */
  readonly clients: { readonly [mode in ClientMode]: ClientOutcome };
  /** What a client beside a master saw that was cut off: writes that it was told are kept, and that are gone. */
  readonly insider?: { readonly written: number; readonly lost: number; readonly milliseconds: number };
}

export interface ClientOutcome {
  /** The longest time without an acknowledged write, in milliseconds. */
  readonly pause: number;
  /** Acknowledged writes that are gone and must not be. */
  readonly lost: readonly string[];
  /** Acknowledged writes that are gone, and that asynchronous replication may lose in such an accident. */
  readonly excused: number;
  readonly report: WriterReport;
}

type ClientMode = Exclude<WriterMode, 'cluster'>;
const MODES: readonly ClientMode[] = ['server', 'sentinel'];

/** What a scenario knows itself. */
interface Deed {
  readonly seconds: number;
  /** Whether a master died without a chance to hand over what it had just acknowledged. */
  readonly abrupt?: boolean;
  readonly insider?: ReplicationOutcome['insider'];
}

const ALL_SLOTS = '0-16383';
/** Seconds that a host is cut off: longer than a master there may go on taking writes, which the test would not see otherwise. */
const CUT = 45;

/** Milliseconds of undisturbed writes before and after each deed. */
const CALM = 500;

let runs = 0;

/** A user's first `kubectl apply`, when clients are there already. */
export function form(replication: ReplicationUnderTest, applyManifest: (yaml: string) => Promise<unknown>): Promise<ReplicationOutcome> {
  return underWrites(replication, async () => {
    const applied = Date.now();
    await applyManifest(replication.manifest());
    await replication.healthy();
    return { seconds: since(applied) };
  });
}

/** All pods at once, gracefully, those of the Sentinels and of the proxy too: nobody is there to take over. */
export function deleteAll(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const former = await replication.nodes();
    const deleted = Date.now();
    await replication.here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/instance=redis', '--wait=false');
    await othersThan(replication, former, NODES);
    await replication.healthy();
    return { seconds: since(deleted) };
  });
}

export function deleteMaster(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => ({ seconds: await replaceMaster(replication) }));
}

/** The time until all is well without the pod of the former master. */
async function replaceMaster(replication: ReplicationUnderTest): Promise<number> {
  const master = await replication.healthy();
  const former = await replication.nodes();
  const deleted = Date.now();
  await replication.here.kubectl('delete', 'pod', master, '--wait=false');
  await othersThan(replication, former, [master]);
  await replication.healthy();
  return since(deleted);
}

export function rollingRestart(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const restarted = Date.now();
    for (const set of ['statefulset/redis', 'statefulset/redis-sentinel', 'deployment/redis-proxy']) {
      await replication.here.kubectl('rollout', 'restart', set);
      await replication.here.kubectl('rollout', 'status', set, '--timeout=230s');
    }
    await replication.healthy();
    return { seconds: since(restarted) };
  });
}

/** The redis-server of the master dies as by kill -9, and Kubernetes starts it again in the same pod; everything on its volume may be gone. */
export function killMaster(replication: ReplicationUnderTest, emptied = false): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const master = await replication.healthy();
    const started = Date.now();
    await killRedis(replication.here, master, emptied ? 'rm -rf /data/*' : 'true');
    await replication.healthy();
    return { seconds: since(started), abrupt: true };
  });
}

/** The master is deleted together with its volume, as when its disk is replaced. */
export function replaceVolume(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const master = await replication.healthy();
    const former = await replication.nodes();
    const deleted = Date.now();
    await replication.here.kubectl('delete', 'persistentvolumeclaim', `data-${master}`, '--wait=false');
    await replication.here.kubectl('delete', 'pod', master, '--wait=false');
    await othersThan(replication, former, [master]);
    await replication.healthy();
    return { seconds: since(deleted) };
  });
}

/** All Sentinels lose all that they know; then the master goes. */
export function loseSentinels(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const master = await replication.healthy();
    const former = await replication.here.pods(...SENTINELS);
    const deleted = Date.now();
    await replication.here.kubectl('delete', 'persistentvolumeclaim', ...SENTINELS.map((pod) => `data-${pod}`), '--wait=false');
    await replication.here.kubectl('delete', 'pod', ...SENTINELS, '--wait=false');
    await waitFor('the Sentinels are other ones', async () => Object.values(await replication.here.pods(...SENTINELS))
      .every(({ uid, ready }) => ready && Object.values(former).every((pod) => pod.uid !== uid)));
    if (await replication.healthy() !== master) throw new Error('New Sentinels have moved the master');
    const seconds = since(deleted);
    const nodes = await replication.nodes();
    await replication.here.kubectl('delete', 'pod', master, '--wait=false');
    await othersThan(replication, nodes, [master]);
    if (await replication.healthy() === master) throw new Error('New Sentinels have not elected another master');
    return { seconds };
  });
}

/**
 * The name service is silent while a master is deleted and the host of the next one loses its power; the time is that until the pod of the first one
 * was replaced. The client by the Service knows its address; the one by the Sentinels has to wait for names.
 */
export async function silenceNames(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  const env = { REDIS_HOST: (await replication.here.get('service', NAME)).spec.clusterIP };
  return underFlow(replication, async () => {
    let seconds;
    let crashed;
    try {
      await runCommand(NAMES_COMMAND!, 'stop');
      seconds = await replaceMaster(replication);
      crashed = await masterHost(replication);
      await hostCommand('crash', crashed);
      // Nobody but another master can acknowledge this.
      const late = await Writer.start(replication.here, 'late', [ALL_SLOTS], { mode: 'server', env });
      await late.writing();
      await late.stop();
    } finally {
      await runCommand(NAMES_COMMAND!, 'go');
      if (crashed) await hostCommand('start', crashed);
    }
    await replication.healthy();
    return { seconds, abrupt: true };
  }, env);
}

/** The Secret gets another password; the time is that until all nodes and Sentinels take it. Then the master is deleted. */
export function rotatePassword(replication: ReplicationUnderTest, password: string, setSecret: (password: string) => Promise<unknown>): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const pods = await replication.here.pods(...NODES, ...SENTINELS);
    const changed = Date.now();
    await setSecret(password);
    await waitFor('all take the new password', async () => (await replication.ping(password)).every((answer) => answer === 'PONG'), { every: 2000 });
    const seconds = since(changed);
    replication.password = password;
    await expectUntouched(replication.here, pods);
    await replaceMaster(replication);
    return { seconds };
  });
}

/** All users get other passwords, of which the writer's is told; the time is that until all nodes and Sentinels take them. Then the master is deleted. */
export function rotateUsers(
  replication: ReplicationUnderTest, password: string, setPasswords: () => Promise<unknown>, usersOf: (kind: 'replication' | 'sentinel') => readonly string[],
): Promise<ReplicationOutcome> {
  const { here } = replication;
  const known = async (pods: readonly string[], users: readonly string[]) => {
    const logs = await Promise.all(pods.map((pod) => here.kubectl('logs', pod, '-c', 'config-reloader')));
    return logs.every((log) => users.every((user) => log.includes(`user ${user}: password changed`)));
  };
  return underFlow(replication, async () => {
    const pods = await here.pods(...NODES, ...SENTINELS);
    const changed = Date.now();
    await setPasswords();
    await waitFor('all know the new passwords', async () => await known(NODES, usersOf('replication')) && known(SENTINELS, usersOf('sentinel')), { every: 2000, seconds: 300 });
    const seconds = since(changed);
    replication.password = password;
    await expectUntouched(here, pods);
    await replaceMaster(replication);
    return { seconds };
  });
}

/** The Secret gets another certificate: nodes load it, Sentinels start anew with it, and the proxy too. Then the master goes. */
export function rotateCertificate(replication: ReplicationUnderTest, replace: () => Promise<string>): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const nodes = await replication.nodes();
    const changed = Date.now();
    const certificate = await replace();
    await waitFor('nodes and Sentinels show the new certificate', async () => (await replication.certificates()).every((shown) => shown === certificate.trim()),
      { every: 2000, seconds: 400 });
    const seconds = since(changed);
    await expectUntouched(replication.here, nodes);
    await replaceMaster(replication);
    return { seconds };
  });
}

/** The power of the master's host goes for a while; the time is that since it is back. */
export function crashHost(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  return underFlow(replication, async () => {
    const host = await masterHost(replication);
    try {
      await hostCommand('crash', host);
      await sleep(CRASHED * 1000);
    } finally {
      await hostCommand('start', host);
    }
    const back = Date.now();
    await replication.healthy();
    return { seconds: since(back), abrupt: true };
  });
}

/** The cable of the master's host is pulled for a while, while a client there writes on; the time is that since it is back. */
export async function cutHost(replication: ReplicationUnderTest): Promise<ReplicationOutcome> {
  const host = await masterHost(replication);
  const master = await replication.healthy();
  await replication.makeWriter(host, INSIDER);
  const outcome = await underFlow(replication, async () => {
    const env = { REDIS_HOST: (await replication.here.get('pod', master)).status.podIP, MAY_FAIL: 'yes' };
    const insider = await Writer.start(replication.here, 'insider', [ALL_SLOTS], { mode: 'server', pod: INSIDER, env });
    await insider.writing();
    await sleep(CALM);
    let cut;
    try {
      cut = Date.now();
      await hostCommand('cut', host);
      await sleep(CUT * 1000);
    } finally {
      await hostCommand('join', host);
    }
    const back = Date.now();
    await replication.healthy();
    const seconds = since(back);
    const [{ last, lost, written }] = (await insider.stop()).shards;
    return { seconds, abrupt: true, insider: { written, lost: lost.length, milliseconds: last - insider.clock(cut) } };
  });
  await replication.here.kubectl('delete', 'pod', INSIDER, '--wait=false');
  return outcome;
}

/** Where the master is; moves it first from the host of the writer, which must live on. */
async function masterHost(replication: ReplicationUnderTest): Promise<string> {
  for (;;) {
    const master = await replication.healthy();
    const { host } = await replication.here.pod(master);
    if (host !== replication.writerHost) return host!;
    await replaceMaster(replication);
  }
}

function othersThan(replication: ReplicationUnderTest, former: Awaited<ReturnType<ReplicationUnderTest['nodes']>>, pods: readonly string[]): Promise<true> {
  return waitFor(`${pods.join(', ')} are other ones`, async () => Object.entries(await replication.here.pods(...pods))
    .every(([name, { uid }]) => uid !== former[name].uid) && true);
}

/** Does something to a replication that serves. */
function underFlow(replication: ReplicationUnderTest, act: () => Promise<Deed>, env = {}): Promise<ReplicationOutcome> {
  return underWrites(replication, async (writers) => {
    await Promise.all(writers.map((writer) => writer.writing()));
    await sleep(CALM);
    return act();
  }, env);
}

async function underWrites(replication: ReplicationUnderTest, act: (writers: Writer[]) => Promise<Deed>, env = {}): Promise<ReplicationOutcome> {
  const run = ++runs;
  const writers = await Promise.all(MODES.map((mode) => Writer.start(replication.here, `${mode}${run}`, [ALL_SLOTS], { mode, between: 5, env })));
  const { seconds, abrupt, insider } = await act(writers);
  await Promise.all(writers.map((writer) => writer.writing()));
  await sleep(CALM);
  const outcomes = await Promise.all(writers.map(async (writer, index) => [MODES[index], outcomeOf(await writer.stop(), abrupt)] as const));
  return { seconds, insider, clients: Object.fromEntries(outcomes) as ReplicationOutcome['clients'] };
}

function outcomeOf(report: WriterReport, abrupt = false): ClientOutcome {
  const [shard] = report.shards;
  const excused = abrupt ? excusable(shard) : [];
  const lost = shard.lost.filter((write) => !excused.includes(write)).map((write) => described(write, shard));
  return { pause: shard.pauses[0].ms, lost, excused: excused.length, report };
}
