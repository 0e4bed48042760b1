import { secretKeyProblems } from './secret-key';
import { Contribution } from '../node/contribution';
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
  ) {}

  /** @internal */
  public _problems(): string[] {
    if (this.secretKey === undefined) return [];
    return secretKeyProblems('auth', { secretName: this.secretName!, key: this.secretKey });
  }

  /** @internal */
  public _contribute(): Contribution {
    const problems = this._problems();
    if (this.secretName === undefined || problems.length > 0) return { owner: 'auth', problems };
    return {
      owner: 'auth',
      clientEnv: [{ name: 'REDIS_PASSWORD_FILE', value: `${DIRECTORY}/${this.secretKey}` }],
      volumes: [{ name: 'auth', secret: { secretName: this.secretName, items: [{ key: this.secretKey!, path: this.secretKey! }], defaultMode: 0o440 } }],
      clientMounts: [{ name: 'auth', mountPath: DIRECTORY, readOnly: true }],
    };
  }
}
