import { RedisSlots, showRanges, SlotRange } from './slots';
import { quote } from '../node/problems';

/** With fewer masters, the ones that are left are no majority when one is gone, and nobody takes its place. */
const LEAST_SHARDS = 3;

/** Each node talks to each other: Redis names about so many as the limit. */
const MOST_NODES = 1000;

/** What a Redis Cluster is asked to be. */
export interface ClusterRequest {
  readonly name: string;
  readonly shards?: number;
  readonly replicasPerShard?: number;
  readonly slots?: RedisSlots;
}

/** What a Redis Cluster is to be: slots and counts. Which node is a master is Redis' business. */
export interface ClusterTopology {
  readonly shards: number;
  readonly replicasPerShard: number;
  /** The slots of each shard. */
  readonly slots: readonly (readonly SlotRange[])[];
  /** The pods, in the order of their numbers. */
  readonly nodes: readonly string[];
  readonly problems: readonly string[];
}

export function clusterTopology({ name, slots = RedisSlots.even(), ...request }: ClusterRequest): ClusterTopology {
  const { shards = slots._shards ?? LEAST_SHARDS, replicasPerShard = 1 } = request;
  const problems = countProblems(shards, replicasPerShard);
  if (problems.length > 0) return { shards, replicasPerShard, slots: [], nodes: [], problems };
  const plan = slots._plan(shards);
  const nodes = [...Array(shards * (1 + replicasPerShard)).keys()].map((ordinal) => `${name}-${ordinal}`);
  return { shards, replicasPerShard, slots: plan.shards, nodes, problems: plan.problems };
}

/** The plan as files, for people and for the script that forms the cluster. */
export function planFiles({ slots, replicasPerShard, nodes }: ClusterTopology): { [file: string]: string } {
  return {
    'shards': slots.map((ranges) => `${showRanges(ranges)}\n`).join(''),
    'replicas-per-shard': `${replicasPerShard}\n`,
    'nodes': nodes.map((node) => `${node}\n`).join(''),
  };
}

function countProblems(shards: number, replicasPerShard: number): string[] {
  const problems = [];
  if (!Number.isInteger(shards) || shards < LEAST_SHARDS || shards > MOST_NODES) {
    problems.push(`'shards' is ${quote(shards)}: it takes a whole number from ${LEAST_SHARDS} to ${MOST_NODES}, since a majority of masters decides who replaces one`);
  }
  if (!Number.isInteger(replicasPerShard) || replicasPerShard < 0) {
    problems.push(`'replicasPerShard' is ${quote(replicasPerShard)}: it takes a whole number from 0`);
  }
  const nodes = shards * (1 + replicasPerShard);
  if (problems.length === 0 && nodes > MOST_NODES) {
    problems.push(`'shards' and 'replicasPerShard' make ${nodes} nodes: a Redis Cluster takes at most ${MOST_NODES}`);
  }
  return problems;
}
