import { aclFor, aclProblems, RedisAclOptions } from './acl';
import { secretKeyProblems } from './secret-key';
import { AclTarget } from '../node/acl';
import { Contribution } from '../node/contribution';
import { internalName } from '../node/internal-users';
import { isA } from '../node/problems';

/** Where a Secret's password is in the containers. */
const DIRECTORY = '/redis-auth';

const DEFAULT_KEY = 'password';

/** What is wrong with `auth`. Does not show what is no RedisAuth, since it may be the password itself. */
export function authProblems(auth: RedisAuth): string[] {
  if (isA(RedisAuth, auth)) return auth._problems();
  return ['\'auth\' is no RedisAuth: it takes RedisAuth.none() or the name of a Secret, such as RedisAuth.password(\'redis-password\')'];
}

/**
 * Who may talk to a Redis.
 *
 * @example
 * new RedisStandalone(chart, 'redis', { auth: RedisAuth.password('redis-password') });
 */
export class RedisAuth {
  /**
   * Whoever reaches the port may do everything. Only for a network that nobody else is on.
   */
  public static none(): RedisAuth {
    return new RedisAuth();
  }

  /**
   * One password, for Redis' `default` user, out of a Secret that you made.
   *
   * The Secret is referenced and never read: no password is in the YAML, in an argument or in a log. It must be in the namespace of the
   * Redis, and in that of each workload that is connected to it.
   *
   * @param secretName name of the Secret
   * @param key key in the Secret whose value is the password, `password` unless given
   */
  public static password(secretName: string, key: string = DEFAULT_KEY): RedisAuth {
    return new RedisAuth(secretName, key);
  }

  /**
   * Users with rights of their own. The user `default` is off: who does not log in may do nothing.
   *
   * All passwords are in Secrets that you made, in the namespace of the Redis. What this library itself does in the pods, it does as users that may do no more
   * than that; their passwords are in one Secret.
   *
   * @param options the users of your applications, and the Secret of the others
   *
   * @example
   * const store = new RedisStandalone(chart, 'redis', {
   *   auth: RedisAuth.acl({
   *     users: [{ name: 'shop', passwordSecret: { secretName: 'shop-password', key: 'password' }, keys: ['shop:*'] }],
   *     internalSecret: 'redis-internal',
   *   }),
   * });
   * store.connect(web, { user: 'shop' });
   */
  public static acl(options: RedisAclOptions): RedisAuth {
    // From JavaScript it may be nothing, which must not become nobody.
    return new RedisAuth(undefined, undefined, options ?? {});
  }

  private constructor(
    /**
     * Name of the Secret with the password.
     *
     * @default - no password
     */
    public readonly secretName?: string,
    /**
     * Key in the Secret.
     *
     * @default - no password
     */
    public readonly secretKey?: string,
    private readonly users?: RedisAclOptions,
  ) {}

  /**
   * Whether it has users with rights of their own.
   *
   * @internal
   */
  public get _hasUsers(): boolean {
    return this.users !== undefined;
  }

  /**
   * As whom a console looks into it.
   *
   * @internal
   */
  public get _console(): { readonly user?: string; readonly secretName: string; readonly key: string } | undefined {
    if (this.users) return { user: internalName('console'), secretName: this.users.internalSecret, key: 'console' };
    return this.secretName === undefined ? undefined : { secretName: this.secretName, key: this.secretKey! };
  }

  /** @internal */
  public _problems(version?: string): string[] {
    if (this.users !== undefined) return aclProblems(this.users, version);
    if (this.secretKey === undefined) return [];
    return secretKeyProblems('auth', { secretName: this.secretName!, key: this.secretKey });
  }

  /** @internal */
  public _contribute(target: AclTarget): Contribution {
    const problems = this._problems(target.version);
    if (this.users !== undefined && problems.length === 0) {
      const acl = aclFor(this.users, target);
      return { owner: 'auth', acl, env: [acl.env, ...acl.loginAmongAll('probe')], volumes: [acl.volume], mounts: [acl.mount] };
    }
    if (this.secretName === undefined || problems.length > 0) return { owner: 'auth', problems };
    return {
      owner: 'auth',
      clientEnv: [{ name: 'REDIS_PASSWORD_FILE', value: `${DIRECTORY}/${this.secretKey}` }],
      volumes: [{ name: 'auth', secret: { secretName: this.secretName, items: [{ key: this.secretKey!, path: this.secretKey! }], defaultMode: 0o440 } }],
      clientMounts: [{ name: 'auth', mountPath: DIRECTORY, readOnly: true }],
    };
  }
}
