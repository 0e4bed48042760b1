import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ApiObject, Chart } from 'cdk8s';
import { Namespace, waitFor } from './kit';

const POD = 'writer';

/** How a client finds what it writes to: see writer-program.js. */
export type WriterMode = 'cluster' | 'server' | 'sentinel';

/** Where the pod finds the programs, before they are unpacked where Node.js finds their modules. */
const MOUNT = '/writer';

/** An acknowledged write that is gone, and when it was acknowledged, in milliseconds of the writer's clock. */
export interface LostWrite {
  readonly key: string;
  readonly at: number;
}

/** A time without an acknowledged write: after which moment, and how long. */
export interface Pause {
  readonly at: number;
  readonly ms: number;
}

export interface ShardReport {
  readonly written: number;
  /** When the first write was acknowledged. */
  readonly first: number;
  /** When the last one was. */
  readonly last: number;
  /** The 200 longest ones, the longest first. */
  readonly pauses: readonly Pause[];
  readonly lost: readonly LostWrite[];
}

/** What the writer saw, in the order of the shards that it was given. */
export interface WriterReport {
  readonly started: number;
  /** Milliseconds for which the writer itself was held up at most: a pause of that length may be the machine's. */
  readonly heldUp: number;
  /** Errors that ioredis passed on, and how often. */
  readonly errors: { readonly [message: string]: number };
  readonly shards: readonly ShardReport[];
}

/** The pod of the writer, which keeps off the hosts that have accidents. */
export function writerPod(chart: Chart, host: string, name = POD): ApiObject {
  return new ApiObject(chart, name, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      nodeSelector: { 'kubernetes.io/hostname': host },
      // Each run leaves processes behind, which the first one of the pod then clears away.
      shareProcessNamespace: true,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{
        name: 'writer',
        image: 'node:20',
        command: ['sh', '-c', `cp ${MOUNT}/*.js /tmp && tar xzf ${MOUNT}/modules.tgz -C /tmp && touch /tmp/unpacked && exec sleep 100000`],
        // On a busy host a pod without a request waits for all others, and its pauses would count as those of Redis.
        resources: { requests: { cpu: '500m' } },
        readinessProbe: { exec: { command: ['test', '-f', '/tmp/unpacked'] }, periodSeconds: 1 },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'programs', mountPath: MOUNT }],
      }],
      volumes: [{ name: 'programs', configMap: { name: 'writer' } }],
    },
  });
}

/** The programs and all that they import, as a ConfigMap: a pod may reach no registry. */
export async function makePrograms(namespace: Namespace): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'writer-'));
  try {
    const archive = join(directory, 'modules.tgz');
    const root = join(__dirname, '../..');
    writeFileSync(archive, execFileSync('tar', ['czf', '-', '--exclude=*.d.ts', '--exclude=*.md', '-C', root, ...modulesOf('ioredis', root)]));
    const files = [join(__dirname, 'writer-program.js'), join(__dirname, 'writer-look.js'), join(__dirname, 'writer-look-replication.js'), join(__dirname, 'writer-tls.js'),
      join(__dirname, 'writer-certificate.js'), archive];
    await namespace.kubectl('create', 'configmap', POD, ...files.map((file) => `--from-file=${file}`));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The directories of a module and of all that it depends on, below the root. */
function modulesOf(name: string, root: string): string[] {
  const directories = new Set<string>();
  const add = (module: string) => {
    const directory = join('node_modules', module);
    if (directories.has(directory)) return;
    directories.add(directory);
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));
    Object.keys(dependencies).forEach(add);
  };
  add(name);
  return [...directories];
}

/** What is not as usual for a run of the writer. */
export interface WriterOptions {
  /** Milliseconds between two writes of a shard, 2 by default. */
  readonly between?: number;
  /** How it finds what it writes to, as a client of a cluster by default. */
  readonly mode?: WriterMode;
  /** The pod that it runs in, `writer` by default. */
  readonly pod?: string;
  /** Variables other than those of the pod, where it is not connected to what is meant. */
  readonly env?: { readonly [name: string]: string };
}

/** One run of the writer, in its pod, which must be ready. */
export class Writer {
  /** Begins to write to shards with these slots; whether anything is there that takes the writes is not the writer's concern. */
  static async start(namespace: Namespace, name: string, slots: readonly string[], options: WriterOptions = {}): Promise<Writer> {
    const { between = 2, mode = 'cluster', pod = POD, env = {} } = options;
    const writer = new Writer(namespace, name, pod);
    const before = Date.now();
    const clock = await writer.shell('date +%s%3N');
    writer.ahead = Math.round(Number(clock) - (before + Date.now()) / 2);
    const variables = Object.entries({ BETWEEN: String(between), ...env }).map(([variable, value]) => `${variable}=${value}`).join(' ');
    await writer.shell(`${variables} node /tmp/writer-program.js ${mode} ${name} ${slots.join(' ')} >/tmp/${name}.log 2>&1 &`);
    return writer;
  }

  /** How far the clock of the writer's host is ahead of ours, in milliseconds. */
  private ahead = 0;

  private constructor(private readonly namespace: Namespace, private readonly name: string, private readonly pod: string) {}

  /** A moment of ours on the writer's clock. */
  clock(moment: number): number {
    return moment + this.ahead;
  }

  /** Waits until a write to each shard was acknowledged. */
  async writing(): Promise<void> {
    await waitFor('the writer writes', () => this.shell(`test -f /tmp/${this.name}.writing`).then(() => true), { ...this.patience, every: 200 });
  }

  /** Ends the writing and waits for what it reads back. */
  async stop(): Promise<WriterReport> {
    await this.shell(`touch /tmp/${this.name}.stop`);
    return JSON.parse(await waitFor('the writer has read back its writes', () => this.shell(`cat /tmp/${this.name}.json`), { ...this.patience, every: 500 }));
  }

  private get patience() {
    return { seconds: 300, explain: () => this.shell(`cat /tmp/${this.name}.log; ls -l /tmp`).catch((error: Error) => error.message) };
  }

  private shell(command: string): Promise<string> {
    return this.namespace.exec(this.pod, 'writer', 'sh', '-c', command);
  }
}

/** What the nodes at these addresses say of their cluster; nothing of one that does not answer. */
export async function look(namespace: Namespace, addresses: readonly string[]): Promise<Array<NodeView | null>> {
  return JSON.parse(await namespace.exec(POD, POD, 'node', '/tmp/writer-look.js', ...addresses));
}

/** What a node answers to CLUSTER NODES, CLUSTER INFO and INFO replication. */
export interface NodeView {
  readonly nodes: string;
  readonly info: string;
  readonly replication: string;
}
