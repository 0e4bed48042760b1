import { RedisAuth, RedisCluster, RedisConnectOptions, RedisTls } from '../../src';
import { aclUser } from '../../src/options/acl';
import { container, only, synth, variables, workload } from '../kit';
import { Authority } from '../scripts/certificates';
import { DOMAIN, Lab } from '../scripts/cluster-lab';
import { file, Machine, Mount, until } from '../scripts/processes';

/** Of signs that a URL or a shell would read in another way. */
const PASSWORD = 'p:/@#%$w';
const USER = { name: 'shop', passwordSecret: { secretName: 'shop-password', key: 'password' }, keys: ['visit:*'] };
const USERS_PASSWORD = 'o:/@#%$p';

/** A cluster with TLS, and what a workload that is connected to it is told. */
export class Connected {
  public static async make(machine: Machine): Promise<Connected> {
    const mount = new Mount(new Authority('ours').issue(`*.${DOMAIN}`));
    const lab = await Lab.make(machine, { tls: mount.path, password: PASSWORD });
    expect((await lab.form().ended()).code).toBe(0);
    await lab.expectFormed();
    for (const node of lab.nodes.keys()) {
      // As RedisTls and RedisAuth.acl have it.
      expect(await lab.ask(node, 'CONFIG', 'SET', 'tls-auth-clients', 'no')).toBe('OK');
      expect(await lab.ask(node, 'ACL', 'SETUSER', USER.name, 'on', `>${USERS_PASSWORD}`, ...aclUser(USER, 'cluster').rules)).toBe('OK');
    }
    return new Connected(lab, mount.file('ca.crt'));
  }

  /** A file of names and addresses, for those who shall know them. */
  public readonly hosts: string;

  private constructor(private readonly lab: Lab, private readonly authorities: string) {
    this.hosts = file(lab.nodes.map((name, node) => `${lab.addresses[node]} ${name}.${DOMAIN}\n`).join(''));
  }

  public withPassword(): Record<string, string> {
    return this.told(RedisAuth.password('redis-password'), {}, PASSWORD);
  }

  public asUser(): Record<string, string> {
    return this.told(RedisAuth.acl({ users: [USER], internalSecret: 'redis-internal' }), { user: USER.name }, USERS_PASSWORD);
  }

  public async empty(): Promise<void> {
    for (const node of await this.ofRole('master')) expect(await this.lab.ask(node, 'FLUSHALL')).toBe('OK');
  }

  public async keys(): Promise<number> {
    const sizes = await Promise.all((await this.ofRole('master')).map((node) => this.lab.ask(node, 'DBSIZE')));
    return sizes.reduce((sum, size) => sum + Number(size), 0);
  }

  /** Each master becomes a replica of its replica, as before its pod is replaced. */
  public async handOver(): Promise<void> {
    const replicas = await this.ofRole('slave');
    let left = replicas;
    // A failover that is not done within 5 s is given up by Redis: then it is asked again.
    await until(async () => {
      for (const replica of left) expect(await this.lab.ask(replica, 'CLUSTER', 'FAILOVER')).toBe('OK');
      const asked = Date.now();
      while (left.length > 0 && Date.now() < asked + 6_000) {
        const masters = await this.ofRole('master');
        left = replicas.filter((replica) => !masters.includes(replica));
      }
      return left.length === 0;
    }, () => `of nodes ${replicas.join()}, ${left.join()} are no masters`);
  }

  /** A master stands still, as when its host is gone: it refuses nothing, and answers nothing. Waits for another one; gives the way back. */
  public async freeze(): Promise<() => void> {
    const process = this.lab.processes[(await this.ofRole('master'))[0]];
    process.signal('SIGSTOP');
    await until(async () => (await this.ofRole('master')).length === 3);
    return () => process.signal('SIGCONT');
  }

  public async whole(): Promise<void> {
    const linked = async (node: number) => (await this.lab.ask(node, 'INFO', 'replication')).includes('master_link_status:up');
    await until(async () => (await Promise.all((await this.ofRole('slave')).map(linked))).filter(Boolean).length === 3);
    await this.lab.expectFormed();
  }

  private async ofRole(role: string): Promise<number[]> {
    const nodes = [...this.lab.nodes.keys()];
    const roles = await Promise.all(nodes.map((node) => this.lab.askShortly(node, 'ROLE')));
    return nodes.filter((node) => roles[node].startsWith(role));
  }

  /** The variables that `connect` gives, for the port of this cluster, with what Kubernetes takes from Secrets. */
  private told(auth: RedisAuth, options: RedisConnectOptions, password: string): Record<string, string> {
    const manifests = synth((chart) => {
      const redis = new RedisCluster(chart, 'redis', { auth, tls: RedisTls.fromSecret('redis-tls') });
      redis.connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }), options);
    }, 'test');
    const given = variables(container(only(manifests, 'Deployment'), 'web'));
    const texts = Object.entries(given).filter(([, value]) => typeof value === 'string').map(([name, value]) => [name, value.replaceAll(':6379', `:${this.lab.port}`)]);
    return { ...Object.fromEntries(texts), REDIS_PORT: `${this.lab.port}`, REDIS_PASSWORD: password, REDIS_CA_FILE: this.authorities };
  }
}
