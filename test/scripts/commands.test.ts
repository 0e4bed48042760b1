import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { redisServers, refusal } from './servers';
import { checkCommandRule, signed } from '../../src/node/commands';
import { INTERNAL_USERS } from '../../src/node/internal-users';
import { aclFor, RedisAclUser } from '../../src/options/acl';
import { describeWith } from '../tools';

const ROOT = join(__dirname, '..', '..');
const TABLE = join(ROOT, 'assets', 'commands.json');
const { categories, commands }: { [list: string]: Array<{ name: string }> } = JSON.parse(readFileSync(TABLE, 'utf8'));

describeWith('redis-server', 'the table of commands', () => {
  const servers = redisServers();
  const complete = ['8.0.', '8.6.'].every((minor) => servers.some(({ version }) => version.startsWith(minor)));

  (complete ? test : test.skip)('is what redis-server 8.0 and 8.6 say', () => {
    const directory = mkdtempSync(join(tmpdir(), 'commands-'));
    try {
      execFileSync(process.execPath, [join(ROOT, 'scripts', 'derive-commands.mjs'), join(directory, 'derived.json')]);
      expect(readFileSync(join(directory, 'derived.json'), 'utf8')).toBe(readFileSync(TABLE, 'utf8'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }, 120_000);

  test.each(servers)('Redis $version starts with all that is let through', (server) => {
    const rules = [...categories.map(({ name }) => `@${name}`), ...commands.map(({ name }) => name)].filter((rule) => checkCommandRule(rule, server.version) === undefined);
    expect(rules.length).toBeGreaterThan(400);
    const user: RedisAclUser = {
      name: 'shop.1', passwordSecret: { secretName: 'shop', key: 'password' }, keys: ['shop:*', 'a[b-c]?\\*{x}'], readKeys: ['shared:*'], channels: ['*'],
      commands: [...rules, ...rules.map((rule) => `-${rule}`)],
    };
    for (const kind of ['standalone', 'cluster', 'replication'] as const) {
      const acl = aclFor({ users: [user, { ...user, name: 'none', commands: undefined }], internalSecret: 'internal' }, { name: 'redis', kind, version: server.version });
      const lines = acl.files.rules.trim().split('\n').map((line) => line.replace(/^(\S+)/, `user $1 on #${'0'.repeat(64)} resetchannels`));
      expect(refusal(server, ['user default off', ...lines])).toBeUndefined();
    }
  });

  test.each(servers)('Redis $version does not start with a command that a later one brought, which is refused', (server) => {
    const later = commands.filter(({ name }) => checkCommandRule(name, server.version) !== undefined).map(({ name }) => name);
    for (const name of [...later.slice(0, 3), 'getx', 'config|nonsense']) {
      expect(checkCommandRule(name, server.version)).toBeDefined();
      expect(refusal(server, [`user x ${signed(name)}`])).toMatch(/ACL|Unknown command/);
    }
  });
});

test('every internal user names commands that every supported version knows', () => {
  // A Sentinel has other commands: it starts with these in replication-users.test.ts.
  const ofNodes = ({ sentinel, ...kinds }: { [kind: string]: readonly string[] }) => Object.values(kinds).flat();
  const rules = Object.values(INTERNAL_USERS).flatMap(({ rules: kinds }) => ofNodes(kinds)).filter((rule) => /^[-+]/.test(rule));
  expect(rules.map((rule) => checkCommandRule(rule, '8.0.0')).filter((problem) => problem !== undefined)).toEqual([]);
});
