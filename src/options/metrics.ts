import { Size } from 'cdk8s';
import { RedisAccess } from './access';
import { RedisAuth } from './auth';
import { imageReferenceProblems } from './image';
import { networkPolicyPeers, peerProblems, RedisPeers } from './peers';
import { RedisResources, resourceProblems, resourceRequirements } from './resources';
import { RedisTls } from './tls';
import { METRICS_PORT, MetricsPlan } from '../node/metrics';
import { REDIS_PORT } from '../node/pod';
import { choiceProblems, fields, quote, structProblems } from '../node/problems';

/** The exporter beside each node. */
export interface RedisExporterOptions {
  /**
   * The image of redis_exporter, v1.83.0 or newer: anybody who may scrape could have an older one read any key. An older one is refused, as far as its tag
   * tells, unless Redis has users, since that of the exporter may read none.
   *
   * @default 'oliver006/redis_exporter:v1.88.0'
   */
  readonly image?: string;

  /**
   * CPU and memory of each exporter.
   *
   * @default - 0.01 CPU and 32Mi reserved, and 64Mi at most
   */
  readonly resources?: RedisResources;

  /**
   * Who may ask for metrics, where NetworkPolicies are enforced. Whoever may learns no key and no value, but how many keys there are, which commands are sent
   * how often, by how many clients, and which Redis it is. They do not reach Redis itself.
   *
   * @default - anybody; with RedisAccess.restricted() it must be given
   */
  readonly scrapers?: RedisPeers;

  /**
   * Whether to make a PodMonitor `<name>`, by which the operator of Prometheus finds the pods. Most of these operators heed only those with certain labels, such
   * as `release: kube-prometheus-stack`: give them in the `labels` of the Redis. The operator must be installed.
   *
   * @default false
   */
  readonly podMonitor?: boolean;
}

const IMAGE = 'oliver006/redis_exporter:v1.88.0';

/** It took 16Mi with 300 series. */
const USUAL_MEMORY = { request: Size.mebibytes(32), limit: Size.mebibytes(64) };

/** The first minor version that can be told not to ask other servers, nor for keys: `REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT`. */
const CLOSED_SINCE = 83;

/**
 * Whether there are metrics for Prometheus.
 *
 * @example
 * new RedisCluster(chart, 'redis-cluster', { metrics: RedisMetrics.exporter() });
 */
export class RedisMetrics {
  /** None. */
  public static none(): RedisMetrics {
    return new RedisMetrics();
  }

  /**
   * By a container `exporter` beside each Redis: [redis_exporter](https://github.com/oliver006/redis_exporter), on the port `metrics` (9121), path `/metrics`. Sentinels
   * and the proxy of a `RedisReplication` have none.
   *
   * With RedisAuth.acl it acts as a user of its own, whose password is the key `exporter` of the internal Secret. A changed password needs no restart.
   *
   * @param options the image, and who may ask it
   */
  public static exporter(options: RedisExporterOptions = {}): RedisMetrics {
    return new RedisMetrics(options);
  }

  private constructor(private readonly options?: RedisExporterOptions) {}

  /** @internal */
  public get _enabled(): boolean {
    return this.options !== undefined;
  }

  /** @internal */
  public _problems(access: RedisAccess, auth: RedisAuth, tls: RedisTls): string[] {
    if (this.options === undefined) return [];
    const { image = IMAGE, resources = {}, scrapers, podMonitor } = fields(this.options);
    return [
      ...structProblems('metrics.options', this.options),
      ...imageReferenceProblems('metrics.image', image),
      ...(auth._hasUsers ? [] : openProblems(image)),
      ...resourceProblems(resources).map((problem) => problem.replace(/'resources/g, '\'metrics.resources')),
      ...(scrapers === undefined ? [] : peerProblems('metrics.scrapers', scrapers)),
      ...choiceProblems('metrics.podMonitor', podMonitor === undefined ? undefined : String(podMonitor), ['true', 'false']),
      ...(access._plan.extent === 'restricted' && scrapers === undefined ? [
        '\'metrics\' does not say who may scrape, and \'access\' is restricted: give \'scrapers\', such as { pods: [{ namespaceName: \'monitoring\' }] }',
      ] : []),
      ...(tls._problems().length === 0 && tls._ports('redis').some(({ number }) => number === METRICS_PORT)
        ? [`'tls' has the port ${METRICS_PORT}, where 'metrics' are: give it another number`] : []),
    ];
  }

  /** @internal */
  public _plan(tls: RedisTls): MetricsPlan | undefined {
    if (this.options === undefined) return undefined;
    const { image = IMAGE, resources = {}, scrapers, podMonitor = false } = this.options;
    return {
      image,
      resources: resourceRequirements({ cpu: 0.01, ...resources }, USUAL_MEMORY),
      // Through the socket it needs no certificate, and goes on while that of the server is of no use.
      address: tls.enabled ? `unix://${tls._socket}` : `redis://127.0.0.1:${REDIS_PORT}`,
      scrapers: scrapers === undefined ? 'anybody' : networkPolicyPeers(scrapers),
      podMonitor,
    };
  }
}

/** What is wrong with an exporter that may read keys and does so for anybody. */
function openProblems(image: string): string[] {
  const match = /redis_exporter:v?(\d+)\.(\d+)\./.exec(image);
  if (!match || Number(match[1]) > 1 || (match[1] === '1' && Number(match[2]) >= CLOSED_SINCE)) return [];
  return [`'metrics.image' is ${quote(image)}, which reads any key for anybody who may scrape: take v1.${CLOSED_SINCE}.0 or newer, or RedisAuth.acl, `
    + 'where the exporter may read none'];
}
