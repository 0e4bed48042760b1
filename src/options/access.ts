import { networkPolicyPeers, peerProblems, RedisPeers } from './peers';
import type { AccessPlan } from '../node/access';

/**
 * Who may connect to a Redis, as NetworkPolicies say it. They hold only where the network plugin of the Kubernetes cluster enforces them, and only for
 * what comes in. What the pods of a Redis need of each other is always allowed, and the bus of a `RedisCluster` is never open to anybody else.
 *
 * @example
 * new RedisStandalone(chart, 'redis', {
 *   access: RedisAccess.restricted({ pods: [{ labels: { app: 'exporter' }, namespaceName: 'monitoring' }] }),
 * });
 */
export class RedisAccess {
  /**
   * Anybody, also when workloads are connected. Sentinels are open too.
   */
  public static open(): RedisAccess {
    return new RedisAccess('open');
  }

  /**
   * Anybody, until a workload is connected by `connect`: from then on only the connected ones, and each `RedisInsight` that has it among its `databases`.
   * Sentinels are closed to all but these from the beginning.
   */
  public static connected(): RedisAccess {
    return new RedisAccess('connected');
  }

  /**
   * Only who is allowed: the connected workloads, each `RedisInsight` that has it among its `databases`, and these peers.
   *
   * @param peers clients that are not connected by `connect`
   */
  public static restricted(peers: RedisPeers = {}): RedisAccess {
    return new RedisAccess('restricted', peers);
  }

  private constructor(private readonly extent: 'open' | 'connected' | 'restricted', private readonly peers: RedisPeers = {}) {}

  /** @internal */
  public _problems(): string[] {
    return peerProblems('access', this.peers);
  }

  /** @internal */
  public get _plan(): AccessPlan {
    return { extent: this.extent, peers: networkPolicyPeers(this.peers) };
  }
}
