import type { k8s } from 'cdk8s-plus-28';
import type { RedisTlsOptions } from './tls';
import { BUS_PORT, ClientPort, REDIS_PORT } from '../node/pod';
import { quote } from '../node/problems';

/** Who speaks TLS, where a RedisCluster serves with and without it. */
export enum RedisTlsReach {
  /** Clients who want to. The nodes speak to each other without it: the last step before it is taken away. */
  CLIENTS = 'clients',
  /** Clients who want to, and the nodes to each other as soon as all can. */
  ALL = 'all',
}

/** What is encrypted beside the clients' connections. */
export type TlsScope = 'clients' | 'replication' | 'cluster';

/** Where clients connect that speak TLS. */
export function tlsPort(options?: RedisTlsOptions): number {
  return options?.port || REDIS_PORT;
}

/** Where clients connect: with TLS first. The usual port has the usual name. */
export function clientPorts(options: RedisTlsOptions, usual: string): ClientPort[] {
  const named = (number: number, name: string) => ({ name: number === REDIS_PORT ? usual : name, number });
  const { plainPort } = options;
  return [named(tlsPort(options), 'tls'), ...(plainPort === undefined ? [] : [named(plainPort, 'plain')])];
}

/** Whether the bus of a cluster would be somewhere else than it is without TLS: it follows the port of clients. */
export function movesBus(options: RedisTlsOptions): boolean {
  return tlsPort(options) !== REDIS_PORT || options.plainPort !== undefined;
}

/** Where the nodes of a cluster, and its Job, find each other. */
export function clusterVariables(options: RedisTlsOptions): k8s.EnvVar[] {
  const [port, { plainPort }] = [tlsPort(options), options];
  return [
    ...(port === REDIS_PORT ? [] : [{ name: 'REDIS_PORT', value: String(port) }, { name: 'CLUSTER_BUS_PORT', value: String(BUS_PORT) }]),
    ...(plainPort === undefined ? [] : [{ name: 'REDIS_PLAIN_PORT', value: String(plainPort) }]),
  ];
}

/** Which of these options a user gave. */
export function portsGiven(options: RedisTlsOptions): string[] {
  return (['port', 'plainPort', 'reach'] as const).filter((name) => options[name] !== undefined);
}

export function portProblems(options: RedisTlsOptions): string[] {
  const { port, plainPort, reach } = options;
  const problems = Object.entries({ port, plainPort }).flatMap(([name, value]) => (value === undefined || (Number.isInteger(value) && value >= 1 && value <= 65535)
    ? [] : [`'tls.${name}' is ${quote(value)}: it takes a whole number from 1 to 65535`]));
  if (plainPort !== undefined && plainPort === tlsPort(options)) problems.push(`'tls.plainPort' is ${quote(plainPort)}, where TLS is served: give it or 'tls.port' another number`);
  if (reach === RedisTlsReach.CLIENTS && plainPort === undefined) {
    problems.push('\'tls.reach\' is clients, but there is no port where nodes could speak to each other without TLS: give \'tls.plainPort\'');
  }
  return problems;
}

/** What is said of ports that a kind of Redis does not have. */
export function scopeProblems(options: RedisTlsOptions, scope: TlsScope): string[] {
  const { port, plainPort, reach } = options;
  if (scope === 'replication') {
    return portsGiven(options).map((name) => `'tls.${name}' is given, which a RedisReplication does not know: it serves TLS on 6379 and nothing else, so leave it out`);
  }
  if (scope === 'clients') return reach === undefined ? [] : ['\'tls.reach\' is given, but this Redis has no nodes that speak to each other: leave it out'];
  return [
    ...(port === BUS_PORT ? [`'tls.port' is ${BUS_PORT}, where the nodes of a cluster talk to each other: give it another number`] : []),
    ...(plainPort === undefined || plainPort === REDIS_PORT ? [] : [
      `'tls.plainPort' is ${quote(plainPort)}, but a cluster without TLS serves on ${REDIS_PORT}, where pods that are not replaced yet are asked: give ${REDIS_PORT}, and 'tls.port' another number`,
    ]),
  ];
}
