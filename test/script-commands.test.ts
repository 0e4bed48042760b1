import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { INTERNAL_USERS, InternalUser, RedisKind } from '../src/node/internal-users';

const SCRIPTS = join(__dirname, '..', 'assets', 'scripts');

const COMMANDS: Array<{ name: string }> = JSON.parse(readFileSync(join(SCRIPTS, '..', 'commands.json'), 'utf8')).commands;

/** Whom each script acts as, in each kind of Redis that runs it. What is sourced or run by others is with them. */
const ACTORS: ReadonlyArray<readonly [kind: RedisKind, user: InternalUser, scripts: readonly string[]]> = [
  ['standalone', 'probe', ['alive.sh', 'ready.sh']],
  ['standalone', 'config', ['reload-config.sh', 'users.sh']],
  ['cluster', 'probe', ['alive.sh', 'cluster-ready.sh']],
  ['cluster', 'config', ['reload-config.sh', 'users.sh']],
  ['cluster', 'healing', [
    'cluster-decide.awk', 'cluster-decide.sh', 'cluster-facts.awk', 'cluster-form.sh', 'cluster-heal.sh', 'cluster-improve.awk', 'cluster-look.sh', 'cluster-mend.awk',
    'cluster-obey.sh', 'cluster-place.sh', 'cluster-pre-stop.sh', 'cluster-refuse.awk', 'cluster-relieve.sh', 'cluster-speech.awk', 'cluster-start.sh',
    'cluster-tend.sh', 'cluster-troubles.awk', 'cluster.sh',
  ]],
  ['replication', 'probe', ['alive.sh']],
  ['replication', 'config', ['reload-config.sh', 'users.sh']],
  ['replication', 'healing', ['replication-lead.sh', 'replication-pre-stop.sh', 'replication-ready.sh', 'replication-start.sh', 'replication.sh']],
  ['sentinel', 'probe', ['alive.sh']],
  ['sentinel', 'config', ['sentinel-reload.sh', 'users.sh']],
  ['sentinel', 'healing', ['replication-lead.sh', 'replication-pre-stop.sh', 'replication-start.sh', 'replication.sh', 'sentinel-ready.sh', 'sentinel-start.sh']],
];

/** What they send to the other kind of server. */
const ELSEWHERE: { readonly [kind in RedisKind]: RegExp } = {
  standalone: /^$/, cluster: /^$/, replication: /^(sentinel|shutdown)\b/, sentinel: /^(info|role|client|config|replicaof)\b/,
};

/** Scripts that ask nobody. */
const OTHERS = /^(names|proxy|start|kept|redis|directives|password|cluster-certificate|exporter-login)\b/;

/** What is put together where it is sent, or has words in it that are commands elsewhere. */
const TURNS: ReadonlyArray<readonly [RegExp, string]> = [
  [/'CONFIG %s\\n' "GET \$1" "SET \$1 \$2" "GET \$1"/, 'CONFIG GET, CONFIG SET'],
  [/for who in MASTER REPLICAS SENTINELS/, 'SENTINEL MASTER, SENTINEL REPLICAS, SENTINEL SENTINELS,'],
  [/SENTINEL CONFIG SET/, 'SENTINEL CONFIG'],
  [/SENTINEL SET/, 'SENTINEL SET,'],
  [/CLIENT KILL TYPE/, 'CLIENT KILL'],
];

/** The commands in a script, as rules name them: words in capitals that Redis knows as a command. */
function sent(script: string): string[] {
  const code = readFileSync(join(SCRIPTS, script), 'utf8').split('\n').filter((line) => !/^\s*#/.test(line)).join('\n');
  const found = new Set<string>();
  const words = TURNS.reduce((text, [of, to]) => text.replace(of, to), code);
  for (const [, command, sub] of words.matchAll(/\b([A-Z]{3,})(?:[ ]([A-Z-]{3,})\b)?/g)) {
    const names = [`${command}|${sub}`, command].map((name) => name.toLowerCase());
    const known = names.find((name) => /^sentinel[|](?!undefined)/.test(name) || COMMANDS.some((each) => each.name === name));
    // What has subcommands is a command only with one of them. AUTH is everybody's.
    if (known !== undefined && known !== 'auth' && !COMMANDS.some(({ name }) => name.startsWith(`${known}|`))) found.add(known);
  }
  return [...found];
}

test('every script of a Redis with users has a user', () => {
  const actors = ACTORS.flatMap(([, , scripts]) => scripts);
  expect(readdirSync(SCRIPTS).filter((name) => !actors.includes(name) && !OTHERS.test(name))).toEqual([]);
});

describe.each(ACTORS)('in a %s, internal-%s', (kind, user, scripts) => {
  const allowed = INTERNAL_USERS[user].rules[kind]!.map((rule) => rule.slice(1));
  const wanted = [...new Set(scripts.flatMap(sent))].filter((command) => !ELSEWHERE[kind].test(command)).sort();

  test('may send all that its scripts send', () => {
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((command) => !allowed.includes(command))).toEqual([]);
  });

  test('may send nothing else', () => {
    expect(allowed.filter((command) => !wanted.includes(command)).sort()).toEqual([]);
  });
});
