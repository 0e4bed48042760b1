import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { INTERNAL_USERS, InternalUser, internalName, internalUsers, RedisKind } from '../src/node/internal-users';
import { USER_KINDS } from '../src/options/acl';

const PAGE = join(__dirname, '..', 'docs', 'users.md');

const KIND_NAMES: { readonly [kind in RedisKind]: string } = {
  standalone: '`RedisStandalone`, `LonghornRedis`', cluster: '`RedisCluster`', replication: '`RedisReplication`',
  sentinel: 'Sentinels of a `RedisReplication`',
};

const rows = (cells: readonly string[][]) => cells.map((row) => `| ${row.join(' | ')} |\n`).join('');

/** `+cluster|info` has a bar that would end a cell. */
const code = (rule: string) => `\`${rule.replaceAll('|', '\\|')}\``;

/** The user of HAProxy, which can show a password only in a ConfigMap, and so has none: its rules are in the scripts that make it. */
const PROXY_SCRIPTS: { readonly [kind in RedisKind]?: string } = { replication: 'replication-start.sh', sentinel: 'sentinel-start.sh' };

function proxyRows(kind: RedisKind): string[][] {
  const script = PROXY_SCRIPTS[kind];
  if (script === undefined) return [];
  const [, rules] = /user proxy on nopass (.+)$/m.exec(readFileSync(join(__dirname, '..', 'assets', 'scripts', script), 'utf8'))!;
  return [['`proxy`', 'none: it has no password', rules.split(' ').map(code).join(' ')]];
}

function section(kind: RedisKind): string {
  const rules = (user: InternalUser) => INTERNAL_USERS[user].rules[kind]!;
  return `## ${KIND_NAMES[kind]}\n\n${rows([['user', 'key in the Secret', 'rules'], ['---', '---', '---'],
    ...internalUsers(kind, true).map((user) => [`\`${internalName(user)}\``, `\`${user}\``, rules(user).map(code).join(' ')]),
    ...proxyRows(kind)])}`;
}

const page = `# Users of this library

With [\`RedisAuth.acl\`](connect.md#users) each part of a Redis acts as a user of its own, and \`default\` is off. This page is made from the code:
\`UPDATE=1 npx jest --config test/jest.json test/users-page.test.ts\` writes it.

${rows([['user', 'acts in', 'what it is for'], ['---', '---', '---'],
  ...(Object.keys(INTERNAL_USERS) as InternalUser[]).filter((user) => USER_KINDS.some((kind) => INTERNAL_USERS[user].rules[kind]))
    .map((user) => [`\`${internalName(user)}\``, INTERNAL_USERS[user].where, INTERNAL_USERS[user].purpose]),
  ['`proxy`', 'the proxy of a `RedisReplication`', 'asks who is the master. It has no password, so anybody who reaches the port may ask that']])}
None of them has a command that flushes, resets, reads keys (but \`internal-console\`) or takes single slots from a node. Each has nothing but its rules: users begin with no
command, no key and no channel. That does not make their passwords harmless: who may CONFIG SET can set a limit of memory that evicts keys, who may CONFIG GET sees the password of
replication, with which all data can be copied, and \`internal-config\` can become anybody. [Why these, and what they can still do](decisions/0017-who-acts.md).

${USER_KINDS.map(section).join('\n')}`;

test('docs/users.md is what the code says', () => {
  if (process.env.UPDATE) writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});
