import { Size } from 'cdk8s';
import { imageReferenceProblems } from './image';
import { resourceProblems, RedisResources } from './resources';
import { fields, quote, structProblems } from '../node/problems';

/** The proxy in front of a `RedisReplication` with Sentinels: HAProxy. */
export interface RedisProxyOptions {
  /**
   * The official image of HAProxy, 2.6 or newer, or one that has the same in it. Its stop signal is to be SIGUSR1, which lets connections end.
   *
   * @default 'haproxy:3.0'
   */
  readonly image?: string;

  /**
   * How many there are, from 1 to 20. With one, clients wait for another pod when its host is gone.
   *
   * @default 2
   */
  readonly count?: number;

  /**
   * CPU and memory of each. Half of the memory may hold what clients are slow to take; when it is full, others wait.
   *
   * @default - 0.05 CPU reserved, and 128Mi at most
   */
  readonly resources?: RedisResources;
}

/** Tested here, and maintained until 2029: https://www.haproxy.org/ */
const IMAGE = 'haproxy:3.0';
const COUNT = 2;
const MOST = 20;

export const PROXY_MEMORY = { request: Size.mebibytes(64), limit: Size.mebibytes(128) };

/** All that the objects are made from. */
export interface ProxySettings {
  readonly image: string;
  readonly count: number;
  readonly resources: RedisResources;
}

export function proxySettings(given: RedisProxyOptions = {}): ProxySettings {
  const { image = IMAGE, count = COUNT, resources = {} } = fields(given);
  return { image, count, resources };
}

export function proxyProblems(given: RedisProxyOptions | undefined): string[] {
  const { image, count, resources } = proxySettings(given);
  return [
    ...structProblems('proxy', given),
    ...imageReferenceProblems('proxy.image', image),
    ...(Number.isInteger(count) && count >= 1 && count <= MOST ? [] : [`'proxy.count' is ${quote(count)}: it takes a whole number from 1 to ${MOST}`]),
    ...resourceProblems(resources).map((problem) => problem.replace(/'resources/, '\'proxy.resources')),
  ];
}
