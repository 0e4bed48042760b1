import './e2e-paths';
import { availableParallelism, cpus } from 'os';
import { parseArgs } from 'util';
import { median, table } from './runs';
import { excusable, HOST_COMMAND, hostCommand, killRedis } from '../test/e2e/accidents';
import { ClusterUnderTest, hosts, PODS, SLOTS } from '../test/e2e/cluster-under-test';
import { apply, newNamespace } from '../test/e2e/kit';
import { ShardReport, Writer, WriterReport } from '../test/e2e/writer';

/** Seconds from one accident to the next. */
const EVERY = 20;

/** Milliseconds: shorter pauses are the machine's. */
const PAUSE = 300;

interface Accident {
  readonly name: string;
  readonly strike: (cluster: ClusterUnderTest, any: <T>(items: readonly T[]) => T) => Promise<unknown>;
  /** Takes the data of a node: only where all others are well, or the last copy would be taken. */
  readonly destroys?: boolean;
  /** A master may die right after it acknowledged a write: asynchronous replication loses such. */
  readonly abrupt?: boolean;
  readonly needsHosts?: boolean;
}

const ALL = ['-l', 'app.kubernetes.io/component=cluster'];

const ACCIDENTS: Accident[] = [
  { name: 'pod deleted', strike: ({ here }, any) => here.kubectl('delete', 'pod', any(PODS), '--wait=false') },
  { name: 'pod force-deleted', abrupt: true, strike: ({ here }, any) => here.kubectl('delete', 'pod', any(PODS), '--grace-period=0', '--force') },
  { name: 'all pods deleted', strike: ({ here }) => here.kubectl('delete', 'pods', ...ALL, '--wait=false') },
  { name: 'redis-server killed', abrupt: true, strike: (cluster, any) => killRedis(cluster.here, any(PODS), 'true') },
  { name: 'volume emptied', abrupt: true, destroys: true, strike: (cluster, any) => killRedis(cluster.here, any(PODS), 'rm -rf /data/*') },
  { name: 'append-only files lost', abrupt: true, destroys: true, strike: (cluster, any) => killRedis(cluster.here, any(PODS), 'rm -rf /data/appendonlydir') },
  { name: 'volume replaced', destroys: true, strike: async ({ here }, any) => {
    const pod = any(PODS);
    await here.kubectl('delete', 'persistentvolumeclaim', `data-${pod}`, '--wait=false');
    await here.kubectl('delete', 'pod', pod, '--wait=false');
  } },
  { name: 'rolling restart', strike: ({ here }) => here.kubectl('rollout', 'restart', 'statefulset/redis-cluster') },
  { name: 'healers killed', strike: ({ here }) => Promise.all(PODS.map((pod) => here.exec(pod, 'healer', 'kill', '1').catch(() => undefined))) },
  { name: 'Job run again, and killed', strike: async (cluster) => {
    await cluster.here.kubectl('delete', 'jobs', '--all');
    await apply(cluster.manifest());
    await sleep(6000);
    await cluster.here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/component=cluster-init', '--grace-period=0', '--force');
  } },
  { name: 'host crashed for 10 s', abrupt: true, needsHosts: true, strike: (cluster, any) => withoutHost(cluster, any, 'crash', 'start') },
  { name: 'host cut off for 10 s', abrupt: true, needsHosts: true, strike: (cluster, any) => withoutHost(cluster, any, 'cut', 'join') },
];

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' }, version: { type: 'string', default: '8.6.3' } },
  });
  console.log(`Redis ${values.version}, seed ${values.seed}, ${availableParallelism()} cores (${cpus()[0].model})`);
  const here = newNamespace('soak');
  await here.create();
  try {
    const cluster = await ClusterUnderTest.prepare(here, values.version);
    await apply(cluster.manifest());
    await cluster.healthy();
    const writer = await Writer.start(here, 'soak', SLOTS, { between: 20 });
    await writer.writing();
    const strikes = await strikeAtRandom(cluster, Number(values.minutes) * 60, Number(values.seed));
    const struck = Date.now();
    await cluster.healthy();
    console.log(`healthy ${((Date.now() - struck) / 1000).toFixed(1)} s after the last 20 seconds`);
    const report = await writer.stop();
    const struckAt = strikes.map(({ name, at }) => ({ name, at: writer.clock(at) }));
    console.log(`\n${table(outages(report, struckAt))}`);
    console.log(`\n${losses(report, struckAt)}`);
    for (const pod of PODS) console.log(await healerOf(cluster, pod));
    process.exitCode = report.shards.some((shard) => shard.lost.length > excused(shard, struckAt)) ? 1 : 0;
  } finally {
    await here.remove();
  }
}

interface Strike {
  readonly name: string;
  readonly at: number;
}

async function strikeAtRandom(cluster: ClusterUnderTest, seconds: number, seed: number): Promise<Strike[]> {
  let state = seed * 7919;
  const any = <T>(items: readonly T[]): T => items[(state = (state * 48271) % 2147483647) % items.length];
  const strikes: Strike[] = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const next = Date.now() + EVERY * 1000;
    const well = await cluster.isWell();
    const accident = any(ACCIDENTS.filter(({ destroys, needsHosts }) => (well || !destroys) && (HOST_COMMAND !== undefined || !needsHosts)));
    strikes.push({ name: accident.name, at: Date.now() });
    // What cannot strike, because a pod is not there, is no accident.
    const failed = await accident.strike(cluster, any).then(() => '', (error: Error) => `: ${error.message.split('\n')[0]}`);
    console.log(`${new Date().toISOString()} ${well ? 'well' : 'not well yet'}, ${accident.name}${failed}`);
    await sleep(Math.max(0, next - Date.now()));
  }
  return strikes;
}

async function withoutHost(cluster: ClusterUnderTest, any: <T>(items: readonly T[]) => T, goes: string, comes: string): Promise<void> {
  const host = any((await hosts()).filter((each) => each !== cluster.writerHost));
  try {
    await hostCommand(goes, host);
    await sleep(10_000);
  } finally {
    await hostCommand(comes, host);
  }
}

/** The pauses of all shards by the accident right before they ended. */
function outages({ shards }: WriterReport, strikes: readonly Strike[]): string[][] {
  const pauses = shards.flatMap((shard) => shard.pauses).filter(({ ms }) => ms >= PAUSE);
  const cause = ({ at, ms }: { at: number; ms: number }) => [...strikes].reverse().find((strike) => strike.at <= at + ms)?.name;
  const rows = [['', 'times', `pauses >= ${PAUSE} ms`, 'median ms', 'longest ms']];
  for (const { name } of ACCIDENTS) {
    const lengths = pauses.filter((pause) => cause(pause) === name).map(({ ms }) => ms);
    const times = strikes.filter((strike) => strike.name === name).length;
    rows.push([name, String(times), String(lengths.length), lengths.length ? median(lengths).toFixed(0) : '-', lengths.length ? String(Math.max(...lengths)) : '-']);
  }
  return rows;
}

/** How many lost writes of a shard asynchronous replication explains: right before a pause that an abrupt accident may have begun. */
function excused(shard: ShardReport, strikes: readonly Strike[]): number {
  const abrupt = ACCIDENTS.filter((accident) => accident.abrupt).map(({ name }) => name);
  const pauses = shard.pauses.filter(({ at, ms }) => ms >= PAUSE
    && strikes.some((strike) => abrupt.includes(strike.name) && strike.at <= at + ms && strike.at >= at - 2 * EVERY * 1000));
  return excusable({ ...shard, pauses }, pauses.length).length;
}

function losses({ shards, errors, heldUp }: WriterReport, strikes: readonly Strike[]): string {
  const sum = (count: (shard: ShardReport) => number) => shards.reduce((total, shard) => total + count(shard), 0);
  return `writes ${sum(({ written }) => written)}, lost ${sum(({ lost }) => lost.length)}, of which asynchronous replication explains `
    + `${sum((shard) => excused(shard, strikes))}, writer held up ${heldUp} ms, errors ${JSON.stringify(errors)}`;
}

/** Microseconds and bytes at most of a container and all in it, by either version of control groups. */
const COUNTERS = `cd /sys/fs/cgroup
  if [ -r cpu.stat ]; then
    awk '/^usage_usec/ { print $2 }' cpu.stat
    cat memory.peak
  else
    awk '{ printf "%d\\n", $1 / 1000 }' cpuacct/cpuacct.usage
    cat memory/memory.max_usage_in_bytes
  fi`;

/** What a healer took since it was started. */
async function healerOf({ here }: ClusterUnderTest, pod: string): Promise<string> {
  const { status } = await here.get('pod', pod);
  const { state } = status.containerStatuses.find(({ name }: { name: string }) => name === 'healer');
  const counted = await here.exec(pod, 'healer', 'sh', '-c', COUNTERS);
  const [microseconds, bytes] = counted.trim().split('\n').map(Number);
  const seconds = (Date.now() - Date.parse(state.running.startedAt)) / 1000;
  return `healer of ${pod}: ${(microseconds / seconds / 1000).toFixed(1)} millicores in ${seconds.toFixed(0)} s, at most ${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
