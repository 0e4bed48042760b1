/** What a Redis is, for what its users need. A replication has none yet. */
export type RedisKind = 'standalone' | 'cluster' | 'replication';

/** Who acts in the pods of a Redis, by the key of its password in the Secret. */
export type InternalUser = 'config' | 'console' | 'healing' | 'probe' | 'replication';

/** What stands before the names of the users of this library, and before nobody else's. */
export const INTERNAL_PREFIX = 'internal-';

/** The name by which Redis knows a user of this library. */
export function internalName(user: InternalUser): string {
  return `${INTERNAL_PREFIX}${user}`;
}

interface InternalUserFacts {
  /** Where it is shown, for people. */
  readonly where: string;
  readonly purpose: string;
  /** What it may do in each kind of Redis that has it. */
  readonly rules: { readonly [kind in RedisKind]?: readonly string[] };
}

const HEALS_A_CLUSTER = [
  '+echo', '+info', '+role', '+dbsize', '+bgsave', '+config|get', '+config|set',
  ...['info', 'myid', 'nodes', 'meet', 'replicate', 'failover', 'forget', 'bumpepoch', 'set-config-epoch', 'addslotsrange'].map((name) => `+cluster|${name}`),
];

const CONSOLE = ['%R~*', '+@read', '+@connection', '-@admin', '-@dangerous', '+info', '+slowlog|get', '+slowlog|len', '+client|list'];

/** Every user of this library, with no more than what its scripts send. `docs/users.md` is made from this. */
export const INTERNAL_USERS: { readonly [user in InternalUser]: InternalUserFacts } = {
  config: {
    where: 'the container `config-reloader`',
    purpose: 'hands over changed directives, passwords and rules; it may make users, so nobody can do more',
    rules: sameFor(['+ping', '+info', '+config|get', '+config|set', '+acl|deluser', '+acl|getuser', '+acl|setuser', '+acl|users'], 'standalone', 'cluster'),
  },
  console: {
    where: 'a `RedisInsight` that has the Redis among its `databases`',
    purpose: 'reads keys, and changes nothing',
    rules: { standalone: CONSOLE, cluster: [...CONSOLE, ...['info', 'nodes', 'shards', 'slots'].map((name) => `+cluster|${name}`)] },
  },
  healing: {
    where: 'the container `healer` and the Job of a cluster; the start of each node, and what it does before it stops',
    purpose: 'forms, heals and hands over; it has no command that reads or flushes keys, resets a node or takes single slots away',
    rules: { cluster: HEALS_A_CLUSTER },
  },
  probe: {
    where: 'the probes of the container `redis`',
    purpose: 'asks whether a node lives and is ready; in a cluster it could see the password of `internal-replication` in the directives',
    rules: {
      standalone: ['+ping'],
      cluster: ['+ping', '+info', '+config|get', '+cluster|info', '+cluster|links', '+cluster|nodes'],
    },
  },
  replication: {
    where: 'Redis itself, where it copies a master',
    purpose: 'copies',
    rules: { cluster: ['+psync', '+replconf', '+ping'] },
  },
};

function sameFor(rules: readonly string[], ...kinds: readonly RedisKind[]): { readonly [kind in RedisKind]?: readonly string[] } {
  return Object.fromEntries(kinds.map((kind) => [kind, rules]));
}

/** The users that a kind of Redis has, in the order of their names. */
export function internalUsers(kind: RedisKind): InternalUser[] {
  return (Object.keys(INTERNAL_USERS) as InternalUser[]).filter((user) => INTERNAL_USERS[user].rules[kind] !== undefined);
}
