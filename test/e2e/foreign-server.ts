import { CertificateFiles } from './certificates';
import { kubectl, Namespace, waitFor } from './kit';

/** Where it listens, beside a node of ours in the same pod. */
const PORT = 7379;
const BUS = 17379;

/** Milliseconds for which it tries to get to know another node. */
const NODE_TIMEOUT = 5000;

/** Brings files into a container that has a place for them. */
export async function putFiles(here: Namespace, pod: string, container: string, directory: string, files: { readonly [name: string]: string }): Promise<void> {
  await here.exec(pod, container, 'mkdir', '-p', directory);
  for (const [file, text] of Object.entries(files)) {
    await kubectl(['-n', here.name, 'exec', '-i', pod, '-c', container, '--', 'sh', '-c', 'cat >"$1"', 'sh', `${directory}/${file}`], { input: text });
  }
}

/** A node of a cluster of somebody else, in a container that has the programs and a `/tmp`. It keeps nothing. */
export class ForeignServer {
  /** With a certificate it speaks TLS, to other nodes too, and trusts the authorities beside it; without one it does not. */
  static async start(here: Namespace, pod: string, container: string, files?: CertificateFiles): Promise<ForeignServer> {
    const { status } = await here.get('pod', pod);
    const server = new ForeignServer(here, pod, container, status.podIP, files !== undefined);
    await putFiles(here, pod, container, server.home, { ...files, 'redis.conf': server.conf() });
    await server.shell('redis-server "$1/redis.conf"', server.home);
    await waitFor('the foreign server answers', async () => (await server.ask('PING')) === 'PONG');
    return server;
  }

  /** Where others are told to find it. */
  readonly place: readonly string[];

  private readonly home: string;

  private constructor(
    private readonly here: Namespace, private readonly pod: string, private readonly container: string, address: string, private readonly tls: boolean,
  ) {
    this.place = [address, String(PORT), String(BUS)];
    this.home = `/tmp/foreign-${tls ? 'tls' : 'plain'}`;
  }

  private conf(): string {
    const ports = this.tls
      ? ['port 0', `tls-port ${PORT}`, 'tls-cluster yes', ...['ca-cert-file ca.crt', 'cert-file tls.crt', 'key-file tls.key'].map((line) => `tls-${line}`)]
      : [`port ${PORT}`];
    return [...ports, `dir ${this.home}`, 'daemonize yes', `pidfile ${this.home}/pid`, 'save ""', 'cluster-enabled yes', `cluster-port ${BUS}`,
      `cluster-node-timeout ${NODE_TIMEOUT}`, ''].join('\n');
  }

  /** What it answers to its own people. */
  async ask(...command: string[]): Promise<string> {
    const certificate = this.tls ? ['--tls', '--cacert', 'ca.crt', '--cert', 'tls.crt', '--key', 'tls.key'] : [];
    return (await this.shell('cd "$1" && shift && timeout 5 redis-cli "$@" 2>&1', this.home, '-p', String(PORT), ...certificate, ...command)).trim();
  }

  /** Ends it, and waits until it is gone. */
  async stop(): Promise<void> {
    const pid = (await this.shell('cat "$1/pid"', this.home)).trim();
    await this.shell('kill "$1"', pid);
    await waitFor('the foreign server is gone', async () => (await this.shell('grep "^State" "/proc/$1/status" 2>/dev/null || echo gone', pid)).match(/gone|Z/) !== null);
  }

  private shell(script: string, ...args: string[]): Promise<string> {
    return this.here.exec(this.pod, this.container, 'sh', '-c', script, 'sh', ...args);
  }
}
