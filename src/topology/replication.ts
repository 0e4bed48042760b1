import { quote } from '../node/problems';

/** Each is fed by the master. */
const MOST_REPLICAS = 20;

/** Replicas from which on an election makes sense: one stays when another takes over. */
export const REPLICAS_FOR_SENTINEL = 2;

/** The pods of a replication, by the names that they have and that others call them. */
export interface ReplicationTopology {
  readonly replicas: number;
  readonly nodes: readonly string[];
  readonly sentinels: readonly string[];
  readonly problems: readonly string[];
}

export function replicationTopology(name: string, replicas: number, sentinels = 0): ReplicationTopology {
  const problems = Number.isInteger(replicas) && replicas >= 1 && replicas <= MOST_REPLICAS ? []
    : [`'replicas' is ${quote(replicas)}: it takes a whole number from 1 to ${MOST_REPLICAS}; for a Redis without a copy, use RedisStandalone`];
  return {
    replicas,
    nodes: problems.length > 0 ? [] : pods(name, 1 + replicas),
    sentinels: pods(sentinelName(name), sentinels),
    problems,
  };
}

export function sentinelName(name: string): string {
  return `${name}-sentinel`;
}

/** The plan as files, for people and for the scripts. */
export function replicationPlanFiles({ nodes, sentinels }: ReplicationTopology): { [file: string]: string } {
  const list = (names: readonly string[]) => names.map((name) => `${name}\n`).join('');
  return { nodes: list(nodes), ...(sentinels.length > 0 && { sentinels: list(sentinels) }) };
}

function pods(name: string, count: number): string[] {
  return [...Array(count).keys()].map((ordinal) => `${name}-${ordinal}`);
}
