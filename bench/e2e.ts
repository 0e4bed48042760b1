import './e2e-paths';
import { parseArgs } from 'util';
import { machine, range, table } from './runs';
import { HOST_COMMAND } from '../test/e2e/accidents';
import {
  crashHost, cutHost, mastersApart, deleteAll, deleteMasters, emptyMaster, form, killMaster, Outcome, reapply, replaceVolume, rollingRestart,
} from '../test/e2e/cluster-scenarios';
import { ClusterUnderTest } from '../test/e2e/cluster-under-test';
import { newNamespace } from '../test/e2e/kit';

/** `cluster-node-timeout` of a RedisCluster, in seconds. */
const NODE_TIMEOUT = 5;

/** What is wanted as the median, on a machine with nothing else to do. */
interface Aims {
  readonly seconds?: number;
  readonly afterLastPod?: number;
  /** Milliseconds. */
  readonly pause?: number;
}

interface Scenario {
  readonly name: string;
  readonly play: (cluster: ClusterUnderTest) => Promise<Outcome>;
  readonly aims: Aims;
  readonly needsHosts?: boolean;
}

const FORM: Scenario = { name: 'form', play: form, aims: { seconds: 10 } };
const UNPLANNED: Aims = { pause: 1000 * (1.6 * NODE_TIMEOUT + 1) };

const SCENARIOS: Scenario[] = [
  FORM,
  { name: 'reapply', play: reapply, aims: {} },
  { name: 'delete-all', play: deleteAll, aims: { seconds: 20, afterLastPod: 7 } },
  { name: 'delete-masters', play: deleteMasters, aims: { pause: 150 } },
  { name: 'rolling-restart', play: rollingRestart, aims: { pause: 150 } },
  { name: 'kill', play: killMaster, aims: UNPLANNED },
  { name: 'replace-volume', play: replaceVolume, aims: {} },
  { name: 'empty-master', play: emptyMaster, aims: {} },
  { name: 'crash-host', play: crashHost, aims: UNPLANNED, needsHosts: true },
  { name: 'cut-host', play: cutHost, aims: UNPLANNED, needsHosts: true },
];

/** Outcomes by the scenario's name. */
type Outcomes = Map<string, Outcome[]>;

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { runs: { type: 'string', default: '3' }, version: { type: 'string', default: '8.6.3' } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown.length > 0) throw new Error(`No scenario is called ${unknown.join(' or ')}. There are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  const wanted = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const playable = wanted.filter(({ needsHosts }) => !needsHosts || HOST_COMMAND !== undefined);

  console.log(`Redis ${values.version}, ${machine()}`);
  const outcomes: Outcomes = new Map();
  let failures = 0;
  for (let run = 1; run <= Number(values.runs); run++) {
    await playAll(values.version, playable, outcomes).catch((error: Error) => {
      failures++;
      console.error(`Run ${run} failed: ${error.message}`);
    });
  }
  console.log(`\n${report(playable, outcomes)}`);
  for (const { name } of wanted.filter((scenario) => !playable.includes(scenario))) {
    console.log(`not run: ${name}, which needs E2E_HOST, a command that takes crash, start, cut or join and a host`);
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

/** All scenarios on one new cluster, which is formed in any case. */
async function playAll(version: string, scenarios: readonly Scenario[], outcomes: Outcomes): Promise<void> {
  const here = newNamespace('bench');
  await here.create();
  try {
    const cluster = await ClusterUnderTest.prepare(here, version);
    for (const { name, play, needsHosts } of [FORM, ...scenarios.filter((scenario) => scenario !== FORM)]) {
      // Healing brings masters apart when no node was restarted for half a minute: before, one host may take two with it.
      if (needsHosts) await mastersApart(cluster);
      const outcome = await play(cluster);
      console.log(`${name}: ${summary(outcome)}`);
      outcomes.set(name, [...outcomes.get(name) ?? [], outcome]);
    }
  } finally {
    await here.remove();
  }
}

function summary({ seconds, whole, afterLastPod, firstWrites, pauses, lost, excused, report: { shards, errors, heldUp } }: Outcome): string {
  return [
    `healthy after ${seconds.toFixed(1)} s`,
    ...(whole === undefined ? [] : [`Redis whole after ${whole.toFixed(1)} s`]),
    ...(afterLastPod === undefined ? [] : [`${afterLastPod.toFixed(1)} s after the last pod ran`]),
    ...(firstWrites === undefined ? [] : [`first writes after ${firstWrites.toFixed(1)} s`]),
    `longest pauses ${pauses.join(', ')} ms`,
    `writes ${shards.reduce((sum, { written }) => sum + written, 0)}`,
    `lost ${lost.length}`,
    `excused ${excused}`,
    `writer held up ${heldUp} ms`,
    `errors ${JSON.stringify(errors)}`,
  ].join(', ');
}

function report(scenarios: readonly Scenario[], outcomes: Outcomes): string {
  const rows = [['', 'runs', 'healthy s', 'aim', 'after last pod s', 'aim', 'longest pause ms', 'aim', 'lost', 'excused']];
  for (const { name, aims } of scenarios) {
    const runs = outcomes.get(name) ?? [];
    rows.push([
      name, String(runs.length),
      range(runs.map(({ seconds }) => seconds), 1), aim(aims.seconds),
      range(runs.flatMap(({ afterLastPod = [] }) => afterLastPod), 1), aim(aims.afterLastPod),
      range(runs.map(({ pauses }) => Math.max(...pauses)), 0), aim(aims.pause),
      String(runs.reduce((sum, { lost }) => sum + lost.length, 0)), String(runs.reduce((sum, { excused }) => sum + excused, 0)),
    ]);
  }
  return table(rows);
}

function aim(value?: number): string {
  return value === undefined ? '-' : `<= ${value}`;
}
