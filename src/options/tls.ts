import { Size } from 'cdk8s';
import { issuePlan, issuerProblems, RedisCertManagerOptions } from './cert-manager';
import { clientPorts, clusterVariables, movesBus, portProblems, portsGiven, RedisTlsReach, scopeProblems, tlsPort, TlsScope } from './tls-ports';
import type { IssuePlan } from '../node/certificate';
import { Contribution, Directive } from '../node/contribution';
import { referenceProblems } from '../node/names';
import { BUS_PORT, ClientPort, REDIS_PORT } from '../node/pod';
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

  /**
   * The TCP port of TLS, from 1 to 65535. Not for a `RedisReplication`.
   *
   * @default 6379
   */
  readonly port?: number;

  /**
   * A TCP port beside it that is served without TLS: for as long as there are clients that do not speak it yet. It takes a Redis from plain to TLS without
   * a pause, see `docs/tls.md`. For a `RedisCluster` it is 6379, and `port` another one. Not for a `RedisReplication`.
   *
   * @default - nobody is served without TLS
   */
  readonly plainPort?: number;

  /**
   * Who speaks TLS, where a `RedisCluster` has a `plainPort`: needed on the way back from TLS to plain only.
   *
   * @default RedisTlsReach.ALL
   */
  readonly reach?: RedisTlsReach;
}

/** Where a certificate's files are in the containers, and the socket by which a pod's own scripts ask its Redis. */
const DIRECTORY = '/redis-tls';
const SOCKET_DIRECTORY = '/redis-socket';
const SOCKET = `${SOCKET_DIRECTORY}/redis.sock`;

/** What a Secret with a certificate has, as cert-manager makes it. */
const FILES = ['ca.crt', 'tls.crt', 'tls.key'];

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
   * Clients, the nodes among themselves, Sentinels and the proxy speak TLS only, unless there is a `plainPort`. A changed certificate is loaded without a
   * restart. The Secret must be in the namespace of the Redis, and one with `ca.crt` in that of each workload that is connected to it, of the same name unless
   * `connect` has `authoritySecret`.
   *
   * @param secretName name of the Secret
   * @param options whether clients need certificates, and the ports
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
   * @param options the issuer, whether clients need certificates, and the ports
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
      ...choiceProblems('tls.reach', this.options.reach, Object.values(RedisTlsReach)),
      ...portProblems(this.options),
    ];
  }

  /**
   * What is said of a Redis that exists already, and serves as it does.
   *
   * @internal
   */
  public _existingProblems(): string[] {
    if (!this.enabled || !isStruct(this.options)) return [];
    return portsGiven(this.options).map((name) => `'tls.${name}' is given, but the Redis exists already: leave it out, and say in 'port' where it serves TLS`);
  }

  /**
   * Where clients connect that speak TLS, or all where there is none.
   *
   * @internal
   */
  public get _port(): number {
    return this.enabled ? tlsPort(this.options) : REDIS_PORT;
  }

  /**
   * The socket by which the containers of a pod ask their Redis, where there is TLS.
   *
   * @internal
   */
  public get _socket(): string {
    return SOCKET;
  }

  /**
   * Where clients connect: with TLS first.
   *
   * @param usual the name of the usual port
   * @internal
   */
  public _ports(usual: string): ClientPort[] {
    return clientPorts(this.enabled ? this.options : {}, usual);
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
   * @internal
   */
  public _contribute(scope: TlsScope): Contribution {
    const problems = this._problems();
    if (this.enabled && isStruct(this.options)) problems.push(...scopeProblems(this.options, scope));
    if (!this.enabled || problems.length > 0) return { owner: 'tls', problems };
    return {
      owner: 'tls',
      directives: this.directives(scope),
      volumes: [
        { name: 'tls', secret: { secretName: this.secretName, items: FILES.map((file) => ({ key: file, path: file })), defaultMode: 0o440 } },
        // A socket takes no room.
        { name: 'socket', emptyDir: { sizeLimit: quantity(Size.mebibytes(1)) } },
      ],
      clientEnv: [
        { name: 'REDIS_TLS_DIRECTORY', value: DIRECTORY },
        { name: 'REDIS_SOCKET', value: SOCKET },
        ...(scope === 'cluster' ? clusterVariables(this.options) : []),
      ],
      clientMounts: [{ name: 'tls', mountPath: DIRECTORY, readOnly: true }, { name: 'socket', mountPath: SOCKET_DIRECTORY }],
    };
  }

  /**
   * How the nodes of a cluster are to speak to each other, as a file of its plan: all who change it read the same, those of a former step too.
   *
   * @internal
   */
  public get _speech(): { [file: string]: string } {
    return this.enabled ? { speech: `${this.options?.reach === RedisTlsReach.CLIENTS ? 'plain' : 'tls'}\n` } : {};
  }

  private directives(scope: TlsScope): Directive[] {
    const { plainPort, reach } = this.options;
    const among = reach === RedisTlsReach.CLIENTS ? 'no' : 'yes';
    return [
      plainPort === undefined ? { name: 'port', value: '0', comment: 'nobody is served without TLS' } : { name: 'port', value: String(plainPort), comment: 'without TLS' },
      { name: 'tls-port', value: String(tlsPort(this.options)) },
      { name: 'tls-cert-file', value: `${DIRECTORY}/tls.crt` },
      { name: 'tls-key-file', value: `${DIRECTORY}/tls.key` },
      { name: 'tls-ca-cert-file', value: `${DIRECTORY}/ca.crt` },
      { name: 'tls-auth-clients', value: this.clientCertificates, comment: 'whether clients, replicas among them, have to show a certificate' },
      { name: 'unixsocket', value: SOCKET, comment: 'for probes and sidecars, which need no certificate in their own pod' },
      { name: 'unixsocketperm', value: '700' },
      ...(scope === 'clients' ? [] : [{ name: 'tls-replication', value: among, comment: 'whether a replica speaks TLS to its master' }]),
      ...(scope === 'cluster' ? [
        { name: 'tls-cluster', value: among, comment: 'with TLS, the bus takes nobody without a certificate' },
        ...(movesBus(this.options) ? [{ name: 'cluster-port', value: String(BUS_PORT), comment: 'it would follow the port of clients' }] : []),
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
