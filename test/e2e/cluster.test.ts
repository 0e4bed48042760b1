import { RedisAuth, RedisClientCertificates } from 'cdk8s-redis-constructs';
import { HOST_COMMAND } from './accidents';
import {
  change, crashHost, cutHost, deleteAll, deleteMasters, emptyMaster, form, killMaster, masters, mastersApart, Outcome, reapply, replaceVolume,
  rollingRestart,
} from './cluster-scenarios';
import { ClusterOptions, ClusterUnderTest, Member, NodePod, PODS, SLOTS } from './cluster-under-test';
import { expectNothingRefused, Guard } from './guard';
import { apply, inNamespace, kubectl, Namespace, waitFor } from './kit';
import { clean } from '../scripts/processes';

const KEYS = Array.from({ length: 500 }, (_, index) => `key:${index}`);

/** Kinds that a RedisCluster makes. Volumes are none of them: they come from the StatefulSet, and must stay. */
const KINDS = [
  'core/v1/ConfigMap', 'core/v1/Service', 'apps/v1/StatefulSet', 'batch/v1/Job', 'policy/v1/PodDisruptionBudget', 'networking.k8s.io/v1/NetworkPolicy',
];

/** What only the newest version goes through, and only where hosts can have accidents. */
const ACCIDENTS: ReadonlyArray<[what: string, play: (cluster: ClusterUnderTest) => Promise<Outcome>]> = [
  ['crashes', crashHost],
  ['is cut off for half a minute', cutHost],
];

/** What a person sees of the time, beside the outcome: no test depends on it. */
function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What redis-cli, as a client of the whole cluster, answers to many commands through the Service, whatever keeps others away. */
async function commands(here: Namespace, lines: readonly string[]): Promise<string[]> {
  const login = '[ -z "$REDIS_USERS" ] || export REDIS_USER=writer REDIS_PASSWORD_FILE="$REDIS_USERS/passwords/writer"';
  const shell = `${login}; export REDIS_HOST=redis-cluster REDIS_TIMEOUT=60; . /scripts/redis.sh; redis -c`;
  const args = ['-n', here.name, 'exec', '-i', PODS[0], '-c', 'redis', '--', 'sh', '-c', shell];
  const answers = (await kubectl(args, { input: `${lines.join('\n')}\n` })).trim().split('\n');
  return answers.filter((answer) => !answer.startsWith('-> Redirected'));
}

/** The names of the cluster's Jobs. */
async function jobs(here: Namespace): Promise<string[]> {
  return (await here.kubectl('get', 'jobs', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ').sort();
}

function jobEnds(here: Namespace, name: string): Promise<true> {
  const ended = async () => (await here.get('job', name)).status.succeeded === 1 && true;
  return waitFor(`the Job ${name} has ended`, ended, { explain: () => here.kubectl('logs', `job/${name}`) });
}

/** How evenly nodes are spread, the best first: shards with two nodes on a host, then hosts with a master, of which there should be many. */
type Spread = [crowdedShards: number, hostsOfMasters: number];

function spreadOf(shards: ReadonlyArray<readonly [master: string, replica: string]>): Spread {
  return [shards.filter(([master, replica]) => master === replica).length, new Set(shards.map(([master]) => master)).size];
}

/** The best that can be made of the hosts that the pods are on: all ways to pair them are tried. */
function bestSpread(hosts: readonly string[]): Spread {
  const all: Spread[] = [];
  const pair = (rest: readonly string[], shards: ReadonlyArray<readonly [string, string]>) => {
    if (rest.length === 0) all.push(spreadOf(shards));
    const [first, ...others] = rest;
    others.forEach((other, index) => {
      const left = others.filter((_, at) => at !== index);
      pair(left, [...shards, [first, other]]);
      pair(left, [...shards, [other, first]]);
    });
  };
  pair(hosts, []);
  return all.sort((one, other) => one[0] - other[0] || other[1] - one[1])[0];
}

/** The hosts of the master and the replica of each shard. */
function shardHosts(members: readonly Member[], pods: readonly NodePod[]): Array<readonly [string, string]> {
  const host = (member: Member) => pods.find(({ name }) => name === member.pod)!.host;
  return masters(members).map((master) => [host(master), host(members.find((member) => member.master === master.id)!)] as const);
}

/** Makes what keeps others away from the Redis of a namespace. */
type Protect = (here: Namespace) => Promise<ClusterOptions>;

/** All of it: users with `default` off, and TLS whose clients need certificates. */
async function guard(here: Namespace): Promise<ClusterOptions> {
  return (await Guard.make(here, RedisClientCertificates.REQUIRED)).options;
}

/** One password for all. */
async function password(here: Namespace): Promise<ClusterOptions> {
  await here.kubectl('create', 'secret', 'generic', 'redis-password', '--from-literal=password=it is "one" \\password');
  return { auth: RedisAuth.password('redis-password') };
}

function suite(version: string, testAccidents: boolean, protect: Protect): void {
  const here = inNamespace(`cluster-${version.replaceAll('.', '-')}`);
  const newest = version === '8.6.3';
  let cluster: ClusterUnderTest;
  let formed: Member[];

  // The next version needs the machine for itself.

  /** Something happens while a client writes: the cluster is whole afterwards, with the nodes that it had, and nothing is lost. */
  async function survives(what: string, play: () => Promise<Outcome>, another = false): Promise<Outcome> {
    const outcome = await play();
    const { seconds, pauses, lost, excused, report } = outcome;
    say(`${version}: ${what}: healthy after ${seconds.toFixed(1)} s, longest pauses ${pauses.join(', ')} ms (writer held up ${report.heldUp} ms), `
      + `lost ${lost.length}, lost to asynchronous replication ${excused}`);
    expect(lost).toEqual([]);
    const now = await cluster.healthy();
    // A node without its volume is another one.
    if (another) {
      expect(now.filter(({ id }) => formed.some((member) => member.id === id))).toHaveLength(PODS.length - 1);
      formed = now;
    }
    if (formed) {
      expect(now.map(({ pod, id }) => [pod, id])).toEqual(formed.map(({ pod, id }) => [pod, id]));
      expect(await commands(here, KEYS.map((key) => `GET ${key}`))).toEqual(KEYS.map((key) => `value of ${key}`));
    }
    expect(masters(now).map(({ slots }) => slots).sort()).toEqual([...SLOTS].sort());
    expect(now.filter(({ master }) => master !== '-')).toHaveLength(3);
    // All that was done with the rights and certificates that there are.
    await expectNothingRefused(here, PODS);
    return outcome;
  }

  /** What changes when something is really changed, and not only applied. */
  async function state(): Promise<unknown> {
    // kubectl says "configured" of lists that the server has filled in; the generation says whether anything was.
    const generations = await here.kubectl('get', 'statefulset,job,pdb,networkpolicy', '-o', 'jsonpath={.items[*].metadata.generation}');
    const pods = (await cluster.pods()).map(({ name, uid, restarts }) => ({ name, uid, restarts }));
    return { generations, pods, members: await cluster.healthy() };
  }

  beforeAll(async () => {
    cluster = await ClusterUnderTest.prepare(here, version, await protect(here));
    // One way to apply for each version: both must make a cluster.
    await survives('formed', () => form(cluster, newest ? apply : (yaml) => applyServerSide(yaml)));
    formed = await cluster.healthy();
    expect(await commands(here, KEYS.map((key) => `SET ${key} "value of ${key}"`))).toEqual(KEYS.map(() => 'OK'));
  });

  test('forms with one claim a pod and as well spread over hosts as its pods are', async () => {
    const claims = JSON.parse(await here.kubectl('get', 'pvc', '-o', 'json')).items;
    expect(claims.map(({ metadata, status }: any) => [metadata.name, status.phase]).sort()).toEqual(PODS.map((pod) => [`data-${pod}`, 'Bound']));
    const pods = await cluster.pods();
    expect(spreadOf(shardHosts(formed, pods))).toEqual(bestSpread(pods.map(({ host }) => host)));
  });

  test('the Job says how it went on and how it ended', async () => {
    const [job] = await jobs(here);
    await jobEnds(here, job);
    const lines = (await here.kubectl('logs', `job/${job}`)).trim().split('\n');
    expect(lines[lines.length - 1]).toBe('the cluster is formed: 3 masters with all slots, 3 replicas');
    expect(lines).toContainEqual(expect.stringMatching(/^\d of 6 nodes (answer|know each other)/));
    for (const slots of SLOTS) expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^slots ${slots} given to redis-cluster-\\d$`)));
  });

  test('comes back with every key whenever all pods are deleted at once', async () => {
    for (let time = 0; time < (newest ? 2 : 1); time++) await survives('all pods deleted', () => deleteAll(cluster));
  });

  if (newest) {
    test('stays as it is when the same manifest is applied ten times', async () => {
      // Healers may still be about to bring masters apart that came back on one host: that is no change of this test's making.
      await mastersApart(cluster);
      const before = await state();
      await survives('applied again ten times', () => reapply(cluster));
      expect(await state()).toEqual(before);
    });

    test('stays as it is when it is applied in other ways', async () => {
      const before = await state();
      // Other tools take over what kubectl has applied, as Flux does: by force.
      const takeOver = ['--field-manager=gitops', '--force-conflicts'];
      for (let time = 0; time < 2; time++) await applyServerSide(cluster.manifest(), ...takeOver);
      await applyAndPrune(cluster.manifest());
      expect(await state()).toEqual(before);
    });

    test('loses no acknowledged write when each master is deleted in turn', async () => {
      await survives('each master deleted', () => deleteMasters(cluster));
    });

    test('rolls without losing an acknowledged write', async () => {
      await survives('rolled', () => rollingRestart(cluster));
    });

    test('replaces a master whose redis-server is killed', async () => {
      await survives('redis-server of a master killed', () => killMaster(cluster));
    });

    if (testAccidents) {
      test.each(ACCIDENTS)('survives that a host %s', async (what, play) => {
        await survives(`a host ${what}`, () => play(cluster));
      });
    }

    test('takes a node in again that lost its volume, and forgets what it was', async () => {
      await survives('volume of a replica replaced', () => replaceVolume(cluster), true);
    });

    test('does not let an empty master empty its replica', async () => {
      await survives('volume of a master emptied', () => emptyMaster(cluster), true);
    });

    test('takes a change while the former Job is still there', async () => {
      const former = await jobs(here);
      await survives('label added', () => change(cluster, () => apply(cluster.manifest({ labels: { team: 'cache' } }))));
      const [added, ...more] = (await jobs(here)).filter((name) => !former.includes(name));
      expect([added, more]).toEqual([expect.any(String), []]);
      await jobEnds(here, added);
    });
  } else {
    test('becomes another version under writes, and the former Job is pruned', async () => {
      // Only what was applied like this before is pruned.
      await applyAndPrune(cluster.manifest());
      const former = await jobs(here);
      await survives('Redis 8.6.3 instead', () => change(cluster, () => applyAndPrune(cluster.manifest({ version: '8.6.3' }))));
      const now = await jobs(here);
      expect(now).toHaveLength(1);
      expect(former).not.toContain(now[0]);
      await jobEnds(here, now[0]);
      for (const pod of PODS) expect(await cluster.ask(pod, 'INFO', 'server')).toContain('redis_version:8.6.3');
    });
  }
}

function applyServerSide(yaml: string, ...options: string[]): Promise<string> {
  return kubectl(['apply', '--server-side', ...options, '-f', '-'], { input: yaml });
}

/** Applies, and deletes what an earlier manifest had and this one has not. */
function applyAndPrune(yaml: string): Promise<string> {
  const allowed = KINDS.map((kind) => `--prune-allowlist=${kind}`);
  return kubectl(['apply', '-f', '-', '--prune', '-l', 'app.kubernetes.io/instance=redis-cluster', ...allowed], { input: yaml });
}

// The authorities' files.
afterAll(clean);

describe('a RedisCluster of 8.6.3', () => suite('8.6.3', HOST_COMMAND !== undefined, guard));

if (HOST_COMMAND === undefined) {
  describe.skip('needs host-accidents: a RedisCluster of 8.6.3', () => {
    test.each(ACCIDENTS)('survives that a host %s', () => undefined);
  });
}

describe('a RedisCluster of 8.0.2', () => suite('8.0.2', false, password));
