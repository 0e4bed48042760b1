import { Cluster } from 'ioredis';
import { CertificateFiles } from './certificates';
import { LabOptions } from './cluster-lab';
import { Ward } from './cluster-ward';
import { Running, until } from './processes';

/** How a cluster is served at a step from plain to TLS, or back. */
export type Served = Pick<LabOptions, 'tls' | 'tlsPort' | 'plain' | 'reach'>;

/** A client of the whole cluster that writes one key after the other, and knows which writes were acknowledged. */
export class ClusterWriter {
  public readonly acknowledged = new Map<string, string>();
  public refused: string[] = [];

  private readonly client: Cluster;
  private readonly writing: Promise<void>;
  private stopped = false;

  constructor(ward: Ward, private readonly name: string, port: number, files?: CertificateFiles) {
    const { lab } = ward;
    const [username, password] = lab.users?.tester ?? [];
    // Names of pods lead nowhere on this machine.
    const address = (host: string) => lab.addresses[lab.nodes.indexOf(host.split('.')[0])] ?? host;
    const tls = files && { tls: { ca: files['ca.crt'], cert: files['tls.crt'], key: files['tls.key'], checkServerIdentity: () => undefined } };
    this.client = new Cluster(lab.addresses.map((host) => ({ host, port })), {
      clusterRetryStrategy: () => 100,
      retryDelayOnFailover: 100,
      // While a master hands over, two nodes may send a client to each other for a moment.
      maxRedirections: 1000,
      natMap: (key) => ({ host: address(key.slice(0, key.lastIndexOf(':'))), port: Number(key.slice(key.lastIndexOf(':') + 1)) }),
      redisOptions: { ...tls, username, password, commandTimeout: 20_000 },
    });
    this.client.on('error', () => undefined);
    this.writing = this.write();
  }

  /** As many writes more were acknowledged. */
  public async goesOn(more = 200): Promise<void> {
    const before = this.acknowledged.size;
    await until(() => this.acknowledged.size >= before + more, () => `the writer ${this.name} stands still: ${this.refused.slice(-3).join()}`);
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    await this.writing;
  }

  public end(): void {
    this.client.disconnect();
  }

  /** The writes of another one that are not there. */
  public async missing(other: ClusterWriter): Promise<string[]> {
    const missing = [];
    for (const [key, value] of other.acknowledged) if (await this.client.get(key) !== value) missing.push(key);
    return missing;
  }

  private async write(): Promise<void> {
    for (let count = 0; !this.stopped; count++) {
      const [key, value] = [`${this.name}:${count}`, `value ${count}`];
      try {
        await this.client.set(key, value);
        this.acknowledged.set(key, value);
      } catch (error) {
        this.refused.push((error as Error).message);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

/** What `kubectl apply` does: another Job, and one pod after the other with other ports, each as soon as the one before is ready. */
export class Rollout {
  public readonly job: Running;

  private readonly former: Array<Record<string, string>>;

  constructor(private readonly ward: Ward, served: Served) {
    const { lab } = ward;
    this.former = lab.nodes.map((_, node) => lab.env(node));
    lab.encrypt(served.tls, served);
    this.job = lab.form();
  }

  public async replace(nodes: readonly number[] = [...this.ward.lab.nodes.keys()].reverse()): Promise<void> {
    for (const node of nodes) {
      await this.begin(node);
      await this.ready(node);
    }
  }

  public async begin(node: number): Promise<void> {
    const { lab } = this.ward;
    // On a busy machine a handover may take longer than a pod has time for, and a replica may be away for a moment.
    const env = { ...this.former[node], POD_IP: lab.addresses[node], PRE_STOP_SECONDS: '60' };
    await until(async () => {
      expect((await lab.script('cluster-pre-stop.sh', [], env).ended()).code).toBe(0);
      // One that reaches nobody calls itself a master elsewhere.
      return (await lab.list(node)).some(({ flags }) => flags.includes('myself') && flags.includes('slave'));
    }, () => `${lab.nodes[node]} does not hand over\n${this.ward.said()}`, 500);
    await this.ward.end(node);
    this.ward.begin(node);
  }

  /** Why a pod is not ready, or nothing. */
  public async trouble(node: number): Promise<string> {
    const { lab } = this.ward;
    const { code, text } = await lab.script('cluster-ready.sh', [], { ...lab.env(node), ...lab.probe() }).ended();
    return code === 0 ? '' : text || `exit code ${code}`;
  }

  public async ready(node: number): Promise<void> {
    const { lab } = this.ward;
    let why = '';
    await until(async () => {
      why = await this.trouble(node);
      return why === '';
    }, () => `${lab.nodes[node]} is not ready: ${why}\n${lab.processes[node].lines.slice(-5).join('\n')}`, 200);
  }

  /** The pods are replaced and the Job has come to its end: this step is done. */
  public async done(): Promise<void> {
    const { code, text } = await this.job.ended();
    if (code !== 0) throw new Error([text, this.ward.said(), ...this.ward.lab.processes.map(({ output }, node) => `--- ${node}\n${output}`)].join('\n'));
    expect(text).toContain('the cluster is formed');
  }
}
