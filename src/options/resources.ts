import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { fields, quote, structProblems } from '../node/problems';
import { cores, quantity, sizeProblems } from '../node/quantities';

/** CPU and memory of a container. */
export interface RedisResources {
  /**
   * The memory that the container may use, reserved in full: the pod is scheduled where it fits, and killed when it uses more.
   *
   * At least 32Mi. The `maxmemory` of a Redis follows from it, so that it stops growing before it is killed: 75% for a pure cache, 60%
   * with persistence, since a fork copies the pages that change while it saves.
   *
   * @default - a Redis: no limit, 64Mi reserved, and `maxmemory` stays 0, which is no limit either; a node of a RedisCluster: 512Mi;
   * a console: 1Gi, 256Mi reserved
   */
  readonly memory?: Size;

  /**
   * CPU cores that are reserved, such as 0.5. From 0.001 to 1024.
   *
   * @default 0.1
   */
  readonly cpu?: number;

  /**
   * CPU cores that the container may use at most.
   *
   * Redis answers late when it is throttled, so set it only where a quota asks for it. Not less than `cpu`.
   *
   * @default - no limit
   */
  readonly cpuLimit?: number;
}

/** The least memory in which a Redis starts and can hold something. */
const LEAST_MEMORY = Size.mebibytes(32);

const DEFAULT_CPU = 0.1;

/** What is wrong with `resources`. */
export function resourceProblems(resources: RedisResources): string[] {
  const { memory, cpu, cpuLimit } = fields(resources);
  return [
    ...structProblems('resources', resources),
    ...sizeProblems('resources.memory', memory, LEAST_MEMORY),
    ...coreProblems('resources.cpu', cpu),
    ...coreProblems('resources.cpuLimit', cpuLimit),
    ...(typeof cpuLimit === 'number' && cpuLimit < (cpu ?? DEFAULT_CPU)
      ? [`'resources.cpuLimit' is ${quote(cpuLimit)}, less than 'resources.cpu' (${quote(cpu ?? DEFAULT_CPU)}): raise the one or lower the other`] : []),
  ];
}

function coreProblems(property: string, amount: unknown): string[] {
  if (amount === undefined || (typeof amount === 'number' && amount >= 0.001 && amount <= 1024)) return [];
  return [`${quote(property)} is ${quote(amount)}: it takes CPU cores from 0.001 to 1024`];
}

/** The memory of a container that the user said nothing of. */
export interface UsualMemory {
  readonly request: Size;
  readonly limit?: Size;
}

/** What the container asks Kubernetes for. */
export function resourceRequirements({ memory, cpu, cpuLimit }: RedisResources, usual: UsualMemory): k8s.ResourceRequirements {
  const memoryLimit = memory ?? usual.limit;
  const limits = {
    ...(memoryLimit && { memory: quantity(memoryLimit) }),
    ...(cpuLimit !== undefined && { cpu: cores(cpuLimit) }),
  };
  return {
    requests: { cpu: cores(cpu ?? DEFAULT_CPU), memory: quantity(memory ?? usual.request) },
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}
