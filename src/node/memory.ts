import { Size } from 'cdk8s';
import { Contribution } from './contribution';
import { kibibytes, readable } from './quantities';

/** What decides how much of a node's memory its data may take. */
export interface MemoryFacts {
  /** The limit of the container. */
  readonly limit?: Size;
  /** What the user said. */
  readonly maxMemory?: Size;
  /** Whether Redis forks to save or to feed a replica. */
  readonly forks: boolean;
}

/** Redis' own documentation counts on twice the memory while it forks under write load; buffers and fragmentation come on top. */
const SHARE_WITH_FORKS = 0.6;
const SHARE_OF_A_CACHE = 0.75;

/** More than this leaves no room at all for what is not data. */
const MOST_WITH_FORKS = 0.75;
const MOST_OF_A_CACHE = 0.9;

/** The `maxmemory` in force in kibibytes, or nothing where nothing limits it. */
export function maxMemory({ limit, maxMemory: asked, forks }: MemoryFacts): number | undefined {
  if (asked) return kibibytes(asked) || undefined;
  return limit && Math.floor(kibibytes(limit) * share(forks));
}

/** `maxmemory` out of the limit, unless the user set it, and what is wrong between the two. */
export function memoryContribution(facts: MemoryFacts): Contribution {
  const { limit, maxMemory: asked, forks } = facts;
  const owner = 'resources.memory';
  if (!limit) return { owner };
  if (asked) return { owner, problems: limitProblems(kibibytes(asked), kibibytes(limit), forks) };
  const reason = forks ? 'a fork copies the pages that change while it saves' : 'the rest is for buffers and fragmentation';
  return {
    owner,
    directives: [{
      name: 'maxmemory',
      value: `${maxMemory(facts)}kb`,
      comment: `${share(forks) * 100}% of the memory limit of ${limit.asString()}: ${reason}`,
    }],
  };
}

function share(forks: boolean): number {
  return forks ? SHARE_WITH_FORKS : SHARE_OF_A_CACHE;
}

function limitProblems(asked: number, limit: number, forks: boolean): string[] {
  if (asked === 0) {
    return [`'config.maxMemory' is 0, which is no limit, but 'resources.memory' is ${readable(limit)}: Redis would grow until it is killed; leave one of them out`];
  }
  const most = forks ? MOST_WITH_FORKS : MOST_OF_A_CACHE;
  if (asked <= limit * most) return [];
  const reason = forks ? 'the copies that a fork makes while it saves, and for buffers' : 'buffers and fragmentation';
  return [`'config.maxMemory' is ${readable(asked)}, but 'resources.memory' limits the container to ${readable(limit)}: at most ${most * 100}% leaves room for ${reason}; `
    + 'lower the one or raise the other'];
}
