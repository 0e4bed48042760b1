import { IConstruct } from 'constructs';
import { RedisAccess } from './options/access';
import { RedisAclRights } from './options/acl';
import { RedisAuth } from './options/auth';
import { RedisConfig } from './options/config';
import { RedisImage } from './options/image';
import { RedisMetrics } from './options/metrics';
import { RedisPersistence } from './options/persistence';
import { RedisResources } from './options/resources';
import { RedisScheduling } from './options/scheduling';
import { RedisSecretKey } from './options/secret-key';
import { RedisTls } from './options/tls';

/** Where a server listens. */
export class RedisEndpoint {
  constructor(
    /** Name or address of the host. */
    public readonly host: string,
    /** TCP port. */
    public readonly port: number,
    /** Whether it speaks TLS. */
    public readonly tls: boolean = false,
  ) {}

  /** Host and port, as in the lists of nodes that clients take: `<host>:<port>`. */
  public get address(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** The URL that clients take, without credentials: `redis://<host>:<port>`, or `rediss://<host>:<port>` with TLS. */
  public get url(): string {
    return `${this.tls ? 'rediss' : 'redis'}://${this.address}`;
  }
}

/** How a client has to talk to a Redis. */
export enum RedisMode {
  /** To one server. */
  STANDALONE = 'standalone',
  /** To many, each of which knows where a key is: with a client for Redis Cluster. */
  CLUSTER = 'cluster',
}

/** How a workload is connected. */
export interface RedisConnectOptions extends RedisAclRights {
  /**
   * The beginning of the variables' names: with `CACHE` they are `CACHE_HOST`, `CACHE_PORT`, `CACHE_URL`, `CACHE_NODES` (`host:port` of each
   * node that a client may ask first, with commas between them) and, where there is a password, `CACHE_PASSWORD`, and
   * where it is that of a user, `CACHE_USERNAME`. A `RedisReplication` adds
   * `CACHE_READ_HOST`, `CACHE_READ_PORT` and `CACHE_READ_URL`, and with Sentinels `CACHE_SENTINELS` (`host:port` of each, with commas between them) and
   * `CACHE_SENTINEL_MASTER`, the name by which they know the master. With TLS there are `CACHE_TLS`, which is `true`, and `CACHE_CA_FILE`, the path of the
   * certificates of the authorities that clients trust; with `clientCertificate` also `CACHE_CERT_FILE` and `CACHE_KEY_FILE`.
   *
   * @default REDIS
   */
  readonly as?: string;

  /**
   * Name of the Secret, in the namespace of the workload, with the certificates `ca.crt` of the authorities that it trusts. For a workload in another
   * namespace than the Redis, where that Secret has a name of its own.
   *
   * @default - the name in the `tls` of the Redis
   */
  readonly authoritySecret?: string;

  /**
   * Name of the Secret, in the namespace of the workload, with the certificate `tls.crt` and its key `tls.key` that the workload shows to a Redis with TLS.
   * Take one of its own for each: whoever has the certificate of the Redis can pass for it.
   *
   * @default - it shows none
   */
  readonly clientCertificate?: string;

  /**
   * The user of Redis that the workload acts as, where the Redis has users: `CACHE_USERNAME` is its name, and `CACHE_PASSWORD` its password. With
   * `keys`, any other right or `passwordSecret` it is made, with the rights that are given.
   *
   * @default - the user in `users` of RedisAuth.acl, where there is just one; where one is made, the name of the workload
   */
  readonly user?: string;

  /**
   * Where the password is of a user that is made for the workload: one line of text in a Secret in the namespace of the Redis, and of the same name in that
   * of the workload. Give it where the name of the user has capitals or `_`, or ends with a sign, as no name of a Secret may.
   *
   * @default - the key `password` of the Secret `<name of the Redis>-<user>`, where a user is made
   */
  readonly passwordSecret?: RedisSecretKey;
}

/** A Redis that others can use: one of this library's, or one that exists already. */
export interface IRedis {
  /** What its clients connect to. */
  readonly endpoint: RedisEndpoint;

  /**
   * Where one may read what may be a little old, if there is such a place.
   *
   * @default - there is none: all is read at `endpoint`
   */
  readonly readEndpoint?: RedisEndpoint;

  /** Nodes that a client may ask first. A client of a cluster learns the others from them. */
  readonly nodeEndpoints: RedisEndpoint[];

  /**
   * Sentinels that a client may ask for the master, if there are any.
   *
   * @default - there are none
   */
  readonly sentinelEndpoints?: RedisEndpoint[];

  /**
   * What the Sentinels call the master.
   *
   * @default - there are no Sentinels
   */
  readonly sentinelMaster?: string;

  /** How its clients have to talk to it. */
  readonly mode: RedisMode;

  /** Who may talk to it. */
  readonly auth: RedisAuth;

  /**
   * The user that the password in `auth` is of.
   *
   * @default - `default`, or one of those in `auth`
   */
  readonly username?: string;

  /** Whether connections are encrypted. */
  readonly tls: RedisTls;

  /**
   * Tells a workload where this Redis is, by variables in all of its containers, and lets its pods in: from the first one on nobody else is, unless the
   * Redis has another `access`. One that exists already knows nothing of it.
   *
   * @param workload a construct whose object is a Pod, Deployment, StatefulSet, DaemonSet, Job or CronJob, of any cdk8s-plus or none
   * @param options the names of the variables, and as whom the workload comes
   */
  connect(workload: IConstruct, options?: RedisConnectOptions): void;
}

/** What every Redis of this library can be told. */
export interface RedisOptions {
  /**
   * The name that its objects and its pods get. At most 52 characters.
   *
   * It does not depend on where the construct is in your code, so moving the construct strands no volume.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * Where Redis comes from.
   *
   * @default RedisImage.official('8.6.3')
   */
  readonly image?: RedisImage;

  /**
   * The directives of redis.conf.
   *
   * @default - those of Redis
   */
  readonly config?: RedisConfig;

  /**
   * What a restart keeps.
   *
   * @default - RedisPersistence.none(); a RedisCluster or a RedisReplication: RedisPersistence.aof()
   */
  readonly persistence?: RedisPersistence;

  /**
   * Who may talk to it.
   *
   * @default RedisAuth.none()
   */
  readonly auth?: RedisAuth;

  /**
   * Whether connections are encrypted, and by which certificate.
   *
   * @default RedisTls.none()
   */
  readonly tls?: RedisTls;

  /**
   * Whose connections NetworkPolicies let in.
   *
   * @default RedisAccess.connected()
   */
  readonly access?: RedisAccess;

  /**
   * Whether there are metrics for Prometheus.
   *
   * @default RedisMetrics.none()
   */
  readonly metrics?: RedisMetrics;

  /**
   * CPU and memory of each node.
   *
   * @default - 0.1 CPU and 64Mi reserved, nothing limited; a RedisCluster or a RedisReplication: 0.1 CPU, and 512Mi at most
   */
  readonly resources?: RedisResources;

  /**
   * Which hosts its pods may run on.
   *
   * @default - any
   */
  readonly scheduling?: RedisScheduling;

  /**
   * Labels of its objects and pods, beside Kubernetes' recommended ones.
   *
   * @default - none
   */
  readonly labels?: { [key: string]: string };
}
