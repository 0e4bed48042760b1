import { k8s } from 'cdk8s-plus-28';
import { RedisAuth, RedisInsight, RedisStandalone } from 'cdk8s-redis-constructs';
import { CLIENT_IMAGE, ENFORCE, inNamespace, kubectl, Outcome, run, waitFor } from './kit';

const here = inNamespace('auth');

const TELLTALE = 'tell-tale';

// Characters that shells, YAML and redis.conf each read in their own way.
const PASSWORD = `it's "a" \\n #1 $HOME \`id\`  ${TELLTALE}`;

const manifest = () => here.manifest((chart) => {
  const redis = new RedisStandalone(chart, 'redis', { auth: RedisAuth.password('redis-password') });
  redis.connect(new k8s.KubePod(chart, 'client', {
    metadata: { name: 'client' },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 0,
      containers: [{
        name: 'client',
        image: CLIENT_IMAGE,
        command: ['sleep', 'infinity'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      }],
    },
  }), { as: 'STORE' });
  new RedisInsight(chart, 'console', { databases: [redis], acceptTerms: true });
});

let applied: Outcome;

beforeAll(async () => {
  await kubectl(['-n', here.name, 'create', 'secret', 'generic', 'redis-password', `--from-literal=password=${PASSWORD}`]);
  // The server is to say what it has against the pods of a Deployment, which come later.
  await kubectl(['label', 'namespace', here.name, `${ENFORCE.replace('enforce', 'warn')}=restricted`]);
  applied = await run('kubectl', ['apply', '-f', '-'], { input: manifest() });
  await Promise.all([here.ready('redis-0'), here.ready('client')]);
  // Every host hears of a ready pod a moment later.
  await waitFor('the Service sends its clients to the pod', () => client('redis-cli -h "$STORE_HOST" -p "$STORE_PORT" PING'));
});

/** What a client in another pod gets, which has only the variables of `connect`. */
async function client(script: string): Promise<string> {
  return (await here.exec('client', 'client', 'sh', '-c', script)).trim();
}

test('a client without the password is refused', async () => {
  expect(await client('redis-cli -h "$STORE_HOST" -p "$STORE_PORT" PING')).toContain('NOAUTH');
  expect(await client('REDISCLI_AUTH=wrong redis-cli --no-auth-warning -h "$STORE_HOST" -p "$STORE_PORT" PING 2>&1')).toContain('NOAUTH');
});

test('a connected workload reaches the Redis by its variables', async () => {
  expect(await client('REDISCLI_AUTH="$STORE_PASSWORD" redis-cli -h "$STORE_HOST" -p "$STORE_PORT" PING')).toBe('PONG');
  expect(await client('REDISCLI_AUTH="$STORE_PASSWORD" redis-cli -u "$STORE_URL" SET greeting hello')).toBe('OK');
  expect(await client('REDISCLI_AUTH="$STORE_PASSWORD" redis-cli -u "$STORE_URL" GET greeting')).toBe('hello');
});

test('the probes do not need the password to find a server that lives', async () => {
  expect((await here.ready('redis-0')).restarts).toEqual({ 'redis': 0, 'config-reloader': 0 });
});

test('the console gets the password by reference', async () => {
  const { spec } = await here.get('deployment', 'console');
  expect(spec.template.spec.containers[0].env).toContainEqual({
    name: 'RI_REDIS_PASSWORD_1', valueFrom: { secretKeyRef: { name: 'redis-password', key: 'password' } },
  });
});

test('the pod of the console is admitted by the standard "restricted", and the server warns of nothing', async () => {
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  const [pod] = await waitFor('the pod of the console is there', async () => {
    const { items } = JSON.parse(await here.kubectl('get', 'pods', '-l', 'app.kubernetes.io/instance=console', '-o', 'json'));
    return items.length > 0 && items;
  }, { explain: () => here.kubectl('describe', 'replicasets') });
  // Whether it runs depends on the registry that its image comes from.
  expect(['Pending', 'Running']).toContain(pod.status.phase);
});

test('the password is in no object but its Secret, in no argument and in no log', async () => {
  expect(await here.kubectl('get', 'configmap,statefulset,deployment,pod,service', '-o', 'yaml')).not.toContain(TELLTALE);
  expect(manifest()).not.toContain(TELLTALE);
  expect(await here.exec('redis-0', 'redis', 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).not.toContain(TELLTALE);
  expect(await here.kubectl('logs', 'redis-0', '--all-containers')).not.toContain(TELLTALE);
});
