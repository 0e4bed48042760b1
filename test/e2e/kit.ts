import { spawn } from 'child_process';
import { randomBytes } from 'crypto';
import { App, Chart, YamlOutputType } from 'cdk8s';
import { podLine } from './pod-line';

/** The image of the tests' own clients, which has redis-cli. */
export const CLIENT_IMAGE = 'redis:8.6.3';

/** Seconds for what takes a few on an idle cluster. */
const PATIENCE = 180;

/** Label by which Kubernetes refuses pods below its "restricted" standard. */
export const ENFORCE = 'pod-security.kubernetes.io/enforce';

export interface Outcome {
  /** Exit code, or nothing where the program did not run or did not end by itself. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, timeout: 240_000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    // Who does not read its input to the end says why in its exit code.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => resolve({ code: null, stdout, stderr: `${program} cannot be run: ${error.message}` }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

/** What kubectl prints, or an error with what it complains about. */
export async function kubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run('kubectl', args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** What a user does with a manifest, and nothing else. */
export function apply(yaml: string): Promise<string> {
  return kubectl(['apply', '-f', '-'], { input: yaml });
}

export interface WaitOptions {
  /** Deadline. It only ends a wait that is in vain: no test measures time. */
  readonly seconds?: number;
  /** Milliseconds between two questions. */
  readonly every?: number;
  /** What else to say when the wait was in vain. */
  readonly explain?: () => Promise<string>;
}

/** Asks until there is an answer. An error is no answer yet: pods come and go while a test waits. */
export async function waitFor<T>(what: string, ask: () => Promise<T | undefined | false>, options: WaitOptions = {}): Promise<T> {
  const { seconds = PATIENCE, every = 1000, explain } = options;
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let trouble = '';
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      trouble = `\n${(error as Error).message}`;
    }
    if (Date.now() > deadline) {
      const explanation = explain ? `\n${await explain()}` : '';
      throw new Error(`Waited ${seconds} seconds for this: ${what}.${trouble}${explanation}`);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** What tests want to know of a pod. */
export interface PodState {
  readonly uid: string;
  readonly host?: string;
  readonly ready: boolean;
  readonly leaving: boolean;
  /** Restarts of each container. */
  readonly restarts: { readonly [container: string]: number };
}

/** What is known of a pod that the server has. */
function podState({ metadata, spec, status }: any): PodState {
  return {
    uid: metadata.uid,
    host: spec.nodeName,
    ready: status.conditions?.some((condition: any) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    leaving: metadata.deletionTimestamp !== undefined,
    restarts: Object.fromEntries((status.containerStatuses ?? []).map((container: any) => [container.name, container.restartCount])),
  };
}

/** The same of the pods of these names among some objects; an error where one is missing. */
export function podStates(objects: readonly any[], names: readonly string[]): { [name: string]: PodState } {
  return Object.fromEntries(names.map((name) => [name, podState(objectOf(objects, 'Pod', name))]));
}

/** The object of that name among some; an error where it is missing. */
export function objectOf(objects: readonly any[], kind: string, name: string): any {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}`);
  return found;
}

/** A namespace of the cluster. */
export class Namespace {
  constructor(readonly name: string) {}

  kubectl(...args: string[]): Promise<string> {
    return kubectl(['-n', this.name, ...args]);
  }

  /** An object as the server has it. */
  async get(kind: string, name: string): Promise<any> {
    return JSON.parse(await this.kubectl('get', kind, name, '-o', 'json'));
  }

  /** All objects of some kinds, such as `pods,services`, as the server has them. */
  async all(kinds: string): Promise<any[]> {
    return JSON.parse(await this.kubectl('get', kinds, '-o', 'json')).items;
  }

  async pod(name: string): Promise<PodState> {
    return podState(await this.get('pod', name));
  }

  /** Waits until the pod is ready; where a former one is given, until another one is. */
  ready(name: string, former?: PodState): Promise<PodState> {
    return waitFor(`${former ? 'another' : 'the'} pod ${name} is ready`, async () => {
      const pod = await this.pod(name);
      return pod.ready && !pod.leaving && pod.uid !== former?.uid && pod;
    }, { explain: () => this.explain(name) });
  }

  /** Those of these names, all of which must be there. One question for all: each kubectl takes a tenth of a second of CPU, which the pods need themselves. */
  async pods(...names: string[]): Promise<{ [name: string]: PodState }> {
    return podStates(await this.all('pods'), names);
  }

  /** Deletes a pod that something keeps, and waits for the next one. */
  async replace(name: string, ...options: string[]): Promise<PodState> {
    const former = await this.pod(name);
    await this.kubectl('delete', 'pod', name, ...options);
    return this.ready(name, former);
  }

  /** What a person would look at when a pod does not behave: the shortest first, since CI may show no more. */
  async explain(pod: string): Promise<string> {
    return [await this.overview(), await this.details(pod)].join('\n');
  }

  /** A line for each pod, and what the kubelet and others have noted of those that are not ready or are leaving. */
  async overview(): Promise<string> {
    try {
      const pods = await this.all('pods');
      const stuck = pods.filter((pod) => pod.status.phase !== 'Succeeded' && (!podState(pod).ready || podState(pod).leaving));
      const events = await Promise.all(stuck.map(async ({ metadata: { name } }) => {
        const { stdout, stderr } = await run('kubectl', ['-n', this.name, 'get', 'events', '--field-selector', `involvedObject.name=${name}`, '--sort-by=.lastTimestamp']);
        return `--- events of ${name}\n${stdout}${stderr}`;
      }));
      return [`--- pods at ${new Date().toISOString()}`, ...pods.map(podLine), ...events].join('\n');
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** What is long to read of a pod. */
  async details(pod: string): Promise<string> {
    const looks = [
      ['describe', 'pod', pod],
      ['logs', pod, '--all-containers', '--prefix', '--tail=30'],
      ['logs', pod, '--previous', '--tail=30'],
    ];
    const outcomes = await Promise.all(looks.map((look) => run('kubectl', ['-n', this.name, ...look])));
    return outcomes.map(({ stdout, stderr }, index) => `--- kubectl ${looks[index].join(' ')}\n${stdout}${stderr}`).join('\n');
  }

  exec(pod: string, container: string, ...command: string[]): Promise<string> {
    return this.kubectl('exec', pod, '-c', container, '--', ...command);
  }

  /** What redis-cli in the pod of a Redis answers. */
  async redisCli(pod: string, ...args: string[]): Promise<string> {
    return (await this.exec(pod, 'redis', 'redis-cli', ...args)).trim();
  }

  /** What CONFIG GET says of one directive. */
  async directive(pod: string, name: string): Promise<string> {
    return (await this.redisCli(pod, 'CONFIG', 'GET', name)).split('\n').slice(1).join('\n');
  }

  /** Gives redis-cli many commands at once, as any client would send them, and returns their answers. */
  async commands(pod: string, lines: readonly string[], ...options: string[]): Promise<string[]> {
    const args = ['-n', this.name, 'exec', '-i', pod, '-c', 'redis', '--', 'redis-cli', ...options];
    return (await kubectl(args, { input: `${lines.join('\n')}\n` })).trim().split('\n');
  }

  /** The YAML that a user's app would synthesize for this namespace. */
  manifest(build: (chart: Chart) => void): string {
    const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP });
    build(new Chart(app, 'e2e', { namespace: this.name }));
    return app.synthYaml();
  }

  /** Creates it, for pods of the "restricted" standard only. */
  async create(): Promise<void> {
    await kubectl(['create', 'namespace', this.name]);
    await kubectl(['label', 'namespace', this.name, `${ENFORCE}=restricted`]);
  }

  /** Deletes it with all that is in it, and waits until nothing is left. */
  async remove(): Promise<void> {
    await this.endPods();
    await kubectl(['delete', 'namespace', this.name, '--ignore-not-found', '--timeout=180s']);
  }

  /** The same, and waits for its pods only, so that their room is free. */
  async abandon(): Promise<void> {
    await this.endPods();
    await kubectl(['delete', 'namespace', this.name, '--ignore-not-found', '--wait=false']);
  }

  /**
   * Ends all pods without the time that their hooks have to hand over: nothing of them is needed any more. Where a namespace still has pods when it is
   * deleted, Kubernetes looks again only after half of their grace period. Unlike with `--force`, a pod is there as long as anything of it runs.
   */
  private async endPods(): Promise<void> {
    // What goes wrong here must not keep the namespace from being deleted.
    await run('kubectl', ['-n', this.name, 'delete', 'statefulsets,deployments,replicasets,jobs', '--all', '--wait=false']);
    await run('kubectl', ['-n', this.name, 'delete', 'pods', '--all', '--now', '--timeout=60s']);
  }
}

/** A name for a namespace that nobody else uses. It does not exist yet. */
export function newNamespace(subject: string): Namespace {
  return new Namespace(`e2e-${subject}-${randomBytes(4).toString('hex')}`);
}

/** A namespace for the tests of one file, which takes only pods of the "restricted" standard. */
export function inNamespace(subject: string): Namespace {
  const namespace = newNamespace(subject);
  beforeAll(() => namespace.create());
  // Also after a failure. What comes next may need the room; nobody looks there any more.
  afterAll(() => namespace.abandon());
  return namespace;
}

/** Expects that pods are those of before, and that none of their containers was restarted. */
export async function expectUntouched(namespace: Namespace, pods: { readonly [name: string]: PodState }): Promise<void> {
  const now = await namespace.pods(...Object.keys(pods));
  for (const [name, { uid, restarts }] of Object.entries(pods)) expect(now[name]).toMatchObject({ uid, restarts });
}

const KEYS = Array.from({ length: 1000 }, (_, index) => ({ key: `key:${index}`, value: `value of ${index}` }));

/** Writes keys, each of which is acknowledged. */
export async function write(namespace: Namespace, pod: string): Promise<void> {
  const answers = await namespace.commands(pod, KEYS.map(({ key, value }) => `SET ${key} "${value}"`));
  expect(answers).toEqual(KEYS.map(() => 'OK'));
}

/** Expects the keys of `write`, all of them and with their values. */
export async function expectWritten(namespace: Namespace, pod: string): Promise<void> {
  expect(await namespace.commands(pod, KEYS.map(({ key }) => `GET ${key}`))).toEqual(KEYS.map(({ value }) => value));
  expect(await namespace.redisCli(pod, 'DBSIZE')).toBe(String(KEYS.length));
}
