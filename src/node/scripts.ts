import { readFileSync } from 'fs';
import { join } from 'path';

/** Where the scripts are in the containers. */
export const SCRIPTS_DIRECTORY = '/scripts';

/** What every node needs: the answers to probes, and the loop that hands over changed directives. */
export const NODE_SCRIPTS = ['alive.sh', 'directives.sh', 'password.sh', 'ready.sh', 'redis.sh', 'reload-config.sh'];

/** How all nodes of a cluster are looked at, and what is done for them to become their plan. */
const PLAN_SCRIPTS = [
  'cluster-decide.awk', 'cluster-decide.sh', 'cluster-facts.awk', 'cluster-improve.awk', 'cluster-look.sh', 'cluster-mend.awk', 'cluster-obey.sh',
  'cluster-place.sh', 'cluster-refuse.awk', 'cluster-speech.awk', 'cluster.sh', 'redis.sh',
];

/** What a node of a cluster needs. */
export const CLUSTER_SCRIPTS = [
  'alive.sh', 'cluster-heal.sh', 'cluster-pre-stop.sh', 'cluster-ready.sh', 'cluster-relieve.sh', 'cluster-start.sh', 'cluster-tend.sh',
  'cluster-troubles.awk', 'directives.sh', 'kept.sh', 'password.sh', 'reload-config.sh', 'start.sh', ...PLAN_SCRIPTS,
];

/** What a node needs beside, where it has users. */
export const USERS_SCRIPTS = ['users.sh'];

/** What a node needs beside, where there are metrics. */
export const METRICS_SCRIPTS = ['exporter-login.sh'];

/** What the nodes of a replication, its Sentinels and its proxy need. */
export const REPLICATION_SCRIPTS = [
  'kept.sh', 'names.sh', 'proxy-start.sh', 'replication-lead.sh', 'replication-pre-stop.sh', 'replication-ready.sh', 'replication-start.sh', 'replication.sh', 'sentinel-ready.sh',
  'sentinel-reload.sh', 'sentinel-start.sh', 'start.sh', ...NODE_SCRIPTS.filter((name) => name !== 'ready.sh'),
];

/** What the Job needs that forms a cluster. */
export const FORM_SCRIPTS = ['cluster-certificate.sh', 'cluster-form.sh', ...PLAN_SCRIPTS];

const ASSETS = join(__dirname, '..', '..', 'assets', 'scripts');
const cache = new Map<string, string>();

/** The scripts by file name, byte for byte as they are in the package. */
export function scripts(...files: string[]): { [file: string]: string } {
  return Object.fromEntries(files.map((file) => [file, read(file)]));
}

/** The command that runs a script. It needs no executable bit, and so no mode on the volume. */
export function run(file: string, ...args: string[]): string[] {
  return ['sh', `${SCRIPTS_DIRECTORY}/${file}`, ...args];
}

function read(file: string): string {
  let text = cache.get(file);
  if (text === undefined) cache.set(file, text = readFileSync(join(ASSETS, file), 'utf8'));
  return text;
}
