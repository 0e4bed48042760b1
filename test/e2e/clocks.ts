import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ApiObject, JsonPatch } from 'cdk8s';
import { Namespace } from './kit';
import { runbook } from './runbook';

const NAME = 'clock';

/** Where the library finds out by how many seconds the pod's clock is ahead. */
const AHEAD = '/ahead/seconds';

const directory = mkdtempSync(join(tmpdir(), 'clock-'));
const library = join(directory, 'clock.so');

/** Whether this machine can compile the library. */
export const CLOCKS = spawnSync('cc', ['-shared', '-fPIC', '-o', library, join(__dirname, '../fixtures/clock.c')]).status === 0;

/** Variables of a program that shall take another time for now, as long as the library has not been brought to a namespace. */
export function clockOf(seconds: number): { [variable: string]: string } {
  const file = join(directory, 'ahead');
  writeFileSync(file, bytesOf(seconds));
  return { LD_PRELOAD: library, CLOCK_AHEAD: file };
}

/** Brings the library into the namespace: before libc in all processes of a pod, it moves what they take for the time. */
export async function makeClocks(namespace: Namespace): Promise<void> {
  await namespace.kubectl('create', 'configmap', NAME, `--from-file=${library}`);
  rmSync(directory, { recursive: true });
}

/** Gives each pod of a workload with so many containers a clock of its own. */
export function addClocks(workload: ApiObject, containers: number): void {
  const add = (list: string, ...items: unknown[]) => items.map((item) => JsonPatch.add(`/spec/template/spec/${list}/-`, item));
  workload.addJsonPatch(...add('volumes', { name: NAME, configMap: { name: NAME } }, { name: 'ahead', emptyDir: {} }));
  for (let container = 0; container < containers; container++) {
    workload.addJsonPatch(
      ...add(`containers/${container}/env`, { name: 'LD_PRELOAD', value: '/clock/clock.so' }, { name: 'CLOCK_AHEAD', value: AHEAD }),
      ...add(`containers/${container}/volumeMounts`, { name: NAME, mountPath: '/clock', readOnly: true }, { name: 'ahead', mountPath: '/ahead' }),
    );
  }
}

/** Moves the clock of a pod, to so many seconds before or after the right time. */
export async function jump(namespace: Namespace, pod: string, seconds: number): Promise<void> {
  const octal = [...bytesOf(seconds)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  // In place: processes have it mapped.
  await namespace.exec(pod, 'redis', 'sh', '-c', `printf '${octal}' | dd of=${AHEAD} conv=notrunc status=none`);
  const told = Number(/^server_time_usec:(\d+)/m.exec(await runbook(namespace, 'ask "$@"', pod, 'INFO', 'server'))?.[1]) / 1e6;
  if (!(Math.abs(told - Date.now() / 1000 - seconds) <= TOLERANCE)) throw new Error(`The clock of ${pod} was to be ${seconds} s ahead and says ${told}`);
}

/** How the file says it. */
function bytesOf(seconds: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  return bytes;
}

/** Seconds that a question may take, and that clocks of hosts may differ. */
const TOLERANCE = 120;
