import { isIP } from 'net';
import { Construct, IConstruct } from 'constructs';
import { accessOf } from './node/access';
import { Acl, aclOf, AclUser } from './node/acl';
import { addVariables, SecretFiles, workloadObject } from './node/connect';
import { shortHash } from './node/hash';
import { referenceProblems } from './node/names';
import { fields, isA, quote, refuse } from './node/problems';
import { RedisAccess } from './options/access';
import { aclRightsProblems, aclUser, RedisAclRights, userNameProblems } from './options/acl';
import { authProblems, RedisAuth } from './options/auth';
import { RedisConfig } from './options/config';
import { RedisImage } from './options/image';
import { RedisPersistence } from './options/persistence';
import { RedisResources } from './options/resources';
import { RedisScheduling } from './options/scheduling';
import { RedisSecretKey, secretKeyProblems } from './options/secret-key';
import { RedisClientCertificates, RedisTls, tlsKindProblems } from './options/tls';

/** The port of Redis unless told otherwise. */
const DEFAULT_PORT = 6379;

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
   * node that a client may ask first, with commas between them) and, where there is a password, `CACHE_PASSWORD`. A `RedisReplication` adds
   * `CACHE_READ_HOST`, `CACHE_READ_PORT` and `CACHE_READ_URL`, and with Sentinels `CACHE_SENTINELS` (`host:port` of each, with commas between them) and
   * `CACHE_SENTINEL_MASTER`, the name by which they know the master. With TLS there are `CACHE_TLS`, which is `true`, and `CACHE_CA_FILE`, the path of the
   * certificates of the authorities that clients trust; with `clientCertificate` also `CACHE_CERT_FILE` and `CACHE_KEY_FILE`.
   *
   * @default REDIS
   */
  readonly as?: string;

  /**
   * Name of the Secret, in the namespace of the workload, with the certificate `tls.crt` and its key `tls.key` that the workload shows to a Redis with TLS.
   * Take one of its own for each: whoever has the certificate of the Redis can pass for it.
   *
   * @default - it shows none
   */
  readonly clientCertificate?: string;

  /**
   * The user of Redis that the workload acts as, where the Redis has users: `CACHE_USERNAME` is its name, and `CACHE_PASSWORD` its password. With
   * `passwordSecret` it is made, with the rights that are given beside.
   *
   * @default - the user in `users` of RedisAuth.acl, where there is just one; where one is made, the name of the workload
   */
  readonly user?: string;

  /**
   * Where the password is of a user that is made for the workload: a Secret in the namespace of the Redis, and in that of the workload.
   *
   * @default - no user is made
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

  /** Whether connections are encrypted. */
  readonly tls: RedisTls;

  /**
   * Tells a workload where this Redis is, by variables in all of its containers, and lets its pods in: from the first one on nobody else is, unless the
   * Redis has another `access`. One that exists already knows nothing of it.
   *
   * @param workload a construct whose object is a Pod, Deployment, StatefulSet, DaemonSet, Job or CronJob, of any cdk8s-plus or none
   * @param options the names of the variables
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

/** What is known of a Redis that exists already. */
export interface RedisAttributes {
  /** Name or address of its host, as the workloads see it. */
  readonly host: string;

  /**
   * Its TCP port, from 1 to 65535.
   *
   * @default 6379
   */
  readonly port?: number;

  /**
   * Who may talk to it.
   *
   * @default RedisAuth.none()
   */
  readonly auth?: RedisAuth;

  /**
   * Whether it speaks TLS. Of the Secret only `ca.crt` is used, by which clients know its certificate.
   *
   * @default RedisTls.none()
   */
  readonly tls?: RedisTls;
}

/** A Redis that this library did not make. */
export class Redis {
  /**
   * Refers to a Redis that exists already, such as one of a cloud provider.
   *
   * @param attributes where it is and who may talk to it
   *
   * @example
   * const store = Redis.fromAttributes({ host: 'redis.example.com', auth: RedisAuth.password('store-password') });
   * store.connect(web, { as: 'STORE' });
   */
  public static fromAttributes(attributes: RedisAttributes): IRedis {
    const { host, port = DEFAULT_PORT, auth = RedisAuth.none(), tls = RedisTls.none() } = fields(attributes) as RedisAttributes;
    refuse('Redis.fromAttributes', host, [
      ...(isHost(host) ? [] : [`'host' is ${quote(host)}: it takes the name or address of a host, without a port or scheme`]),
      ...(Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [`'port' is ${quote(port)}: it takes a whole number from 1 to 65535`]),
      ...authProblems(auth),
      ...(isA(RedisTls, tls) ? [...tls._problems(), ...notIssued(tls)] : tlsKindProblems(tls)),
      ...(isA(RedisAuth, auth) && auth._hasUsers ? ['\'auth\' is RedisAuth.acl, which makes users in a Redis of this library: take RedisAuth.password() or RedisAuth.none()'] : []),
    ]);
    return new ExistingRedis(new RedisEndpoint(host, port, tls.enabled), auth, tls);
  }

  private constructor() {}
}

/** Nobody here knows the names of one that exists already. */
function notIssued({ enabled, secretName }: RedisTls): string[] {
  return enabled && secretName === undefined ? ['\'tls\' is to be issued by cert-manager, which is for a Redis that is made here: take RedisTls.fromSecret() with its ca.crt'] : [];
}

const HOST_LABEL = /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$/;

/** An address, or a name of DNS: one whose last label is a number is a broken address to clients. */
function isHost(host: unknown): boolean {
  if (typeof host !== 'string' || host.length > 253 || host.includes('%')) return false;
  const labels = host.split('.');
  return isIP(host) !== 0 || (labels.every((label) => label.length <= 63 && HOST_LABEL.test(label)) && !/^\d+$/.test(labels[labels.length - 1]));
}

class ExistingRedis implements IRedis {
  readonly mode = RedisMode.STANDALONE;
  readonly nodeEndpoints: RedisEndpoint[];

  constructor(readonly endpoint: RedisEndpoint, readonly auth: RedisAuth, readonly tls: RedisTls) {
    this.nodeEndpoints = [endpoint];
  }

  connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }
}

/** A Redis in no known namespace has a short name, which is known in its own namespace only. */
export function namespaceProblem(redis: IRedis, path: string, namespace?: string): string | undefined {
  const { endpoint: { host } } = redis;
  if (!Construct.isConstruct(redis) || host.includes('.') || namespace === undefined) return undefined;
  return `${quote(path)} is in the namespace ${quote(namespace)}, where the name ${quote(host)} leads nowhere: give the chart of ${quote(redis.node.path)} its namespace, `
    + 'so that the whole name is known';
}

/** Files of a workload's certificates: those of the authorities, and its own where it has one. */
function certificateFiles({ secretName }: RedisTls, as: string, clientCertificate?: string): SecretFiles {
  const slug = as.toLowerCase().replaceAll('_', '-');
  const plain = slug.length <= 40 && slug.replaceAll('-', '_').toUpperCase() === as;
  return {
    volume: `redis-tls-${plain ? slug : shortHash(as)}-files`,
    directory: `/redis-tls/${as}`,
    sources: [
      { secretName: secretName!, files: ['ca.crt'] },
      ...(clientCertificate === undefined ? [] : [{ secretName: clientCertificate, files: ['tls.crt', 'tls.key'] }]),
    ],
  };
}

function clientCertificateProblems({ enabled, clientCertificates }: RedisTls, clientCertificate?: string): string[] {
  if (clientCertificate !== undefined) {
    if (!enabled) return ['\'clientCertificate\' is given, but the Redis has no TLS: leave it out, or give the Redis \'tls\''];
    return referenceProblems('clientCertificate', clientCertificate);
  }
  if (clientCertificates !== RedisClientCertificates.REQUIRED) return [];
  return ['\'clientCertificate\' is missing, and the Redis takes nobody without a certificate: give the name of a Secret with tls.crt and tls.key for the workload'];
}

/** What `connect` does, for every kind of Redis. */
export function connectWorkload(redis: IRedis, workload: IConstruct, options: RedisConnectOptions): void {
  const { as = 'REDIS', clientCertificate } = options;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(as)) {
    throw new Error(`'as' is ${quote(as)}: it takes the beginning of a variable's name, made of letters, digits and '_', the first no digit`);
  }
  const { endpoint: { host, port, url }, readEndpoint, nodeEndpoints, sentinelEndpoints, sentinelMaster, tls } = redis;
  const list = (endpoints: readonly RedisEndpoint[]) => endpoints.map(({ address }) => address).join();
  const object = workloadObject(workload);
  const problem = namespaceProblem(redis, object.node.path, object.metadata.namespace);
  if (problem) throw new Error(problem);
  const [trouble] = clientCertificateProblems(tls, clientCertificate);
  if (trouble) throw new Error(`${quote(object.node.path)} cannot be connected: ${trouble}`);
  const files = tls.enabled ? certificateFiles(tls, as, clientCertificate) : undefined;
  const login = loginOf(redis, object.name, options);
  addVariables(object, [
    { name: `${as}_HOST`, value: host },
    { name: `${as}_PORT`, value: String(port) },
    { name: `${as}_URL`, value: url },
    { name: `${as}_NODES`, value: list(nodeEndpoints) },
    ...(readEndpoint === undefined ? [] : [
      { name: `${as}_READ_HOST`, value: readEndpoint.host },
      { name: `${as}_READ_PORT`, value: String(readEndpoint.port) },
      { name: `${as}_READ_URL`, value: readEndpoint.url },
    ]),
    ...(sentinelEndpoints === undefined ? [] : [
      { name: `${as}_SENTINELS`, value: list(sentinelEndpoints) },
      { name: `${as}_SENTINEL_MASTER`, value: sentinelMaster! },
    ]),
    ...(login?.user === undefined ? [] : [{ name: `${as}_USERNAME`, value: login.user }]),
    ...(login === undefined ? [] : [{ name: `${as}_PASSWORD`, valueFrom: { secretKeyRef: { name: login.secretName, key: login.key } } }]),
    ...(files === undefined ? [] : [{ name: `${as}_TLS`, value: 'true' }, { name: `${as}_CA_FILE`, value: `${files.directory}/ca.crt` }]),
    ...(files === undefined || clientCertificate === undefined ? [] : [
      { name: `${as}_CERT_FILE`, value: `${files.directory}/tls.crt` },
      { name: `${as}_KEY_FILE`, value: `${files.directory}/tls.key` },
    ]),
  ], files && [files]);
  if (login?.added) aclOf(redis)!.add(login.added);
  accessOf(redis)?.connect(object);
}

/** As whom a workload comes. */
interface Login {
  readonly user?: string;
  readonly secretName: string;
  readonly key: string;
  /** The user, where the Redis does not have it yet. */
  readonly added?: AclUser;
}

/** As whom a workload comes, or nothing where everybody may come. */
function loginOf(redis: IRedis, workload: string, options: RedisConnectOptions): Login | undefined {
  const { auth: { secretName, secretKey } } = redis;
  const acl = aclOf(redis);
  const given = LOGIN_OPTIONS.find((name) => options[name] !== undefined);
  if (acl && (given === undefined || given === 'user')) {
    const { name, secretName: secret, key } = chosenUser(acl, options);
    return { user: name, secretName: secret, key };
  }
  if (acl) {
    const added = newUser(acl, workload, options);
    return { user: added.name, secretName: added.secretName, key: added.key, added };
  }
  if (given !== undefined) {
    throw new Error(`'${given}' is ${quote(options[given])}, but the Redis has no users: leave it out, or give the Redis 'auth: RedisAuth.acl({ internalSecret })'`);
  }
  return secretName === undefined ? undefined : { secretName, key: secretKey! };
}

const LOGIN_OPTIONS = ['passwordSecret', 'keys', 'readKeys', 'channels', 'commands', 'user'] as const;

/** The user that is made for a workload. */
function newUser({ users, kind, version }: Acl, workload: string, { user: name = workload, passwordSecret, ...rights }: RedisConnectOptions): AclUser {
  refuse('connect', workload, [
    ...userNameProblems('user', name, users.map((each) => each.name)),
    ...(passwordSecret === undefined ? ['\'passwordSecret\' is missing: say where the password of the user is that is made with these rights, { secretName, key }']
      : secretKeyProblems('passwordSecret', passwordSecret)),
    ...aclRightsProblems('', rights, version),
  ]);
  return aclUser({ name, passwordSecret: passwordSecret!, ...rights }, kind);
}

function chosenUser({ users, usual }: Acl, { user }: RedisConnectOptions): AclUser {
  const names = users.map(({ name }) => quote(name)).join(', ');
  if (user === undefined && usual) return usual;
  if (user === undefined) {
    throw new Error(users.length === 0 ? 'the Redis has no user for applications: give RedisAuth.acl one in \'users\', or make one with { passwordSecret, keys }'
      : `it is not known as whom the workload comes: say it with { user }, one of ${names}`);
  }
  const found = users.find(({ name }) => name === user);
  if (!found) throw new Error(`'user' is ${quote(user)}, but the Redis has ${names === '' ? 'no users' : `the users ${names}`}: take one of them, or give it in 'users' of RedisAuth.acl`);
  return found;
}
