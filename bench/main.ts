import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'os';
import { basename, join } from 'path';
import { isDeepStrictEqual } from 'util';
import { parseAllDocuments } from 'yaml';
import { Manifest, plainSource, PlainStyle } from './plain';
import { interleaved, median, runToEnd, spread, table, Time, timeOf } from './runs';

const ROOT = join(__dirname, '..');
const MEASURE = join(__dirname, 'measure.js');
const CONSTRUCTS = join(__dirname, 'constructs.js');

/** How many instances, and how many runs of each: small ones are soon over and need more. */
const SIZES = [{ count: 1, runs: 21 }, { count: 10, runs: 15 }, { count: 100, runs: 9 }, { count: 1000, runs: 5 }];

const SYNTH_RUNS = 5;

/** `cdk8s synth` with these commands, of which the first is what this repository uses. `npx` within `npx` starts npm a second time. */
const SYNTH_APPS = [
  ['as cdk8s.yaml says', readFileSync(join(ROOT, 'cdk8s.yaml'), 'utf8').match(/^app: (.*)$/m)![1]],
  ['without npx, types only stripped', 'ts-node --transpile-only --project examples/tsconfig.json examples/main.ts'],
  [
    'without npx, types checked',
    'ts-node --type-check --compiler-options \'{"isolatedModules":false}\' --project examples/tsconfig.json examples/main.ts',
  ],
];

interface Measurement {
  readonly load: Time;
  readonly synthesis: Time;
  /** The most memory that the process had, in bytes. */
  readonly memory: number;
}

if (!existsSync(join(ROOT, 'lib', 'index.js'))) {
  console.error('lib/index.js is missing, and the compiled package is what is measured: run `npx projen compile` first');
  process.exit(1);
}

const temporary = mkdtempSync(join(tmpdir(), 'redis-bench-'));
try {
  main();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function main() {
  const load = loadavg().map((each) => each.toFixed(1)).join(', ');
  console.log(`${availableParallelism()} cores (${cpus()[0].model}), Node.js ${process.version}, load average ${load}`);
  console.log('Medians of fresh processes that take turns, in brackets the middle half.');
  console.log('The aim: at most 60 ms to load, at most 1.25 times plain cdk8s.\n');
  const [l1, apiObject] = [PlainStyle.L1, PlainStyle.API_OBJECT].map(writePlain);
  for (const plain of [l1, apiObject]) checkSame(plain);
  const rows = [[
    'instances', 'runs', 'constructs ms', 'plain cdk8s ms', 'ratio', 'ratio of CPU', 'untyped ms', 'constructs MiB', 'plain MiB', 'ratio',
  ]];
  const loads: Measurement[] = [];
  for (const { count, runs } of SIZES) {
    const [ours, plain, untyped] = interleaved(runs, [CONSTRUCTS, l1, apiObject].map((file) => () => measure(file, count)));
    const wall = [ours, plain, untyped].map((all) => all.map(({ synthesis }) => synthesis.wall));
    const cpu = [ours, plain].map((all) => all.map(({ synthesis }) => synthesis.cpu));
    const memory = [ours, plain].map((all) => all.map((each) => each.memory / 2 ** 20));
    rows.push([
      String(count), String(runs), spread(wall[0]), spread(wall[1]), ratio(wall[0], wall[1]), ratio(cpu[0], cpu[1]), spread(wall[2]),
      spread(memory[0]), spread(memory[1]), ratio(memory[0], memory[1]),
    ]);
    loads.push(...ours);
  }
  console.log(`Load time beyond cdk8s and cdk8s-plus-28, ${loads.length} runs: ${spread(loads.map((each) => each.load.wall), 1)} ms, `
    + `CPU ${spread(loads.map((each) => each.load.cpu), 1)} ms\n`);
  console.log(`Synthesis of RedisStandalone with a volume, a password and a connected Deployment\n\n${table(rows)}\n`);

  const synths = interleaved(SYNTH_RUNS, SYNTH_APPS.map(([, app]) => () =>
    timeOf('npx', ['cdk8s', 'synth', '--app', app, '--output', join(temporary, 'synth')], ROOT)));
  const synthRows = SYNTH_APPS.map(([name], index) =>
    [name, spread(synths[index].map(({ wall }) => wall)), spread(synths[index].map(({ cpu }) => cpu))]);
  console.log(`\`npx cdk8s synth\` of all examples, ${SYNTH_RUNS} runs\n\n${table([['', 'ms', 'CPU ms'], ...synthRows])}`);
}

function measure(file: string, count: number, outdir = join(temporary, 'out')): Measurement {
  return JSON.parse(runToEnd(process.execPath, [MEASURE, file, String(count), outdir], ROOT));
}

/** The file that makes what the constructs make, with plain cdk8s. */
function writePlain(style: PlainStyle): string {
  const manifests = synthesized(CONSTRUCTS, 1);
  const file = join(temporary, `${PlainStyle[style]}.js`);
  writeFileSync(file, plainSource(manifests, style));
  return file;
}

/** Times can be compared only where the result is the same. */
function checkSame(plain: string) {
  if (isDeepStrictEqual(synthesized(plain, 3), synthesized(CONSTRUCTS, 3))) return;
  throw new Error(`${basename(plain)} makes other objects than the constructs: bench/plain.ts misses a field with a class of its own`);
}

function synthesized(file: string, count: number): Manifest[] {
  const outdir = mkdtempSync(join(temporary, 'yaml-'));
  measure(file, count, outdir);
  const [yaml] = readdirSync(outdir).map((name) => readFileSync(join(outdir, name), 'utf8'));
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

function ratio(ours: readonly number[], plain: readonly number[]): string {
  return (median(ours) / median(plain)).toFixed(2);
}
