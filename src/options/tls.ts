import { Contribution, Directive } from '../node/contribution';
import { referenceProblems } from '../node/names';
import { choiceProblems, isA, isStruct, quote } from '../node/problems';

/** Whether clients have to show a certificate of their own. The nodes of a Redis always show theirs to each other. */
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
   * namespace of the Redis, and one of the same name with `ca.crt` in that of each workload that is connected to it.
   *
   * @param secretName name of the Secret
   * @param options whether clients need certificates
   */
  public static fromSecret(secretName: string, options: RedisTlsOptions = {}): RedisTls {
    return new RedisTls(secretName, options);
  }

  private constructor(
    /**
     * Name of the Secret with the certificate.
     *
     * @default - nothing is encrypted
     */
    public readonly secretName?: string,
    private readonly options: RedisTlsOptions = {},
  ) {}

  /** Whether connections are encrypted. */
  public get enabled(): boolean {
    return this.secretName !== undefined;
  }

  /** Whether clients have to show a certificate of their own. */
  public get clientCertificates(): RedisClientCertificates {
    return this.options.clientCertificates ?? RedisClientCertificates.NONE;
  }

  /** @internal */
  public _problems(): string[] {
    if (this.secretName === undefined) return [];
    if (!isStruct(this.options)) return [`'tls' has the options ${quote(this.options)}: it takes an object of properties`];
    return [
      ...referenceProblems('tls.secretName', this.secretName),
      ...choiceProblems('tls.clientCertificates', this.options.clientCertificates, Object.values(RedisClientCertificates)),
    ];
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
        { name: 'socket', emptyDir: {} },
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
      { name: 'tls-auth-clients', value: this.clientCertificates, comment: 'whether clients show a certificate; nodes always do' },
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

/** What is wrong with `tls`, where it is no RedisTls. */
export function tlsKindProblems(tls: unknown): string[] {
  if (tls === undefined || isA(RedisTls, tls)) return [];
  return [`'tls' is ${quote(tls)}: it takes RedisTls.none() or the name of a Secret, such as RedisTls.fromSecret('redis-tls')`];
}
