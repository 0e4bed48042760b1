import { Construct, IConstruct } from 'constructs';
import { connectWorkload } from './connect-workload';
import { choiceProblems } from './node/problems';
import { RedisAuth } from './options/auth';
import { RedisTls, tlsOf } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode, RedisOptions } from './redis';
import { makeSingleRedis } from './single-redis';

/** What keeps the pod of a `RedisStandalone`. */
export enum RedisController {
  /** A StatefulSet: the pod comes back when it was deleted or its host is drained, and is replaced after a change that needs it. */
  STATEFUL_SET = 'StatefulSet',
  /**
   * Nothing: a bare Pod, for a first look. It is gone with its host, and changes need it to be deleted first. When you go on to a StatefulSet,
   * delete the Pod; its claim `<name>-data` is not taken over.
   */
  POD = 'Pod',
}

/** Properties of a `RedisStandalone`. */
export interface RedisStandaloneProps extends RedisOptions {
  /**
   * What keeps the pod.
   *
   * @default RedisController.STATEFUL_SET
   */
  readonly controller?: RedisController;

  /**
   * Name of a ConfigMap that holds the whole redis.conf under the key `redis-config`, instead of one that is generated.
   *
   * What other properties say is given to Redis as arguments, which win over the file. Excludes `config`.
   *
   * @default - a ConfigMap `<name>-config` is made
   */
  readonly existingConfigMap?: string;
}

/**
 * One Redis: the simplest cache or store, without a copy to take over when its host fails.
 *
 * Makes a StatefulSet of one pod, a ClusterIP Service `<name>` on port 6379 and the ConfigMaps `<name>-config` and `<name>-scripts`, and a NetworkPolicy
 * `<name>` when a workload is connected. Data is kept over restarts only with `persistence`.
 *
 * @example
 * new RedisStandalone(chart, 'redis', {
 *   persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
 *   resources: { memory: Size.mebibytes(256) },
 * });
 */
export class RedisStandalone extends Construct implements IRedis {
  public readonly endpoint: RedisEndpoint;
  public readonly nodeEndpoints: RedisEndpoint[];
  public readonly mode: RedisMode = RedisMode.STANDALONE;
  public readonly auth: RedisAuth;
  public readonly tls: RedisTls;

  constructor(scope: Construct, id: string, props: RedisStandaloneProps = {}) {
    super(scope, id);
    const { controller = RedisController.STATEFUL_SET, ...options } = props;
    this.auth = props.auth ?? RedisAuth.none();
    this.tls = tlsOf(props.tls, props.name ?? id);
    const problems = choiceProblems('controller', controller, Object.values(RedisController));
    this.endpoint = makeSingleRedis(this, { ...options, controller, problems });
    this.nodeEndpoints = [this.endpoint];
  }

  public connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }
}
