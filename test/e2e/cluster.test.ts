import { ApiObject, Chart, Size } from 'cdk8s';
import { RedisCluster, RedisImage, RedisPersistence, RedisSlots } from 'cdk8s-redis-constructs';
import { apply, inNamespace, kubectl, Namespace, waitFor } from './kit';

const PODS = [0, 1, 2, 3, 4, 5].map((ordinal) => `redis-cluster-${ordinal}`);
const KEYS = Array.from({ length: 500 }, (_, index) => `key:${index}`);

/** Each is in a shard of its own. */
const TAGS = ['a', 'b', 'c'];

/** What a person sees of the time, beside the outcome: no test depends on it. */
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await act();
  say(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

interface Member {
  readonly id: string;
  readonly name: string;
  readonly master: string;
  readonly slots: string;
  readonly sound: boolean;
}

async function members(here: Namespace, pod: string): Promise<Member[]> {
  const text = await here.redisCli(pod, 'CLUSTER', 'NODES');
  return text.split('\n').map((line) => {
    const [id, place, flags, master, , , , link, ...slots] = line.split(' ');
    return { id, name: place.split(',')[1].split('.')[0], master, slots: slots.join(), sound: link === 'connected' && !/fail|noaddr|handshake/.test(flags) };
  }).sort((a, b) => a.name.localeCompare(b.name));
}

/** Waits until each node sees all others, all slots are served and all pods are ready. */
function healthy(here: Namespace): Promise<Member[]> {
  return waitFor('the cluster is healthy', async () => {
    const { status } = await here.get('statefulset', 'redis-cluster');
    if (status.readyReplicas !== PODS.length) return undefined;
    const views = await Promise.all(PODS.map((pod) => members(here, pod)));
    const infos = await Promise.all(PODS.map((pod) => here.redisCli(pod, 'CLUSTER', 'INFO')));
    const whole = infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384'));
    const agreed = views.every((view) => view.length === PODS.length && view.every(({ sound }) => sound) && JSON.stringify(view) === JSON.stringify(views[0]));
    return whole && agreed && views[0];
  }, { seconds: 300, explain: async () => (await Promise.all(PODS.map((pod) => here.explain(pod)))).join('\n') });
}

/** What redis-cli, as a client of the whole cluster, answers to many commands. */
async function commands(here: Namespace, lines: readonly string[]): Promise<string[]> {
  const args = ['-n', here.name, 'exec', '-i', PODS[0], '-c', 'redis', '--', 'redis-cli', '-c', '-h', 'redis-cluster'];
  const answers = (await kubectl(args, { input: `${lines.join('\n')}\n` })).trim().split('\n');
  return answers.filter((answer) => !answer.startsWith('-> Redirected'));
}

async function expectKeys(here: Namespace): Promise<void> {
  expect(await commands(here, KEYS.map((key) => `GET ${key}`))).toEqual(KEYS.map((key) => `value of ${key}`));
}

/**
 * A client of the cluster that writes to each shard all the time, over connections that it keeps, and remembers what was acknowledged, and when.
 * It follows MOVED, and asks another node when one hangs up or does not answer.
 */
const WRITER = `
const net = require('net');
const fs = require('fs');
const seeds = process.env.REDIS_NODES.split(',');
const connections = new Map();

function connection(address) {
  let open = connections.get(address);
  if (open) return open;
  const [host, port] = address.split(':');
  open = { socket: net.connect(port, host), waiting: [] };
  const close = () => {
    connections.delete(address);
    open.socket.destroy();
    open.waiting.splice(0).forEach((answer) => answer(''));
  };
  let text = '';
  open.socket.setNoDelay(true);
  open.socket.on('data', (data) => {
    text += data;
    for (let end = text.indexOf('\\r\\n'); end >= 0; end = text.indexOf('\\r\\n')) {
      open.waiting.shift()(text.slice(0, end));
      text = text.slice(end + 2);
    }
  });
  open.socket.on('error', close).on('close', close);
  open.close = close;
  connections.set(address, open);
  return open;
}

function set(address, key, value) {
  return new Promise((resolve) => {
    const open = connection(address);
    const timer = setTimeout(open.close, 1000);
    open.waiting.push((answer) => { clearTimeout(timer); resolve(answer); });
    open.socket.write('SET ' + key + ' ' + value + '\\r\\n');
  });
}

const acknowledged = {};
async function write(tag) {
  acknowledged[tag] = [];
  let address = seeds[0];
  for (let count = 1; !fs.existsSync('/tmp/stop'); count++) {
    for (;;) {
      const answer = await set(address, 'written:' + count + ':{' + tag + '}', count);
      if (answer === '+OK') break;
      const moved = /^-MOVED \\d+ (\\S+)/.exec(answer);
      address = moved ? moved[1] : seeds[Math.floor(Math.random() * seeds.length)];
      if (!moved) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    acknowledged[tag].push([count, Date.now()]);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

Promise.all(${JSON.stringify(TAGS)}.map(write)).then(() => {
  fs.writeFileSync('/tmp/result.new', JSON.stringify(acknowledged));
  fs.renameSync('/tmp/result.new', '/tmp/result');
  setInterval(() => {}, 1000);
});
setInterval(() => { if (${JSON.stringify(TAGS)}.every((tag) => acknowledged[tag].length > 0)) fs.writeFileSync('/tmp/started', ''); }, 100);
`;

function writer(chart: Chart): ApiObject {
  return new ApiObject(chart, 'writer', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'writer' },
    spec: {
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{
        name: 'writer',
        image: 'node:20',
        command: ['node', '-e', WRITER],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      }],
    },
  });
}

/** Stops the writer: how many writes were acknowledged, the longest time without one in each shard, and the acknowledged ones that are gone. */
async function judge(here: Namespace): Promise<{ written: number; pauses: number[]; lost: string[] }> {
  await here.exec('writer', 'writer', 'touch', '/tmp/stop');
  const result: { [tag: string]: Array<[count: number, at: number]> } = JSON.parse(await waitFor('the writer has stopped', () => here.exec('writer', 'writer', 'cat', '/tmp/result')));
  const lost: string[] = [];
  const pauses: number[] = [];
  let written = 0;
  for (const [tag, writes] of Object.entries(result)) {
    const answers = await commands(here, writes.map(([count]) => `GET written:${count}:{${tag}}`));
    writes.forEach(([count], index) => {
      if (answers[index] !== String(count)) lost.push(`written:${count}:{${tag}}`);
    });
    pauses.push(Math.max(...writes.slice(1).map(([, at], index) => at - writes[index][1])));
    written += writes.length;
  }
  return { written, pauses, lost };
}

describe.each(['8.6.3', '8.0.2'])('a RedisCluster of %s', (version) => {
  const here = inNamespace(`cluster-${version.replaceAll('.', '-')}`);
  const manifest = (withWriter: boolean = false) => here.manifest((chart) => {
    const redis = new RedisCluster(chart, 'redis-cluster', {
      image: RedisImage.official(version),
      slots: RedisSlots.ranges('0-5000', '5001-10000', '10001-16383'),
      persistence: RedisPersistence.aof({ size: Size.gibibytes(1) }),
    });
    if (withWriter) redis.connect(writer(chart));
  });
  let formed: Member[];

  beforeAll(async () => {
    const yaml = manifest();
    formed = await timed(`${version}: formed after kubectl apply`, async () => {
      await apply(yaml);
      return healthy(here);
    });
    expect(await commands(here, KEYS.map((key) => `SET ${key} "value of ${key}"`))).toEqual(KEYS.map(() => 'OK'));
  });

  test('forms with the slots of its plan, one claim a pod, and no two nodes of a shard on one host', async () => {
    expect(formed.map(({ slots }) => slots).filter(Boolean).sort()).toEqual(['0-5000', '10001-16383', '5001-10000']);
    const claims = JSON.parse(await here.kubectl('get', 'pvc', '-o', 'json')).items;
    expect(claims.map(({ metadata, status }: any) => [metadata.name, status.phase]).sort()).toEqual(PODS.map((pod) => [`data-${pod}`, 'Bound']));
    const hosts = new Map(await Promise.all(PODS.map(async (pod): Promise<[string, string]> => [pod, (await here.pod(pod)).host!])));
    const pods = new Map(formed.map(({ id, name }) => [id, name]));
    const replicas = formed.filter(({ master }) => master !== '-');
    expect(replicas).toHaveLength(3);
    // Where the scheduler put more than three pods on one host, nobody could.
    const crowded = [...new Set(hosts.values())].some((host) => [...hosts.values()].filter((each) => each === host).length > 3);
    if (!crowded) for (const { name, master } of replicas) expect(hosts.get(name)).not.toBe(hosts.get(pods.get(master)!));
    const [job] = JSON.parse(await here.kubectl('get', 'jobs', '-o', 'json')).items;
    await waitFor('the Job has ended', async () => (await here.get('job', job.metadata.name)).status.succeeded === 1);
    expect(await here.kubectl('logs', `job/${job.metadata.name}`)).toMatch(/^the cluster is formed: 3 masters with all slots, 3 replicas\n$/m);
  });

  test('stays as it is when the same manifest is applied five times', async () => {
    const before = await Promise.all(PODS.map((pod) => here.pod(pod)));
    // kubectl says "configured" of lists that the server has filled in; the generation says whether anything was.
    const generations = () => here.kubectl('get', 'statefulset,job,pdb,networkpolicy', '-o', 'jsonpath={.items[*].metadata.generation}');
    const generation = await generations();
    for (let time = 0; time < 5; time++) expect(await apply(manifest())).not.toMatch(/created/);
    expect(await generations()).toBe(generation);
    expect(await healthy(here)).toEqual(formed);
    expect(await Promise.all(PODS.map((pod) => here.pod(pod)))).toEqual(before);
  });

  test('comes back with every key when all pods are deleted at once, three times', async () => {
    for (let time = 0; time < 3; time++) {
      const former = await Promise.all(PODS.map((pod) => here.pod(pod)));
      await timed(`${version}: healthy after all pods were deleted`, async () => {
        // Waiting is left to the test: kubectl sometimes waits for pods that have come back under their names.
        await here.kubectl('delete', 'pods', '-l', 'app.kubernetes.io/component=cluster', '--wait=false');
        await waitFor('all pods are other ones', async () => {
          const pods = await Promise.all(PODS.map((pod) => here.pod(pod)));
          return pods.every(({ uid }, index) => uid !== former[index].uid);
        });
        await healthy(here);
      });
      await expectKeys(here);
    }
    expect((await healthy(here)).map(({ id }) => id)).toEqual(formed.map(({ id }) => id));
  });

  /** Does something to the cluster while a client writes all the time, and says what the client saw of it. */
  async function underWrites(what: string, act: () => Promise<void>): Promise<{ written: number; pauses: number[]; lost: string[] }> {
    await apply(manifest(true));
    await waitFor('the writer writes', () => here.exec('writer', 'writer', 'cat', '/tmp/started').then(() => true));
    await timed(`${version}: ${what}`, act);
    await healthy(here);
    const verdict = await judge(here);
    say(`${version}: ${verdict.written} writes, longest pauses ${verdict.pauses.map((pause) => `${pause} ms`).join(', ')}, lost ${verdict.lost.length}`);
    await here.kubectl('delete', 'pod', 'writer', '--now');
    return verdict;
  }

  test('rolls without losing an acknowledged write', async () => {
    const { lost } = await underWrites('rolled', async () => {
      await here.kubectl('rollout', 'restart', 'statefulset/redis-cluster');
      await here.kubectl('rollout', 'status', 'statefulset/redis-cluster', '--timeout=400s');
    });
    expect(lost).toEqual([]);
    await expectKeys(here);
  });

  test('loses no acknowledged write when each master is deleted in turn', async () => {
    const { lost } = await underWrites('each master deleted', async () => {
      for (const { name } of (await healthy(here)).filter(({ slots }) => slots !== '')) {
        await here.replace(name);
        await healthy(here);
      }
    });
    expect(lost).toEqual([]);
    await expectKeys(here);
  });
});
