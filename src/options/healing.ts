import type { k8s } from 'cdk8s-plus-28';

/** What to do about slots whose data are nowhere left: every volume of their shard was lost. */
export enum RedisDataLoss {
  /** Wait for a person: the other shards go on, and the log of the healer says which slots are missing. */
  WAIT = 'wait',
  /** Go on with these slots empty. */
  START_EMPTY = 'start-empty',
}

/**
 * What the container `healer` beside each node of a cluster does.
 *
 * @example
 * new RedisCluster(chart, 'redis-cluster', { healing: RedisHealing.links() });
 */
export class RedisHealing {
  /**
   * Brings the cluster back to its plan: everything that `links()` does, and nodes that lost their volume join again, shards that lack a replica
   * get one, nodes that are gone are forgotten, a shard's nodes leave a common host, masters do not pile up on one, and a cluster that kept nothing
   * is formed again. It never moves slots of a formed cluster.
   */
  public static full(): RedisHealing {
    return new RedisHealing('all');
  }

  /**
   * Only lets nodes find each other again after their pods came back with other addresses, and keeps replicas from being elected, or from copying,
   * while they cannot be sure of their master.
   */
  public static links(): RedisHealing {
    return new RedisHealing('links');
  }

  /** Nothing: there is no such container. After all pods were restarted at once, the nodes do not find each other until somebody introduces them. */
  public static none(): RedisHealing {
    return new RedisHealing('none');
  }

  private constructor(private readonly extent: 'all' | 'links' | 'none') {}

  /**
   * Whether it does more than to restore links.
   *
   * @internal
   */
  public get _heals(): boolean {
    return this.extent === 'all';
  }

  /**
   * The variables of the container, or nothing where there is none.
   *
   * @internal
   */
  public get _env(): k8s.EnvVar[] | undefined {
    return this.extent === 'none' ? undefined : [{ name: 'HEALING', value: this.extent }];
  }
}
