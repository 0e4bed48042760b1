import { spawnSync } from 'child_process';
import { availableParallelism, cpus, loadavg } from 'os';
import { join } from 'path';
import { performance } from 'perf_hooks';

/** What figures depend on. */
export function machine(): string {
  return `${availableParallelism()} cores (${cpus()[0].model}), load average ${loadavg().map((each) => each.toFixed(1)).join(', ')}`;
}

/** Runs a program to its end, and throws with what it said when it fails. */
export function runToEnd(program: string, args: string[], cwd: string): string {
  // Files in the temporary directory find the modules of this repository by NODE_PATH.
  const env = { ...process.env, NODE_PATH: join(cwd, 'node_modules') };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26, env });
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} failed:\n${error ?? (stderr || stdout)}`);
  return stdout;
}

/** Wall and CPU time of a program with all that it starts, in milliseconds. */
export function timeOf(program: string, args: string[], cwd: string): Time {
  // `times` of the shell counts children that have ended, and Node.js has nothing like it.
  const script = '"$@" >/dev/null 2>&1 || exit; times';
  const started = performance.now();
  const output = runToEnd('sh', ['-c', script, 'sh', program, ...args], cwd);
  const wall = performance.now() - started;
  const [, ofChildren] = output.split('\n');
  const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map((match) => Number(match[1]) * 60 + Number(match[2]));
  return { wall, cpu: (seconds[0] + seconds[1]) * 1000 };
}

/** Wall time, and the CPU time that it took: the second is the better one to compare by on a machine that others use too. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Runs all in turn, many times over, so that a busy minute of the machine hits all alike. The first round warms the disk's cache and is
 * not counted.
 */
export function interleaved<T>(rounds: number, candidates: ReadonlyArray<() => T>): T[][] {
  const results: T[][] = candidates.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const result = candidate();
      if (round > 0) results[index].push(result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The median, the least and the most. */
export function range(values: readonly number[], digits = 0): string {
  if (values.length === 0) return '-';
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

/** The median, and between which values the middle half is. */
export function spread(values: readonly number[], digits = 0): string {
  return `${median(values).toFixed(digits)} (${quantile(values, 0.25).toFixed(digits)} to ${quantile(values, 0.75).toFixed(digits)})`;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

/** Rows as text, their columns below each other. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const aligned = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  const line = (row: readonly string[]) => row.map(aligned).join('  ').trimEnd();
  return [line(rows[0]), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.slice(1).map(line)].join('\n');
}
