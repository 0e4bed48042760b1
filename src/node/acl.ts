import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { InternalUser, internalName, INTERNAL_USERS, internalUsers, RedisKind } from './internal-users';

/** A user of Redis: what it may do, as ACL SETUSER takes it, and where its password is. */
export interface AclUser {
  readonly name: string;
  readonly rules: readonly string[];
  readonly secretName: string;
  readonly key: string;
}

/** What has users: its name, what it is, and the version of its image. */
export interface AclTarget {
  readonly name: string;
  readonly kind: RedisKind;
  readonly version: string;
  /** Whether Sentinels watch it, which have users too. */
  readonly sentinels?: boolean;
  /** Whether an exporter asks it. */
  readonly metrics?: boolean;
}

/**
 * What an application may ask a Sentinel: who is the master, who else is there, and when that changes. Whoever publishes there could name other Sentinels, and whoever
 * kills or pauses its clients could keep it from electing.
 */
const CLIENT_OF_SENTINELS = [
  '&*', '+@connection', '-@dangerous', '-@admin', '+info', '+role', ...['ckquorum', 'get-master-addr-by-name', 'master', 'masters', 'replicas', 'sentinels', 'slaves'].map((name) => `+sentinel|${name}`),
  '+psubscribe', '+punsubscribe', '+subscribe', '+unsubscribe',
];

/** Where the rules and the passwords of all users are in the containers that give them to Redis. */
const USERS_DIRECTORY = '/redis-users';

/** Where a container that only talks to Redis has the one password that it shows. */
const LOGIN_DIRECTORY = '/redis-login';

const PASSWORDS = 'passwords';

/** Passwords are for the group of the pod alone. */
const MODE = 0o440;

/** What a container needs that acts as a user. */
export interface Login {
  readonly env: readonly k8s.EnvVar[];
  readonly mounts: readonly k8s.VolumeMount[];
  readonly volumes: readonly k8s.Volume[];
}

const NOBODY: Login = { env: [], mounts: [], volumes: [] };

/** The users of one Redis, more of which may come until it is rendered. */
export class Acl {
  /** The volume with the rules and the passwords of all, and that of the Sentinels. */
  public readonly volume: k8s.Volume;
  public readonly sentinelVolume: k8s.Volume;
  public readonly mount: k8s.VolumeMount = { name: 'users', mountPath: USERS_DIRECTORY, readOnly: true };
  public readonly env: k8s.EnvVar = { name: 'REDIS_USERS', value: USERS_DIRECTORY };

  public readonly name: string;
  public readonly kind: RedisKind;
  public readonly version: string;

  private readonly sentinels: boolean;
  private readonly metrics: boolean;
  private readonly added: AclUser[];

  constructor(
    { name, kind, version, sentinels = false, metrics = false }: AclTarget,
    public readonly internalSecret: string,
    private readonly given: readonly AclUser[],
  ) {
    this.name = name;
    this.kind = kind;
    this.version = version;
    this.sentinels = sentinels;
    this.metrics = metrics;
    this.added = [...given];
    this.volume = this.volumeOf(kind);
    this.sentinelVolume = this.volumeOf('sentinel');
  }

  /** The applications' users. */
  public get users(): readonly AclUser[] {
    return this.added;
  }

  /** Who comes where nobody is named. A user that was made for one workload is no other's, whatever the order in which they are connected. */
  public get usual(): AclUser | undefined {
    return this.given.length === 1 ? this.given[0] : undefined;
  }

  public add(user: AclUser): void {
    this.added.push(user);
  }

  /** The rules of all kinds of servers that it has, as files of lines `<name> <rule>...`. */
  public get files(): { readonly [file: string]: string } {
    return Object.fromEntries(this.kinds.map((kind) => [this.fileOf(kind), this.usersOf(kind).map(({ name, rules }) => `${[name, ...rules].join(' ')}\n`).join('')]));
  }

  private get kinds(): RedisKind[] {
    return [this.kind, ...(this.sentinels ? ['sentinel'] as const : [])];
  }

  private fileOf(kind: RedisKind): string {
    return kind === this.kind ? RULES : `${kind}-${RULES}`;
  }

  private usersOf(kind: RedisKind): AclUser[] {
    return [...this.internal(kind), ...this.applications(kind)];
  }

  private internal(kind: RedisKind): AclUser[] {
    return internalUsers(kind, this.metrics).filter((user) => user !== 'sentinel' || this.sentinels).map((user) => (
      { name: internalName(user), rules: INTERNAL_USERS[user].rules[kind]!, secretName: this.internalSecret, key: user }));
  }

  private applications(kind: RedisKind): AclUser[] {
    return kind === 'sentinel' ? this.added.map((user) => ({ ...user, rules: CLIENT_OF_SENTINELS })) : this.added;
  }

  private volumeOf(kind: RedisKind): k8s.Volume {
    return { name: 'users', projected: { defaultMode: MODE, sources: Lazy.any({ produce: () => this.sources(kind) }) as unknown as k8s.VolumeProjection[] } };
  }

  private sources(kind: RedisKind): k8s.VolumeProjection[] {
    const internal = this.internal(kind);
    const exporter = internal.filter(({ name }) => name === internalName('exporter'));
    // An application, or who only watches, whose password is not there yet must not keep the pod from starting: only its user waits.
    return [
      { configMap: { name: usersConfigMap(this.name), items: [{ key: this.fileOf(kind), path: RULES }] } },
      ...passwordSources(internal.filter((user) => !exporter.includes(user))),
      ...passwordSources([...exporter, ...this.applications(kind)]).map(({ secret }) => ({ secret: { ...secret, optional: true } })),
    ];
  }

  /** Where the password of a user is, in a container that has those of all. */
  public passwordFile(user: InternalUser): string {
    return `${USERS_DIRECTORY}/${PASSWORDS}/${internalName(user)}`;
  }

  /** For a container that has the passwords of all users anyway. */
  public loginAmongAll(user: InternalUser): k8s.EnvVar[] {
    return loginEnv(user, `${USERS_DIRECTORY}/${PASSWORDS}`);
  }

  /** For a container that has no other password. */
  public login(user: InternalUser): Login {
    const volume = `login-${user}`;
    const items = [{ key: user, path: internalName(user) }];
    return {
      env: loginEnv(user, LOGIN_DIRECTORY),
      mounts: [{ name: volume, mountPath: LOGIN_DIRECTORY, readOnly: true }],
      volumes: [{ name: volume, secret: { secretName: this.internalSecret, items, defaultMode: MODE } }],
    };
  }
}

const RULES = 'rules';

/** The Secrets of users, each once, with their passwords as files. */
function passwordSources(users: readonly AclUser[]): Array<{ secret: k8s.SecretProjection }> {
  const items = new Map<string, k8s.KeyToPath[]>();
  for (const { name, secretName, key } of users) items.set(secretName, [...items.get(secretName) ?? [], { key, path: `${PASSWORDS}/${name}` }]);
  return [...items].map(([name, keys]) => ({ secret: { name, items: keys } }));
}

function loginEnv(user: InternalUser, directory: string): k8s.EnvVar[] {
  return [{ name: 'REDIS_USER', value: internalName(user) }, { name: 'REDIS_PASSWORD_FILE', value: `${directory}/${internalName(user)}` }];
}

/** What a container needs to act as a user; nothing where there are no users. */
export function loginOf(acl: Acl | undefined, user: InternalUser): Login {
  return acl?.login(user) ?? NOBODY;
}

/** A command that acts as another user than its container does. */
export function actingAs(acl: Acl | undefined, user: InternalUser, command: string[]): string[] {
  return acl ? ['env', ...acl.loginAmongAll(user).map(({ name, value }) => `${name}=${value}`), ...command] : command;
}

/** Which user a replica is to its master, where it is not `default`. */
export function copierEnv(acl: Acl | undefined): k8s.EnvVar[] {
  return acl ? [{ name: 'REDIS_COPIER', value: internalName('replication') }] : [];
}

/** The ConfigMap with the rules of a Redis. */
export function usersConfigMap(name: string): string {
  return `${name}-users`;
}

/** Another copy of the library in the same app must find it too. */
const ACL = Symbol.for('cdk8s-redis-constructs.acl');

/** The users of a Redis, or nothing where it has none or is not ours. */
export function aclOf(redis: object): Acl | undefined {
  return (redis as { [ACL]?: Acl })[ACL];
}

/** Makes the rules an object of a Redis. They are read when they are rendered: `connect` may add some. */
export function makeUsers(scope: Construct, acl: Acl | undefined, metadata: (name: string) => k8s.ObjectMeta): ApiObject | undefined {
  if (!acl) return undefined;
  Object.defineProperty(scope, ACL, { value: acl });
  return new k8s.KubeConfigMap(scope, 'users', { metadata: metadata(usersConfigMap(acl.name)), data: Lazy.any({ produce: () => acl.files }) as unknown as { [file: string]: string } });
}
