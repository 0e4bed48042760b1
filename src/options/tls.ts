import { Size } from 'cdk8s';
import { issuePlan, issuerProblems, RedisCertManagerOptions } from './cert-manager';
import type { IssuePlan } from '../node/certificate';
import { Contribution, Directive } from '../node/contribution';
import { referenceProblems } from '../node/names';
import { choiceProblems, isA, isStruct, quote } from '../node/problems';
import { quantity } from '../node/quantities';

/** Whether clients have to show a certificate of their own. The nodes of a Redis always have theirs ready; without this only the bus of a cluster asks for it. */
export enum RedisClientCertificates {
  /** No: they only check that of the server. */
  NONE = 'no',
  /** They may; one that is not signed by an authority in `ca.crt` is refused. */
  OPTIONAL = 'optional',
  /** Yes: who has none that an authority in `ca.crt` has signed is refused. */
  REQUIRED = 'yes',
}

/** How TLS is spoken. */
export interface RedisTlsOptions {
  /**
   * Whether clients have to show a certificate of their own.
   *
   * @default RedisClientCertificates.NONE
   */
  readonly clientCertificates?: RedisClientCertificates;
}

/** Where a certificate's files are in the containers, and the socket by which a pod's own scripts ask its Redis. */
const DIRECTORY = '/redis-tls';
const SOCKET_DIRECTORY = '/redis-socket';

/** What a Secret with a certificate has, as cert-manager makes it. */
const FILES = ['ca.crt', 'tls.crt', 'tls.key'];

/** What is encrypted beside the clients' connections. */
export type TlsScope = 'clients' | 'replication' | 'cluster';

/**
 * Whether connections are encrypted, and by which certificate.
 *
 * @example
 * new RedisCluster(chart, 'redis-cluster', { tls: RedisTls.fromSecret('redis-tls') });
 */
export class RedisTls {
  /** Nothing is encrypted. Only for a network that nobody else can listen to. */
  public static none(): RedisTls {
    return new RedisTls();
  }

  /**
   * A certificate out of a Secret that you made: `tls.crt`, `tls.key` and `ca.crt`, as cert-manager names them. It is for servers and for clients (both
   * key usages), since nodes show it to each other.
   *
   * Clients, the nodes among themselves, Sentinels and the proxy speak TLS only. A changed certificate is loaded without a restart. The Secret must be in the
   * namespace of the Redis, and one with `ca.crt` in that of each workload that is connected to it, of the same name unless `connect` has `authoritySecret`.
   *
   * @param secretName name of the Secret
   * @param options whether clients need certificates
   */
  public static fromSecret(secretName: string, options: RedisTlsOptions = {}): RedisTls {
    return new RedisTls(secretName, options);
  }

  /**
   * A certificate that [cert-manager](https://cert-manager.io) issues into a Secret `<name>-tls`, and renews in time, each time with another key. It has all
   * names of the Redis: of its Services, of its pods, and `localhost`. The chart needs its `namespace`, which is part of them; the domain of the Kubernetes
   * cluster is taken to be `cluster.local`.
   *
   * Otherwise it is as `fromSecret`. A workload in another namespace needs a Secret there, with `ca.crt`.
   *
   * @param options the issuer, and whether clients need certificates
   */
  public static certManager(options: RedisCertManagerOptions): RedisTls {
    // Nothing in place of options, as from JavaScript, has no issuer, and is refused with everything else.
    return new RedisTls(undefined, options, options ?? { issuer: '' });
  }

  private constructor(
    /**
     * Name of the Secret with the certificate.
     *
     * @default - nothing is encrypted, or cert-manager is to issue it and no Redis has it yet
     */
    public readonly secretName?: string,
    private readonly options: RedisTlsOptions = {},
    private readonly issue?: RedisCertManagerOptions,
  ) {}

  /** Whether connections are encrypted. */
  public get enabled(): boolean {
    return this.secretName !== undefined || this.issue !== undefined;
  }

  /** Whether clients have to show a certificate of their own. */
  public get clientCertificates(): RedisClientCertificates {
    return this.options?.clientCertificates ?? RedisClientCertificates.NONE;
  }

  /** @internal */
  public _problems(): string[] {
    if (!this.enabled) return [];
    if (!isStruct(this.options)) return [`'tls' has the options ${quote(this.options)}: it takes an object of properties`];
    return [
      ...(this.issue ? issuerProblems(this.issue) : referenceProblems('tls.secretName', this.secretName!)),
      ...choiceProblems('tls.clientCertificates', this.options.clientCertificates, Object.values(RedisClientCertificates)),
    ];
  }

  /**
   * The same for the Redis of a name, whose Secret is known then.
   *
   * @internal
   */
  public _in(name: string): RedisTls {
    return this.issue ? new RedisTls(`${name}-tls`, this.options, this.issue) : this;
  }

  /**
   * What cert-manager is to issue, if it is.
   *
   * @internal
   */
  public get _issue(): IssuePlan | undefined {
    if (!this.issue || this.secretName === undefined) return undefined;
    return issuePlan(this.issue, this.secretName);
  }

  /**
   * What is wrong with it where nobody issues a certificate, or the names in it are not known.
   *
   * @internal
   */
  public _issueProblems(namespace?: string): string[] {
    if (!this.issue || namespace !== undefined) return [];
    return ['\'tls\' is to be issued by cert-manager, but the chart has no namespace, which is part of the names in a certificate: give the chart its \'namespace\''];
  }

  /**
   * What a node, its scripts and its sidecars need.
   *
   * @param scope what is encrypted beside the connections of clients
   * @param port where clients connect
   * @internal
   */
  public _contribute(scope: TlsScope, port: number): Contribution {
    const problems = this._problems();
    if (!this.enabled || problems.length > 0) return { owner: 'tls', problems };
    return {
      owner: 'tls',
      directives: this.directives(scope, port),
      volumes: [
        { name: 'tls', secret: { secretName: this.secretName, items: FILES.map((file) => ({ key: file, path: file })), defaultMode: 0o440 } },
        // A socket takes no room.
        { name: 'socket', emptyDir: { sizeLimit: quantity(Size.mebibytes(1)) } },
      ],
      clientEnv: [{ name: 'REDIS_TLS_DIRECTORY', value: DIRECTORY }, { name: 'REDIS_SOCKET', value: `${SOCKET_DIRECTORY}/redis.sock` }],
      clientMounts: [{ name: 'tls', mountPath: DIRECTORY, readOnly: true }, { name: 'socket', mountPath: SOCKET_DIRECTORY }],
    };
  }

  private directives(scope: TlsScope, port: number): Directive[] {
    const among = [
      { name: 'tls-replication', value: 'yes', comment: 'a replica speaks TLS to its master' },
    ];
    return [
      { name: 'port', value: '0', comment: 'nobody is served without TLS' },
      { name: 'tls-port', value: String(port) },
      { name: 'tls-cert-file', value: `${DIRECTORY}/tls.crt` },
      { name: 'tls-key-file', value: `${DIRECTORY}/tls.key` },
      { name: 'tls-ca-cert-file', value: `${DIRECTORY}/ca.crt` },
      { name: 'tls-auth-clients', value: this.clientCertificates, comment: 'whether clients, replicas among them, have to show a certificate' },
      { name: 'unixsocket', value: `${SOCKET_DIRECTORY}/redis.sock`, comment: 'for probes and sidecars, which need no certificate in their own pod' },
      { name: 'unixsocketperm', value: '700' },
      ...(scope === 'clients' ? [] : among),
      ...(scope === 'cluster' ? [
        { name: 'tls-cluster', value: 'yes', comment: 'the bus takes nobody without a certificate' },
        { name: 'cluster-preferred-endpoint-type', value: 'hostname', comment: 'certificates have names of pods, and never their addresses' },
      ] : []),
    ];
  }
}

/** The option for the Redis of a name. What is no RedisTls is refused later, with everything else. */
export function tlsOf(tls: RedisTls | undefined, name: string): RedisTls {
  if (tls === undefined) return RedisTls.none();
  return isA(RedisTls, tls) ? tls._in(name) : tls;
}

/** What is wrong with `tls`, where it is no RedisTls. */
export function tlsKindProblems(tls: unknown): string[] {
  if (tls === undefined || isA(RedisTls, tls)) return [];
  return [`'tls' is ${quote(tls)}: it takes RedisTls.none() or the name of a Secret, such as RedisTls.fromSecret('redis-tls')`];
}
