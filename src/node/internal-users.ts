/** What a server is, for what its users need. Sentinels have users of their own, of the same names and passwords as those of the nodes that they watch. */
export type RedisKind = 'standalone' | 'cluster' | 'replication' | 'sentinel';

/** Who acts in the pods of a Redis, by the key of its password in the Secret. */
export type InternalUser = 'config' | 'console' | 'exporter' | 'healing' | 'probe' | 'replication' | 'sentinel';

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

const HANDS_A_MASTER_OVER = ['+ping', '+info', '+config|set', '+replicaof', '+client|kill', '+client|pause', '+client|unpause'];

const CHANGES_USERS = ['deluser', 'getuser', 'setuser', 'users'].map((name) => `+acl|${name}`);

/** Where Sentinels tell each other that they are there. */
const HELLO = '&__sentinel__:hello';

const CONSOLE = ['%R~*', '+@read', '+@connection', '-@admin', '-@dangerous', '+info', '+slowlog|get', '+slowlog|len', '+client|list'];

const WATCHES = ['+info', '+client|setname', '+slowlog|len', '+slowlog|get', '+latency|latest', '+latency|histogram'];

/** Every user of this library, with no more than what its scripts send. `docs/users.md` is made from this. */
export const INTERNAL_USERS: { readonly [user in InternalUser]: InternalUserFacts } = {
  config: {
    where: 'the container `config-reloader`',
    purpose: 'hands over changed directives, passwords and rules; it may make users, so nobody can do more',
    rules: {
      ...sameFor(['+ping', '+info', '+config|get', '+config|set', ...CHANGES_USERS], 'standalone', 'cluster', 'replication'),
      sentinel: ['+ping', ...CHANGES_USERS, ...['config', 'master', 'replicas', 'sentinels', 'set'].map((name) => `+sentinel|${name}`), '+shutdown'],
    },
  },
  console: {
    where: 'a `RedisInsight` that has the Redis among its `databases`',
    purpose: 'reads keys, and changes nothing',
    rules: { ...sameFor(CONSOLE, 'standalone', 'replication'), cluster: [...CONSOLE, ...['info', 'nodes', 'shards', 'slots'].map((name) => `+cluster|${name}`)] },
  },
  exporter: {
    where: 'the container `exporter`, where there are [metrics](metrics.md)',
    purpose: 'tells how Redis is doing; SLOWLOG could show it the first arguments of slow commands, and no other key or value',
    rules: { ...sameFor(WATCHES, 'standalone', 'replication'), cluster: [...WATCHES, '+cluster|info'] },
  },
  healing: {
    where: 'the container `healer` and the Job of a cluster; the start of each node and Sentinel, and what a node does before it stops; the readiness of a replication',
    purpose: 'forms, heals and hands over; it has no command that reads or flushes keys, resets a node or takes single slots away. '
      + 'In a replication it says whom a node follows, and a node that follows another one takes all data from that one',
    rules: { cluster: HEALS_A_CLUSTER, replication: HANDS_A_MASTER_OVER, sentinel: ['+ping', '+sentinel|failover', '+sentinel|master', '+sentinel|sentinels', '+shutdown'] },
  },
  probe: {
    where: 'the probes of the containers `redis` and `sentinel`',
    purpose: 'asks whether a node lives and is ready; in a cluster it could see the password of `internal-replication` in the directives',
    rules: {
      ...sameFor(['+ping'], 'standalone', 'replication', 'sentinel'),
      cluster: ['+ping', '+info', '+config|get', '+cluster|info', '+cluster|links', '+cluster|nodes'],
    },
  },
  replication: {
    where: 'Redis itself, where it copies a master',
    purpose: 'copies',
    rules: sameFor(['+psync', '+replconf', '+ping'], 'cluster', 'replication'),
  },
  sentinel: {
    where: 'the Sentinels of a `RedisReplication` that has them',
    purpose: 'watches nodes and makes one of them the master, and speaks with other Sentinels',
    rules: {
      replication: [
        HELLO, '+ping', '+info', '+publish', '+subscribe', '+multi', '+exec', '+slaveof', '+config|rewrite', '+client|kill', '+client|setname',
        // One that is busy with a script is to end it, before it is taken for dead.
        '+script|kill',
      ],
      sentinel: [HELLO, '+ping', '+publish', '+client|setname', '+sentinel|is-master-down-by-addr'],
    },
  },
};

function sameFor(rules: readonly string[], ...kinds: readonly RedisKind[]): { readonly [kind in RedisKind]?: readonly string[] } {
  return Object.fromEntries(kinds.map((kind) => [kind, rules]));
}

/** The users that a kind of Redis has, in the order of their names; that of the exporter only where there are metrics. */
export function internalUsers(kind: RedisKind, metrics: boolean = false): InternalUser[] {
  return (Object.keys(INTERNAL_USERS) as InternalUser[]).filter((user) => INTERNAL_USERS[user].rules[kind] !== undefined && (metrics || user !== 'exporter'));
}
