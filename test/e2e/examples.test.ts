import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { Authority, setCertificate } from './certificates';
import { apply, ENFORCE, expectWritten, kubectl, Namespace, run, waitFor, write } from './kit';
import { standInVolume } from './stand-in-volume';
import { clean } from '../scripts/processes';

const ROOT = join(__dirname, '../..');

interface RedisPod {
  readonly name: string;
  readonly maxmemory: string;
  readonly policy: string;
  readonly claim?: string;
}

interface Example {
  readonly namespace: string;
  readonly pods: readonly RedisPod[];
  readonly deployments?: readonly string[];
  /** Those of them whose pods become ready only once Redis has served them. */
  readonly served?: readonly string[];
  /** Secrets that a user makes, and their keys. */
  readonly secrets?: { readonly [name: string]: readonly string[] };
  /** Secrets that cert-manager makes, which is not here, and the names in their certificates. */
  readonly certificates?: { readonly [secret: string]: readonly string[] };
  /** Images that are not here, and what runs in their place. */
  readonly images?: { readonly [image: string]: string };
  /** Where it has a class of Longhorn of its own. */
  readonly ownClass?: { readonly name: string; readonly size: string; readonly hostLabel: string };
}

/** Of 512Mi, 60% in whole kibibytes. */
const CLUSTER_PODS: RedisPod[] = [0, 1, 2, 3, 4, 5].map((ordinal) => ({ name: `redis-cluster-${ordinal}`, maxmemory: String(314572 * 1024), policy: 'noeviction' }));

const EXAMPLES: { readonly [directory: string]: Example } = {
  'cluster': { namespace: 'cluster', pods: CLUSTER_PODS },
  'four-strategies': {
    namespace: 'four-strategies',
    pods: [
      { name: 'redis', maxmemory: String(2 * 1024 ** 2), policy: 'allkeys-lru' },
      { name: 'redis-server-0', maxmemory: '0', policy: 'noeviction', claim: 'redis-pvc' },
      ...CLUSTER_PODS,
    ],
    deployments: ['redisinsight'],
  },
  'k3s-longhorn': {
    namespace: 'redis-server',
    // 60% of 512Mi, in whole kibibytes.
    pods: [{ name: 'redis-0', maxmemory: String(314572 * 1024), policy: 'noeviction', claim: 'redis-pvc' }],
    ownClass: { name: 'redis-server-redis', size: '5Gi', hostLabel: 'node-type=worker' },
  },
  'locked': {
    namespace: 'locked',
    pods: CLUSTER_PODS,
    deployments: ['redisinsight', 'web'],
    served: ['web'],
    secrets: { 'redis-cluster-internal': ['config', 'console', 'probe', 'healing', 'replication'], 'redis-cluster-web': ['password'] },
    certificates: {
      'redis-cluster-tls': ['redis-cluster.locked.svc', '*.redis-cluster-nodes.locked.svc', '*.redis-cluster-nodes.locked.svc.cluster.local'],
      'web-tls': ['web'],
      'redisinsight-tls': ['redisinsight'],
    },
    images: { 'redis:8.6.6': 'redis:8.6.3' },
  },
  'replication': {
    namespace: 'replication',
    pods: [0, 1, 2].map((ordinal) => ({ name: `redis-${ordinal}`, maxmemory: String(314572 * 1024), policy: 'noeviction' })),
    deployments: ['redis-proxy', 'web'],
  },
  'web-cache': {
    namespace: 'web-cache',
    // 75% of 256Mi.
    pods: [{ name: 'cache-0', maxmemory: String(192 * 1024 ** 2), policy: 'allkeys-lru' }],
    deployments: ['web-cache-web'],
    secrets: { 'cache-password': ['password'] },
  },
};

/** What takes away what an example made, in the order in which it was made. */
class Cleanup {
  private readonly steps: Array<() => Promise<unknown>> = [];

  add(step: () => Promise<unknown>): void {
    this.steps.unshift(step);
  }

  /** For what something else uses until the end. */
  addLast(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  /** Takes away all it can, and tells what it could not. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (const step of this.steps) await step().catch((error: Error) => failures.push(error.message));
    return failures;
  }
}

const all = new Cleanup();
/** What takes away the examples that were tested, while the next one is. */
const ending: Array<Promise<string[]>> = [];

beforeAll(async () => {
  // Longhorn has this namespace; its recurring jobs must be there.
  if ((await run('kubectl', ['get', 'namespace', 'longhorn-system'])).code !== 0) await makeNamespace('longhorn-system', all);
});

afterAll(async () => {
  expect([...(await Promise.all(ending)).flat(), ...await all.run()]).toEqual([]);
});
afterAll(clean);

test('every example is tested here', () => {
  const directories = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(directories.map(({ name }) => name).sort()).toEqual(Object.keys(EXAMPLES).sort());
});

/** Runs an example's app as a user would, and returns its YAML. */
async function synthesize(directory: string): Promise<string> {
  const output = mkdtempSync(join(tmpdir(), 'e2e-example-'));
  try {
    const { code, stderr } = await run(process.execPath, [
      require.resolve('ts-node/dist/bin'), '--project', join(ROOT, 'examples/tsconfig.json'), join(ROOT, 'examples', directory, 'main.ts'),
    ], { env: { CDK8S_OUTDIR: output } });
    if (code !== 0) throw new Error(`The example ${directory} does not synthesize:\n${stderr}`);
    return readdirSync(output).sort().map((file) => readFileSync(join(output, file), 'utf8')).join('---\n');
  } finally {
    rmSync(output, { recursive: true });
  }
}

async function makeNamespace(name: string, cleanup: Cleanup): Promise<void> {
  await kubectl(['create', 'namespace', name]);
  cleanup.add(() => new Namespace(name).remove());
}

/** What is there before an example is applied, or is made by others then. */
async function makeSecrets(namespace: Namespace, { secrets = {}, certificates = {} }: Example): Promise<void> {
  for (const [name, keys] of Object.entries(secrets)) {
    await namespace.kubectl('create', 'secret', 'generic', name, ...keys.map((key) => `--from-literal=${key}=a ${key}`));
  }
  if (Object.keys(certificates).length === 0) return;
  const authority = new Authority('e2e');
  for (const [name, [first, ...others]] of Object.entries(certificates)) await setCertificate(namespace, name, authority.issue(first, ...others));
}

/** Applies an example to a cluster that does not have it yet, and returns its YAML. */
async function install(directory: string, example: Example, cleanup: Cleanup): Promise<string> {
  const { namespace: name, ownClass, images = {} } = example;
  const yaml = Object.entries(images).reduce((text, [image, instead]) => text.replaceAll(`image: ${image}\n`, `image: ${instead}\n`), await synthesize(directory));
  const namespace = new Namespace(name);
  if ((await run('kubectl', ['get', 'namespace', name])).code === 0) {
    throw new Error(`The namespace ${name} of the example exists already. Nothing in it is touched: delete it, or take another cluster.`);
  }
  if (parseAllDocuments(yaml).some((document) => document.get('kind') === 'Namespace')) cleanup.add(() => namespace.remove());
  else await makeNamespace(name, cleanup);
  await makeSecrets(namespace, example);
  cleanup.add(() => kubectl(['delete', '-f', '-', '--ignore-not-found', '--timeout=180s'], { input: yaml }));
  await apply(yaml);
  if (ownClass) {
    const removeVolume = await standInVolume({ ...ownClass, namespace, name: 'redis-pvc', className: ownClass.name });
    if (removeVolume) cleanup.addLast(removeVolume);
  }
  return yaml;
}

describe.each(Object.entries(EXAMPLES))('the example %s', (directory, example) => {
  const here = new Namespace(example.namespace);
  // As the probes do it: by the socket where there is TLS, as their user where there are some, with the password where there is one.
  const shell = 'if [ "$REDIS_PASSWORD_FILE" ]; then export REDISCLI_AUTH="$(cat "$REDIS_PASSWORD_FILE")"; fi; '
    + 'redis-cli ${REDIS_SOCKET:+-s "$REDIS_SOCKET"} ${REDIS_USER:+--user "$REDIS_USER"} --no-auth-warning "$@"';
  const redisCli = (pod: string, ...args: string[]) => here.exec(pod, 'redis', 'sh', '-c', shell, 'sh', ...args);
  const kept = example.pods.filter(({ claim }) => claim !== undefined);
  const cleanup = new Cleanup();
  let yaml: string;

  // One after the other: all at once are four times as many pods as two cores can start in the time that they take alone.
  beforeAll(async () => {
    yaml = await install(directory, example, cleanup);
  });

  afterAll(() => { ending.push(cleanup.run()); });

  test('every pod of Redis becomes ready, as `kubectl get pods` says', async () => {
    await Promise.all(example.pods.map(({ name }) => here.ready(name)));
    const pods = await here.kubectl('get', 'pods');
    for (const { name } of example.pods) expect(pods).toMatch(new RegExp(`^${name} +(2/2|3/3) +Running +0 `, 'm'));
  });

  test('Redis has the limit of memory and the policy that were asked for', async () => {
    for (const { name, maxmemory, policy } of example.pods) {
      expect((await redisCli(name, 'CONFIG', 'GET', 'maxmemory')).trim()).toBe(`maxmemory\n${maxmemory}`);
      expect((await redisCli(name, 'CONFIG', 'GET', 'maxmemory-policy')).trim()).toBe(`maxmemory-policy\n${policy}`);
    }
  });

  if (kept.length > 0) {
    test('what is to be kept is on a bound volume, as `kubectl get pv` says, and is there again after the pod was deleted', async () => {
      for (const { name, claim } of kept) {
        expect((await here.get('pvc', claim!)).status.phase).toBe('Bound');
        expect(await kubectl(['get', 'pv'])).toMatch(new RegExp(` 5Gi +RWO +\\S+ +Bound +${here.name}/${claim} `));
        await write(here, name);
        await here.replace(name);
        await expectWritten(here, name);
      }
    });
  }

  for (const name of example.deployments ?? []) {
    test(`the Deployment ${name} is accepted and its pods find a host`, async () => {
      const pods = await waitFor(`the pods of ${name} are scheduled`, async () => {
        const { items } = JSON.parse(await here.kubectl('get', 'pods', '-o', 'json'));
        const scheduled = items.filter(({ metadata, spec }: any) => metadata.name.startsWith(`${name}-`) && spec.nodeName);
        return scheduled.length > 0 && scheduled;
      });
      // Whether they run depends on the registry that their image comes from.
      expect(['Pending', 'Running']).toContain(pods[0].status.phase);
    });
  }

  for (const name of example.served ?? []) {
    test(`the Deployment ${name} is served`, async () => {
      await here.kubectl('wait', '--for=condition=Available', `deployment/${name}`, '--timeout=180s');
    });
  }

  test('the server has nothing to say against any of its objects, strictly validated', async () => {
    // On the server's side, since a second client-side apply sends only what has changed: nothing.
    const { code, stdout, stderr } = await run('kubectl', [
      'apply', '--server-side', '--force-conflicts', '--field-manager=e2e', '--dry-run=server', '--validate=strict', '-f', '-',
    ], { input: yaml });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(parseAllDocuments(yaml).length);
  });

  test('applying it again would change nothing', async () => {
    expect(await run('kubectl', ['diff', '-f', '-'], { input: yaml })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('its pods of Redis and of the console would be admitted by the standard "restricted"', async () => {
    // The server warns of the pods that a namespace with this label would refuse.
    const { code, stderr } = await run('kubectl', [
      'label', '--dry-run=server', '--overwrite', 'namespace', here.name, `${ENFORCE}=restricted`,
    ]);
    expect(code).toBe(0);
    for (const name of [...example.pods.map((pod) => pod.name), 'redisinsight']) expect(stderr).not.toContain(name);
  });

  if (directory === 'four-strategies') {
    test('its console is reached through a LoadBalancer that lets private networks in', async () => {
      const { spec } = await here.get('service', 'redisinsight-service');
      expect(spec).toMatchObject({
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      });
      const { spec: { template } } = await here.get('deployment', 'redisinsight');
      expect(template.metadata.labels).toMatchObject(spec.selector);
      expect(template.spec.containers[0]).toMatchObject({ imagePullPolicy: 'IfNotPresent', ports: [{ name: 'http', containerPort: 5540 }] });
    });
  }
});
