import { RedisSecretKey, secretKeyProblems } from './secret-key';
import { Acl, AclTarget, AclUser } from '../node/acl';
import { checkCommandRule, signed } from '../node/commands';
import { INTERNAL_PREFIX, RedisKind } from '../node/internal-users';
import { referenceProblems } from '../node/names';
import { isStruct, listProblems, quote } from '../node/problems';

/** What a user of Redis may do. */
export interface RedisAclRights {
  /**
   * Patterns of the keys that it may read and write, such as `app:*`; `*` alone is every key. Without blanks, quotes and control characters: `?` stands for
   * any one character.
   *
   * @default - no key
   */
  readonly keys?: string[];

  /**
   * Patterns of further keys that it may only read.
   *
   * @default - none
   */
  readonly readKeys?: string[];

  /**
   * Patterns of the channels that it may publish and subscribe to.
   *
   * @default - no channel
   */
  readonly channels?: string[];

  /**
   * Categories and commands: `@read`, `get`, `config|get`, and with a `-` in front what it may not. Commands count after categories, whatever the order.
   * The categories `@admin` and `@dangerous`, such as FLUSHALL and KEYS, are left out unless they are named themselves, and so is no command that is named. What
   * a client needs to connect is always allowed: `@connection`, INFO and ROLE, and in a cluster CLUSTER SLOTS and its like.
   *
   * @default ['@all'], which is everything but `@admin` and `@dangerous`
   */
  readonly commands?: string[];
}

/** A user of Redis, for an application. */
export interface RedisAclUser extends RedisAclRights {
  /** Its name: letters, digits, `-`, `_` and `.`. Not `default` or `proxy`, and not beginning with `internal-`. At most 63 characters. */
  readonly name: string;

  /** Where its password is: one line of text in a Secret in the namespace of the Redis, and in that of each workload that is connected as this user. */
  readonly passwordSecret: RedisSecretKey;
}

/** The users of a Redis. */
export interface RedisAclOptions {
  /**
   * Users for applications. `connect` can make more.
   *
   * @default - none
   */
  readonly users?: RedisAclUser[];

  /**
   * Name of the Secret with the passwords of the users by which this library acts, a key for each: `config`, `console` and `probe`; in a `RedisCluster`
   * and a `RedisReplication` also `healing` and `replication`, where there are Sentinels `sentinel`, and where there are metrics `exporter`.
   */
  readonly internalSecret: string;
}

/** What can have users. */
export const USER_KINDS: readonly RedisKind[] = ['standalone', 'cluster', 'replication', 'sentinel'];

const NAME = /^[A-Za-z0-9]([-_.A-Za-z0-9]{0,62})$/;

/** Users that a Redis has anyway. */
const TAKEN = ['default', 'proxy'];

/** What every client asks of a server before it sends a command, beside what is for connections. */
const OF_CLIENTS = ['+info', '+role'];
const OF_CLUSTER_CLIENTS = ['info', 'nodes', 'shards', 'slots'].map((name) => `+cluster|${name}`);

/** Nobody has these by accident: they come behind all other categories, in which they are too. What is in `@admin` is in `@dangerous` as well, so that one is first. */
const RISKY = ['@dangerous', '@admin'];

/** The users as one Redis has them. */
export function aclFor({ users = [], internalSecret }: RedisAclOptions, target: AclTarget): Acl {
  return new Acl(target, internalSecret, users.map((user) => aclUser(user, target.kind)));
}

/** A user with its rights as rules. */
export function aclUser(user: RedisAclUser, kind: RedisKind): AclUser {
  const { name, passwordSecret: { secretName, key } } = user;
  return { name, rules: rulesOf(user, kind), secretName, key };
}

function rulesOf({ keys = [], readKeys = [], channels = [], commands = ['@all'] }: RedisAclRights, kind: RedisKind): string[] {
  const named = commands.map(signed);
  const isCategory = (rule: string) => rule[1] === '@';
  return [
    ...keys.map((pattern) => `~${pattern}`),
    ...readKeys.map((pattern) => `%R~${pattern}`),
    ...channels.map((pattern) => `&${pattern}`),
    ...named.filter((rule) => isCategory(rule) && !RISKY.includes(rule.slice(1))),
    '+@connection',
    ...RISKY.map((risky) => `${named.includes(`+${risky}`) && !named.includes(`-${risky}`) ? '+' : '-'}${risky}`),
    ...OF_CLIENTS,
    ...(kind === 'cluster' ? OF_CLUSTER_CLIENTS : []),
    ...named.filter((rule) => !isCategory(rule)),
  ];
}

/** What is wrong with the users of a Redis. Without a version, commands are not looked at. */
export function aclProblems(options: RedisAclOptions, version?: string): string[] {
  if (!isStruct(options)) return [`'auth' is made with ${quote(options)}: RedisAuth.acl takes { users, internalSecret }`];
  const { users, internalSecret } = options;
  const problems = referenceProblems('auth.internalSecret', internalSecret);
  if (users === undefined) return problems;
  if (!Array.isArray(users)) return [...problems, ...listProblems('auth.users', users, '[{ name, passwordSecret, keys }]')];
  return [
    ...problems,
    ...users.flatMap((user, index) => aclUserProblems(`auth.users[${index}]`, user, users.slice(0, index).map((each) => each?.name), version)),
  ];
}

/** What is wrong with one user beside others. The property is what comes before the names of its parts. */
export function aclUserProblems(property: string, user: RedisAclUser, others: readonly string[], version?: string): string[] {
  if (!isStruct(user)) return [`${quote(property)} is ${quote(user)}: it takes an object of properties, such as { name, passwordSecret, keys }`];
  return [
    ...userNameProblems(`${property}.name`, user.name, others),
    ...secretKeyProblems(`${property}.passwordSecret`, user.passwordSecret),
    ...aclRightsProblems(`${property}.`, user, version),
  ];
}

/** What is wrong with the name of a user beside others. */
export function userNameProblems(property: string, name: string, others: readonly string[]): string[] {
  const said = `${quote(property)} is ${quote(name)}`;
  if (typeof name !== 'string' || !NAME.test(name)) {
    return [`${said}: it takes at most 63 letters, digits, '-', '_' and '.', of which the first is a letter or digit`];
  }
  if (TAKEN.includes(name)) return [`${said}, a user that a Redis has anyway: take another name`];
  if (name.startsWith(INTERNAL_PREFIX)) return [`${said}, and names that begin with '${INTERNAL_PREFIX}' are for the users of this library: take another name`];
  return others.includes(name) ? [`${said}, which another user is called already: give each a name of its own`] : [];
}

/** What is wrong with what a user may do. The prefix is what comes before the names of the properties. */
export function aclRightsProblems(prefix: string, { keys, readKeys, channels, commands }: RedisAclRights, version?: string): string[] {
  return [
    ...patternProblems(`${prefix}keys`, keys, '[\'app:*\']'),
    ...patternProblems(`${prefix}readKeys`, readKeys, '[\'shared:*\']'),
    ...patternProblems(`${prefix}channels`, channels, '[\'events:*\']'),
    ...(Array.isArray(keys) && keys.includes('*') && readKeys !== undefined && readKeys.length > 0
      ? [`'${prefix}keys' has '*', which is every key: leave '${prefix}readKeys' out`] : []),
    ...commandProblems(`${prefix}commands`, commands, version),
  ];
}

function patternProblems(property: string, patterns: string[] | undefined, example: string): string[] {
  if (patterns === undefined || !Array.isArray(patterns)) return listProblems(property, patterns, example);
  const problems = patterns.flatMap((pattern, index) => (isPattern(pattern) ? [] : [
    `'${property}[${index}]' is ${quote(pattern)}: it takes a pattern without blanks, quotes and control characters, such as 'app:*'; '?' stands for any one character`,
  ]));
  // Redis would not start.
  if (patterns.length > 1 && patterns.includes('*')) problems.push(`'${property}' has '*' beside others, which it includes: leave the others out`);
  return problems;
}

function isPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && /^[^\s"'\p{Cc}]+$/u.test(pattern);
}

function commandProblems(property: string, commands: string[] | undefined, version?: string): string[] {
  if (commands === undefined || !Array.isArray(commands)) return listProblems(property, commands, '[\'@read\', \'set\']');
  if (version === undefined) return [];
  return commands.flatMap((rule, index) => {
    const problem = checkCommandRule(rule, version);
    return problem === undefined ? [] : [`'${property}[${index}]': ${problem}`];
  });
}
