import { isIP } from 'net';
import { IConstruct } from 'constructs';
import { connectWorkload } from './connect-workload';
import { fields, isA, quote, refuse } from './node/problems';
import { authProblems, RedisAuth } from './options/auth';
import { RedisTls, tlsKindProblems } from './options/tls';
import { IRedis, RedisConnectOptions, RedisEndpoint, RedisMode } from './redis';

/** The port of Redis unless told otherwise. */
const DEFAULT_PORT = 6379;

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
   * The user that the password is of, where it has users. A workload that is connected learns it, by `REDIS_USERNAME` unless `as` says otherwise.
   *
   * @default - `default`, whom clients need not name
   */
  readonly username?: string;

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
    const { host, port = DEFAULT_PORT, auth = RedisAuth.none(), username, tls = RedisTls.none() } = fields(attributes) as RedisAttributes;
    refuse('Redis.fromAttributes', host, [
      ...(isHost(host) ? [] : [`'host' is ${quote(host)}: it takes the name or address of a host, without a port or scheme`]),
      ...(Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [`'port' is ${quote(port)}: it takes a whole number from 1 to 65535`]),
      ...authProblems(auth),
      ...(isA(RedisTls, tls) ? [...tls._problems(), ...tls._existingProblems(), ...notIssued(tls)] : tlsKindProblems(tls)),
      ...(isA(RedisAuth, auth) && auth._hasUsers ? ['\'auth\' is RedisAuth.acl, which makes users in a Redis of this library: take RedisAuth.password() or RedisAuth.none()'] : []),
      ...(username === undefined ? [] : usernameProblems(username, auth)),
    ]);
    return new ExistingRedis(new RedisEndpoint(host, port, tls.enabled), auth, tls, username);
  }

  private constructor() {}
}

/** Nobody here knows the names of one that exists already. */
function notIssued({ enabled, secretName }: RedisTls): string[] {
  return enabled && secretName === undefined ? ['\'tls\' is to be issued by cert-manager, which is for a Redis that is made here: take RedisTls.fromSecret() with its ca.crt'] : [];
}

/** Others may name their users as they like, as far as Redis takes it. */
function usernameProblems(username: string, auth: RedisAuth): string[] {
  const said = `'username' is ${quote(username)}`;
  if (typeof username !== 'string' || !/^[^\s\p{Cc}]+$/u.test(username)) return [`${said}: it takes the name of a user, without blanks and control characters`];
  if (!isA(RedisAuth, auth) || auth._hasUsers || auth.secretName !== undefined) return [];
  return [`${said}, but 'auth' has no password: leave it out, or give the password of this user, RedisAuth.password()`];
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

  constructor(readonly endpoint: RedisEndpoint, readonly auth: RedisAuth, readonly tls: RedisTls, readonly username?: string) {
    this.nodeEndpoints = [endpoint];
  }

  connect(workload: IConstruct, options: RedisConnectOptions = {}): void {
    connectWorkload(this, workload, options);
  }
}
