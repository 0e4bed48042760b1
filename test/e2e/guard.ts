import { RedisAclUser, RedisAuth, RedisClientCertificates, RedisTls } from 'cdk8s-redis-constructs';
import { Authority, CertificateFiles, setCertificate } from './certificates';
import { ClusterOptions } from './cluster-under-test';
import { apply, kubectl, Namespace } from './kit';
import { internalUsers, RedisKind } from '../../src/node/internal-users';

/** The user of the writer. */
export const WRITER: RedisAclUser = { name: 'writer', passwordSecret: { secretName: 'writer-password', key: 'password' }, keys: ['*'] };

/** A person, who may do everything but read keys. */
export const OPERATOR: RedisAclUser = { name: 'operator', passwordSecret: { secretName: 'operator-password', key: 'password' }, commands: ['@all', '@admin', '@dangerous'] };

const INTERNAL = 'redis-internal';
const CERTIFICATE = 'redis-tls';
const CLIENT_CERTIFICATE = 'writer-tls';

/** What is guarded: what it is, and by which names it is called in its namespace. */
export interface Guarded {
  readonly kind: RedisKind;
  readonly hosts: readonly string[];
}

const CLUSTER: Guarded = { kind: 'cluster', hosts: ['redis-cluster', '*.redis-cluster-nodes'] };

/** What keeps others away from the Redis of a namespace: its users, with `default` off, and TLS. */
export class Guard {
  /** Makes the Secrets, before there is a Redis. */
  static async make(here: Namespace, clientCertificates = RedisClientCertificates.NONE, guarded = CLUSTER, authority = new Authority('e2e')): Promise<Guard> {
    const guard = new Guard(here, authority, clientCertificates, guarded);
    await guard.setPasswords('one');
    await guard.setCertificate(guard.issue());
    await guard.setClientCertificate(guard.issueForClient());
    return guard;
  }

  /** What the Redis and the writer need to be told. */
  readonly options: ClusterOptions;

  private constructor(private readonly here: Namespace, readonly authority: Authority, clientCertificates: RedisClientCertificates, private readonly guarded: Guarded) {
    this.options = {
      auth: RedisAuth.acl({ users: [WRITER, OPERATOR], internalSecret: INTERNAL }),
      user: WRITER.name,
      tls: RedisTls.fromSecret(CERTIFICATE, { clientCertificates }),
      clientCertificate: clientCertificates === RedisClientCertificates.REQUIRED ? CLIENT_CERTIFICATE : undefined,
    };
  }

  /** Gives all users passwords that tell whose they are and which time they were made for. */
  async setPasswords(time: string): Promise<void> {
    await this.setSecret(INTERNAL, Object.fromEntries(internalUsers(this.guarded.kind, true).map((user) => [user, passwordOf(user, time)])));
    for (const { name, passwordSecret } of [WRITER, OPERATOR]) await this.setSecret(passwordSecret.secretName, { [passwordSecret.key]: passwordOf(name, time) });
  }

  /** Another certificate for the nodes, with all names by which clients call them. */
  issue(authority = this.authority): CertificateFiles {
    const { hosts } = this.guarded;
    return authority.issue(hosts[0], ...hosts.slice(1), ...['', '.cluster.local'].flatMap((domain) => hosts.map((host) => `${host}.${this.here.name}.svc${domain}`)));
  }

  /** Another one for the writer. */
  issueForClient(authority = this.authority): CertificateFiles {
    return authority.issue(WRITER.name);
  }

  setCertificate(files: CertificateFiles): Promise<void> {
    return setCertificate(this.here, CERTIFICATE, files);
  }

  setClientCertificate(files: CertificateFiles): Promise<void> {
    return setCertificate(this.here, CLIENT_CERTIFICATE, files);
  }

  /** Both, with the authorities of the nodes' Secret for all: returns what the writer has in the end. */
  async setCertificates(nodes: CertificateFiles, client: CertificateFiles): Promise<CertificateFiles> {
    await this.setCertificate(nodes);
    await this.setClientCertificate(client);
    return { ...client, 'ca.crt': nodes['ca.crt'] };
  }

  private async setSecret(name: string, values: { [key: string]: string }): Promise<void> {
    const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
    await apply(await kubectl(['-n', this.here.name, 'create', 'secret', 'generic', name, ...literals, '--dry-run=client', '-o', 'yaml']));
  }
}

/** Somebody wanted more than it may, or did not log in as it should, as a node has noted it. */
interface Refusal {
  readonly reason: string;
  readonly object: string;
  readonly username: string;
}

/** What a node has refused since it was started. */
export async function refusals(here: Namespace, pod: string): Promise<Refusal[]> {
  // Where there is one password, who has it may ask.
  const shell = '[ -z "$REDIS_USERS" ] || export REDIS_USER=operator REDIS_PASSWORD_FILE="$REDIS_USERS/passwords/operator"; . /scripts/redis.sh; redis --json ACL LOG';
  return JSON.parse(await here.exec(pod, 'redis', 'sh', '-c', shell));
}

/** Expects that no node of a Redis of that name has refused anything, and that no log that is left says so. */
export async function expectNothingRefused(here: Namespace, pods: readonly string[], name = 'redis-cluster'): Promise<void> {
  for (const pod of pods) {
    // A replica shows a name that nobody has while it does not know who is at the address of its master.
    const wrong = (await refusals(here, pod)).filter(({ reason, username }) => !(reason === 'auth' && username.startsWith('nobody@')));
    expect([pod, wrong]).toEqual([pod, []]);
  }
  const logs = await here.kubectl('logs', '-l', `app.kubernetes.io/instance=${name}`, '--all-containers', '--prefix', '--tail=-1', '--max-log-requests=50');
  expect(logs.split('\n').filter((line) => /NOPERM|NOAUTH/.test(line))).toEqual([]);
}

/** What all passwords have in them, and nothing else. */
export const TELLTALE = 'tell-tale';

/** The password that a user was given at that time. */
export function passwordOf(user: string, time: string): string {
  // With what a shell and redis.conf might read in another way.
  return `${TELLTALE} "\\${user}" ${time}`;
}
