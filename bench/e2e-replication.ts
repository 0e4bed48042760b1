import './e2e-paths';
import { parseArgs } from 'util';
import { machine, range, table } from './runs';
import { HOST_COMMAND, NAMES_COMMAND } from '../test/e2e/accidents';
import { apply, newNamespace } from '../test/e2e/kit';
import {
  crashHost, cutHost, deleteAll, deleteMaster, form, killMaster, loseSentinels, replaceVolume, ReplicationOutcome, rollingRestart, silenceNames,
} from '../test/e2e/replication-scenarios';
import { ReplicationUnderTest } from '../test/e2e/replication-under-test';

interface Scenario {
  readonly name: string;
  readonly play: (replication: ReplicationUnderTest) => Promise<ReplicationOutcome>;
  /** Variables with the commands that it needs. */
  readonly needs?: readonly string[];
}

const SCENARIOS: Scenario[] = [
  { name: 'form', play: (replication) => form(replication, apply) },
  { name: 'delete-all', play: deleteAll },
  { name: 'delete-master', play: deleteMaster },
  { name: 'rolling-restart', play: rollingRestart },
  { name: 'kill', play: (replication) => killMaster(replication) },
  { name: 'empty-master', play: (replication) => killMaster(replication, true) },
  { name: 'replace-volume', play: replaceVolume },
  { name: 'lose-sentinels', play: loseSentinels },
  { name: 'crash-host', play: crashHost, needs: ['E2E_HOST'] },
  { name: 'cut-host', play: cutHost, needs: ['E2E_HOST'] },
  { name: 'silent-names', play: silenceNames, needs: ['E2E_HOST', 'E2E_NAMES'] },
];

const THERE: { readonly [variable: string]: string | undefined } = { E2E_HOST: HOST_COMMAND, E2E_NAMES: NAMES_COMMAND };

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
  // Without the first one there is nothing to play with.
  const wanted = SCENARIOS.filter(({ name }, index) => index === 0 || positionals.length === 0 || positionals.includes(name));
  const missing = ({ needs = [] }: Scenario) => needs.filter((variable) => THERE[variable] === undefined);
  const playable = wanted.filter((scenario) => missing(scenario).length === 0);

  console.log(`Redis ${values.version}, ${machine()}`);
  const outcomes = new Map<string, ReplicationOutcome[]>();
  for (let run = 1; run <= Number(values.runs); run++) {
    await playAll(values.version, playable, outcomes).catch((error: Error) => {
      process.exitCode = 1;
      console.error(`Run ${run} failed: ${error.message}`);
    });
  }
  console.log(`\n${report(playable, outcomes)}`);
  for (const scenario of wanted.filter((each) => !playable.includes(each))) {
    console.log(`not run: ${scenario.name}, which needs a command in ${missing(scenario).join(' and in ')}: test/summary.js says what it does`);
  }
}

/** All scenarios on one new replication. */
async function playAll(version: string, scenarios: readonly Scenario[], outcomes: Map<string, ReplicationOutcome[]>): Promise<void> {
  const here = newNamespace('bench');
  await here.create();
  try {
    const replication = await ReplicationUnderTest.prepare(here, version);
    for (const { name, play } of scenarios) {
      const outcome = await play(replication);
      console.log(`${name}: healthy after ${outcome.seconds.toFixed(1)} s, longest pauses ${clients(outcome).map(({ pause }) => pause).join(', ')} ms`);
      outcomes.set(name, [...outcomes.get(name) ?? [], outcome]);
    }
  } finally {
    await here.remove();
  }
}

function clients({ clients: { server, sentinel } }: ReplicationOutcome) {
  return [server, sentinel];
}

function report(scenarios: readonly Scenario[], outcomes: Map<string, ReplicationOutcome[]>): string {
  const rows = [['', 'runs', 'healthy s', 'pause by the Service ms', 'pause by the Sentinels ms', 'lost', 'excused']];
  for (const { name } of scenarios) {
    const runs = outcomes.get(name) ?? [];
    const all = runs.flatMap(clients);
    rows.push([
      name, String(runs.length),
      range(runs.map(({ seconds }) => seconds), 1),
      range(runs.map((outcome) => outcome.clients.server.pause)),
      range(runs.map((outcome) => outcome.clients.sentinel.pause)),
      String(all.reduce((sum, { lost }) => sum + lost.length, 0)), String(all.reduce((sum, { excused }) => sum + excused, 0)),
    ]);
  }
  return table(rows);
}
