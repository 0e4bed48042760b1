import * as cdk8s from 'cdk8s';
import { ApiObject, App, Chart, Cron, JsonPatch, Lazy, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import {
  IRedis, LonghornRedis, Redis, RedisAccess, RedisCluster, RedisController, RedisExposure, RedisInsight, RedisReplication, RedisSentinel, RedisStandalone,
} from '../src';
import { ANY_PLUS } from './any-plus';
import { identity, Manifest, only, synth, workload } from './kit';
import { Pod, podsIn, reachable } from './network-policies';

const POD = { containers: [{ name: 'web', image: 'web' }] };
const OUTSIDE = '203.0.113.7';

/** A pod that has nothing to do with any Redis. */
function stranger(namespace: string, labels: { [key: string]: string } = { app: 'stranger' }): Pod {
  return { title: 'stranger', namespace, labels, ports: [] };
}

type Build = (chart: Chart) => unknown;
type Ports = { [pod: string]: number[] };

/** A chart `prod` as it is rendered, with all of its pods. */
function prod(build: Build): { manifests: Manifest[]; at: (title: string) => Pod } {
  const manifests = synth(build, 'prod');
  const pods = podsIn(manifests);
  return { manifests, at: (title) => pods.find((pod) => pod.title === title) ?? pods.find((pod) => pod.title.startsWith(`${title}-`))! };
}

/** The ports of each pod of the set that one source reaches. */
function reach(build: Build, from: string | Pod, to: string[]): Ports {
  const { manifests, at } = prod(build);
  const source = typeof from === 'string' && from.includes('/') ? at(from) : from;
  if (source === undefined) throw new Error(`no ${String(from)} among ${manifests.map(identity).join()}`);
  return Object.fromEntries(to.map((title) => [title, reachable(manifests, source, at(title))]));
}

const connected = (make: (chart: Chart) => IRedis) => (chart: Chart) => make(chart).connect(workload(chart, 'Deployment', POD, 'web'));
const standalone = (access?: RedisAccess) => (chart: Chart) => new RedisStandalone(chart, 'redis', { access });
const cluster = (access?: RedisAccess) => (chart: Chart) => new RedisCluster(chart, 'redis', { access });
const replication = (access?: RedisAccess) => (chart: Chart) => new RedisReplication(chart, 'redis', { access });
const shown = (make: (chart: Chart) => IRedis) => (chart: Chart) => {
  const redis = make(chart);
  new RedisInsight(chart, 'ui', { databases: [redis], acceptTerms: true });
  return redis;
};
const other = stranger('prod');
const away = stranger('away');

const WEB = 'Deployment/test-web';
const UI = 'Deployment/ui';
const NODE = 'StatefulSet/redis';
const SENTINEL = 'StatefulSet/redis-sentinel';
const PROXY = 'Deployment/redis-proxy';
const JOB = 'Job/redis';
const CLIENTS = [6379];
const CLIENTS_AND_BUS = [6379, 16379];
const MASTER_AND_REPLICAS = [6379, 6380];

describe('a RedisStandalone', () => {
  test.each<[string, Build, string | Pod, number[]]>([
    ['anybody of the namespace comes in while nobody is connected', standalone(), other, CLIENTS],
    ['so does anybody of another', standalone(), away, CLIENTS],
    ['and whoever is outside', standalone(), OUTSIDE, CLIENTS],
    ['who is connected comes in', connected(standalone()), WEB, CLIENTS],
    ['nobody else of the namespace does then', connected(standalone()), other, []],
    ['nor of another', connected(standalone()), away, []],
    ['nor who has the labels of the connected one, but is elsewhere', connected(standalone()), stranger('away', { app: 'web' }), []],
    ['nor who is outside', connected(standalone()), OUTSIDE, []],
    ['a console closes it for nobody', shown(standalone()), other, CLIENTS],
    ['a console comes in where it is closed', connected(shown(standalone())), UI, CLIENTS],
    ['an open one stays open', connected(standalone(RedisAccess.open())), other, CLIENTS],
    ['a restricted one is closed to all who are not named', standalone(RedisAccess.restricted()), other, []],
    ['also to those outside', standalone(RedisAccess.restricted()), OUTSIDE, []],
    ['a restricted one takes who is connected', connected(standalone(RedisAccess.restricted())), WEB, CLIENTS],
    ['and consoles', shown(standalone(RedisAccess.restricted())), UI, CLIENTS],
    ['and pods with labels', standalone(RedisAccess.restricted({ pods: [{ labels: { app: 'stranger' } }] })), other, CLIENTS],
    ['but not those of another namespace', standalone(RedisAccess.restricted({ pods: [{ labels: { app: 'stranger' } }] })), away, []],
    ['and all pods of a namespace', standalone(RedisAccess.restricted({ pods: [{ namespaceName: 'away' }] })), away, CLIENTS],
    ['but not its own', standalone(RedisAccess.restricted({ pods: [{ namespaceName: 'away' }] })), other, []],
    ['and pods with labels there', standalone(RedisAccess.restricted({ pods: [{ labels: { app: 'exporter' }, namespaceName: 'away' }] })), away, []],
    ['and namespaces by their labels', standalone(RedisAccess.restricted({ pods: [{ namespaceLabels: { 'kubernetes.io/metadata.name': 'away' } }] })), away, CLIENTS],
    ['and networks', standalone(RedisAccess.restricted({ networks: ['203.0.113.0/24'] })), OUTSIDE, CLIENTS],
    ['but no other', standalone(RedisAccess.restricted({ networks: ['203.0.113.0/24'] })), '198.51.100.1', []],
    ['who is connected comes in besides those', connected(standalone(RedisAccess.restricted({ networks: ['203.0.113.0/24'] }))), WEB, CLIENTS],
  ])('%s', (_, build, from, ports) => {
    expect(reach(build, from, [NODE])).toEqual({ [NODE]: ports });
  });

  test('has no policy before somebody is connected, and one then, beside its Service', () => {
    const policies = (build: Build) => synth(build).filter(({ kind }) => kind === 'NetworkPolicy').map(identity);
    expect([standalone(), shown(standalone()), connected(standalone())].map(policies)).toEqual([[], ['NetworkPolicy/ui'], ['NetworkPolicy/redis']]);
    expect(policies(connected(standalone(RedisAccess.open())))).toEqual([]);
    const kinds = synth(connected(standalone())).map(identity);
    expect(kinds.indexOf('NetworkPolicy/redis')).toBe(kinds.indexOf('Service/redis') + 1);
  });

  test('as a bare Pod is closed as well', () => {
    const pod = (chart: Chart) => new RedisStandalone(chart, 'redis', { controller: RedisController.POD });
    expect([WEB, other].map((from) => reach(connected(pod), from, ['Pod/redis']))).toEqual([{ 'Pod/redis': CLIENTS }, { 'Pod/redis': [] }]);
  });
});

describe('a LonghornRedis', () => {
  test('has its policy in the namespace of its own, which lets in what the chart makes', () => {
    const manifests = synth(connected((chart) => new LonghornRedis(chart, 'redis', { createNamespace: true })));
    const pods = podsIn(manifests);
    const to = pods.find(({ title }) => title === NODE)!;
    expect(only(manifests, 'NetworkPolicy').metadata.namespace).toBe('redis-server');
    expect(to.namespace).toBe('redis-server');
    expect(reachable(manifests, pods.find(({ title }) => title.startsWith(WEB))!, to)).toEqual(CLIENTS);
    expect(reachable(manifests, stranger('redis-server'), to)).toEqual([]);
    expect(reachable(manifests, stranger('default'), to)).toEqual([]);
  });
});

describe('a RedisCluster', () => {
  test.each<[string, Build, string | Pod, number[]]>([
    ['its own pods reach each other', cluster(), NODE, CLIENTS_AND_BUS],
    ['also when it is closed', connected(cluster()), NODE, CLIENTS_AND_BUS],
    ['also when it is restricted', cluster(RedisAccess.restricted()), NODE, CLIENTS_AND_BUS],
    ['the Job talks to Redis', cluster(), JOB, CLIENTS],
    ['also when it is closed', connected(cluster()), JOB, CLIENTS],
    ['also when it is restricted', cluster(RedisAccess.restricted()), JOB, CLIENTS],
    ['anybody comes in while nobody is connected, but not to the bus', cluster(), other, CLIENTS],
    ['also from elsewhere', cluster(), away, CLIENTS],
    ['also from outside', cluster(), OUTSIDE, CLIENTS],
    ['who is connected never reaches the bus', connected(cluster()), WEB, CLIENTS],
    ['nobody else comes in then', connected(cluster()), other, []],
    ['nor from elsewhere', connected(cluster()), away, []],
    ['nor from outside', connected(cluster()), OUTSIDE, []],
    ['a console asks all nodes', connected(shown(cluster())), UI, CLIENTS],
    ['an open one keeps its bus for itself', connected(cluster(RedisAccess.open())), other, CLIENTS],
    ['peers of the user do not reach the bus either', cluster(RedisAccess.restricted({ pods: [{ labels: { app: 'stranger' } }] })), other, CLIENTS],
    ['another cluster of the namespace does not reach it', (chart) => {
      cluster()(chart);
      new RedisCluster(chart, 'second');
    }, 'StatefulSet/second', CLIENTS],
  ])('%s', (_, build, from, ports) => {
    expect(reach(build, from, [NODE])).toEqual({ [NODE]: ports });
  });
});

describe('a RedisReplication', () => {
  test.each<[string, Build, string | Pod, number[], number[], number[]]>([
    ['its nodes reach each other and the Sentinels', connected(replication()), NODE, CLIENTS, [26379], []],
    ['its Sentinels reach each other and the nodes', connected(replication()), SENTINEL, CLIENTS, [26379], []],
    ['its proxies reach the nodes and the Sentinels', connected(replication()), PROXY, CLIENTS, [26379], []],
    ['the same when it is restricted', replication(RedisAccess.restricted()), PROXY, CLIENTS, [26379], []],
    ['and while nobody is connected', replication(), NODE, CLIENTS, [26379], [6379, 6380, 8404]],
    ['anybody comes in while nobody is connected, but not to the Sentinels', replication(), other, CLIENTS, [], [6379, 6380, 8404]],
    ['also from outside', replication(), OUTSIDE, CLIENTS, [], [6379, 6380, 8404]],
    ['who is connected reaches the proxies, the Sentinels and each node', connected(replication()), WEB, CLIENTS, [26379], MASTER_AND_REPLICAS],
    ['nobody else comes in then', connected(replication()), other, [], [], []],
    ['nor from elsewhere', connected(replication()), away, [], [], []],
    ['nor from outside', connected(replication()), OUTSIDE, [], [], []],
    ['a console does not need the Sentinels', connected(shown(replication())), UI, CLIENTS, [], MASTER_AND_REPLICAS],
    ['an open one is open, its Sentinels too', connected(replication(RedisAccess.open())), other, CLIENTS, [26379], [6379, 6380, 8404]],
    ['peers of the user reach what clients reach', replication(RedisAccess.restricted({ networks: ['203.0.113.0/24'] })), OUTSIDE, CLIENTS, [26379], MASTER_AND_REPLICAS],
  ])('%s', (_, build, from, node, sentinel, proxy) => {
    expect(reach(build, from, [NODE, SENTINEL, PROXY])).toEqual({ [NODE]: node, [SENTINEL]: sentinel, [PROXY]: proxy });
  });

  const fixed = (chart: Chart) => new RedisReplication(chart, 'redis', { replicas: 1, sentinel: RedisSentinel.none() });
  test.each<[string, Build, string | Pod, number[]]>([
    ['has no policy while nobody is connected', fixed, other, CLIENTS],
    ['is closed to others then', connected(fixed), other, []],
    ['takes who is connected', connected(fixed), WEB, CLIENTS],
    ['has nodes that reach each other', connected(fixed), NODE, CLIENTS],
  ])('without Sentinels %s', (_, build, from, ports) => {
    expect(reach(build, from, [NODE])).toEqual({ [NODE]: ports });
  });
});

describe('a RedisInsight', () => {
  const ui = (exposure?: RedisExposure) => (chart: Chart) => new RedisInsight(chart, 'ui', { exposure });
  const ingress = { host: 'redis.example.com' };
  const controller = { pods: [{ namespaceName: 'ingress-nginx', labels: { app: 'controller' } }] };
  test.each<[string, Build, string | Pod, boolean]>([
    ['a load balancer lets in private networks', ui(), '192.168.1.7', true],
    ['and hosts that pass clients on', ui(), '10.0.0.1', true],
    ['but nobody else', ui(), OUTSIDE, false],
    ['nor pods, which networks do not mean', ui(), other, false],
    ['with networks of the user it lets in these', ui(RedisExposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] })), OUTSIDE, true],
    ['and no other, not even private ones', ui(RedisExposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] })), '192.168.1.7', false],
    ['a ClusterIP lets in pods of the namespace', ui(RedisExposure.clusterIp()), other, true],
    ['and of another', ui(RedisExposure.clusterIp()), away, true],
    ['but nobody from outside', ui(RedisExposure.clusterIp()), '192.168.1.7', false],
    ['with peers of the user it lets in these', ui(RedisExposure.clusterIp({ allowFrom: { pods: [{ namespaceName: 'away' }] } })), away, true],
    ['and no others', ui(RedisExposure.clusterIp({ allowFrom: { pods: [{ namespaceName: 'away' }] } })), other, false],
    ['with nobody among them it is for kubectl port-forward alone', ui(RedisExposure.clusterIp({ allowFrom: {} })), other, false],
    ['an Ingress may come from anywhere in the cluster', ui(RedisExposure.ingress(ingress)), away, true],
    ['and from private networks', ui(RedisExposure.ingress(ingress)), '10.0.0.1', true],
    ['but from no other', ui(RedisExposure.ingress(ingress)), OUTSIDE, false],
    ['with its controller named, this comes in', ui(RedisExposure.ingress({ ...ingress, allowFrom: controller })), stranger('ingress-nginx', { app: 'controller' }), true],
    ['and nobody goes around it', ui(RedisExposure.ingress({ ...ingress, allowFrom: controller })), other, false],
  ])('%s', (_, build, from, allowed) => {
    expect(reach(build, from, [UI])).toEqual({ [UI]: allowed ? [5540] : [] });
  });

  test('keeps the addresses of clients where its policy asks for them', () => {
    const policy = (exposure?: RedisExposure) => only(synth(ui(exposure)), 'Service').spec.externalTrafficPolicy;
    expect(policy(RedisExposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] }))).toBe('Local');
    expect([
      policy(),
      policy(RedisExposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'], allowFrom: { networks: ['192.0.2.0/24'] } })),
      policy(RedisExposure.loadBalancer({ sourceRanges: ['0.0.0.0/0'] })),
      policy(RedisExposure.clusterIp()),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('of another namespace comes in by its own', () => {
    const app = Testing.app();
    const redis = new RedisStandalone(new Chart(app, 'redis', { namespace: 'prod' }), 'redis', { access: RedisAccess.restricted() });
    new RedisInsight(new Chart(app, 'tools', { namespace: 'tools' }), 'ui', { databases: [redis, Redis.fromAttributes({ host: 'redis.example.com' })], acceptTerms: true });
    const manifests = synthAll(app);
    const [to, console] = [NODE, UI].map((title) => podsIn(manifests).find((pod) => pod.title === title)!);
    expect(reachable(manifests, console, to)).toEqual(CLIENTS);
    expect(reachable(manifests, { ...console, namespace: 'prod' }, to)).toEqual([]);
  });
});

describe('a workload that is connected', () => {
  /** Whether it comes in, and whether a pod with its labels but for the one that says who it is does. */
  function comesIn(make: (chart: Chart) => Construct): boolean {
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis').connect(make(chart)), 'prod');
    const pods = podsIn(manifests);
    const to = pods.find(({ title }) => title === NODE)!;
    expect(reachable(manifests, other, to)).toEqual([]);
    return reachable(manifests, pods.find((pod) => pod !== to)!, to).length > 0;
  }

  test.each(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])('comes in as a %s without any cdk8s-plus', (kind) => {
    expect(comesIn((chart) => workload(chart, kind, POD))).toBe(true);
  });

  describe.each(ANY_PLUS)('of cdk8s-plus-%s', (_, plus) => {
    const containers = [{ image: 'web' }];
    const schedule = Cron.daily();
    test.each<[string, (chart: Chart) => Construct]>([
      ['Pod', (chart) => new plus.Pod(chart, 'web', { containers })],
      ['Deployment', (chart) => new plus.Deployment(chart, 'web', { containers })],
      ['Deployment that selects later', (chart) => {
        const web = new plus.Deployment(chart, 'web', { containers, select: false, podMetadata: { labels: { app: 'web' } } });
        web.select(plus.LabelSelector.of({ labels: { app: 'web' } }));
        return web;
      }],
      ['StatefulSet', (chart) => new plus.StatefulSet(chart, 'web', { containers, service: new plus.Service(chart, 'service', { ports: [{ port: 80 }] }) })],
      ['DaemonSet', (chart) => new plus.DaemonSet(chart, 'web', { containers })],
      ['Job', (chart) => new plus.Job(chart, 'web', { containers })],
      ['CronJob', (chart) => new plus.CronJob(chart, 'web', { containers, schedule })],
      ['KubeDeployment', (chart) => new plus.k8s.KubeDeployment(chart, 'web', {
        spec: {
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
          template: { metadata: { labels: { app: 'web', version: '1' } }, spec: POD },
        },
      })],
      ['Job with a selector of its own', (chart) => new plus.k8s.KubeJob(chart, 'web', {
        spec: { manualSelector: true, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: POD } },
      })],
      ['Deployment that is made late', (chart) => new ApiObject(chart, 'web', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        spec: Lazy.any({ produce: () => ({ selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: POD } }) }),
      })],
    ])('comes in as a %s', (__, make) => {
      expect(comesIn(make)).toBe(true);
    });
  });

  test('is selected by its selector, so that the pods of its last version come in too', () => {
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis').connect(new ApiObject(chart, 'web', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web', version: '2' } }, spec: POD } },
    })));
    expect(only(manifests, 'NetworkPolicy').spec.ingress[0].from).toEqual([{ podSelector: { matchLabels: { app: 'web' } } }]);
  });

  test('gets a label where it has none for good', () => {
    const labels = (kind: string, name?: string) => {
      const manifests = synth((chart) => {
        const web = workload(chart, kind, POD, name);
        new RedisStandalone(chart, 'a').connect(web, { as: 'A' });
        new RedisStandalone(chart, 'b').connect(web, { as: 'B' });
      });
      return podsIn(manifests).find(({ title }) => title.startsWith(`${kind}/`))!.labels;
    };
    expect(labels('Pod')).toEqual({ 'cdk8s-redis-constructs/workload': expect.stringMatching(/^pod\.test-workload-/) });
    expect(labels('CronJob')).toEqual({ 'cdk8s-redis-constructs/workload': expect.stringMatching(/^cronjob\.test-workload-/) });
    expect(labels('Job')).toEqual({ 'batch.kubernetes.io/job-name': expect.any(String) });
  });

  test('may have a name that is too long for a label', () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}`;
    const make = (chart: Chart) => new ApiObject(chart, 'web', { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: POD });
    expect(comesIn(make)).toBe(true);
    expect(only(synth((chart) => new RedisStandalone(chart, 'redis').connect(make(chart))), 'Pod').metadata.labels)
      .toEqual({ 'cdk8s-redis-constructs/workload': expect.stringMatching(/^pod\.\w+$/) });
  });

  test('comes in by its own namespace only, and is not alone', () => {
    const app = Testing.app();
    const redis = new RedisCluster(new Chart(app, 'redis', { namespace: 'prod' }), 'redis');
    redis.connect(workload(new Chart(app, 'shop', { namespace: 'shop' }), 'Deployment', POD, 'web'));
    redis.connect(workload(new Chart(app, 'jobs', { namespace: 'jobs' }), 'CronJob', POD, 'report'));
    const manifests = synthAll(app);
    const pods = podsIn(manifests);
    const to = pods.find(({ title }) => title === NODE)!;
    const [web, report] = ['shop', 'jobs'].map((namespace) => pods.find((pod) => pod.namespace === namespace)!);
    expect([web, report].map((from) => reachable(manifests, from, to))).toEqual([CLIENTS, CLIENTS]);
    expect([{ ...web, namespace: 'prod' }, { ...web, namespace: 'jobs' }, { ...report, namespace: 'shop' }].map((from) => reachable(manifests, from, to))).toEqual([[], [], []]);
  });

  test('comes in from wherever kubectl puts it, if its chart does not say where that is', () => {
    const app = Testing.app();
    const redis = new RedisStandalone(new Chart(app, 'redis', { namespace: 'prod' }), 'redis');
    redis.connect(workload(new Chart(app, 'shop'), 'Deployment', POD, 'web'));
    const manifests = synthAll(app);
    const to = podsIn(manifests).find(({ title }) => title === NODE)!;
    expect(['default', 'prod', 'shop'].map((namespace) => reachable(manifests, stranger(namespace, { app: 'web' }), to))).toEqual([CLIENTS, CLIENTS, CLIENTS]);
    expect(reachable(manifests, stranger('shop'), to)).toEqual([]);
  });

  test('is in the policy once, by whatever names it knows the Redis', () => {
    const manifests = synth((chart) => {
      const redis = new RedisStandalone(chart, 'redis');
      const web = workload(chart, 'Deployment', POD, 'web');
      redis.connect(web);
      redis.connect(web, { as: 'AGAIN' });
    });
    expect(only(manifests, 'NetworkPolicy').spec.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 'redis', protocol: 'TCP' }] },
    ]);
  });

  test('is refused where no policy could let its pods in', () => {
    const connect = (props: Manifest, access?: RedisAccess) => () => synth((chart) => {
      new RedisStandalone(chart, 'redis', { access }).connect(new ApiObject(chart, 'web', { apiVersion: 'apps/v1', kind: 'Deployment', ...props }));
    });
    const selector = { matchLabels: { app: 'web' } };
    const metadata = { labels: { app: 'web' } };
    const onHost = { spec: { selector, template: { metadata, spec: { ...POD, hostNetwork: true } } } };
    const unselected = '\'test/web\' has no selector, so no NetworkPolicy can let its pods in: give it \'spec.selector.matchLabels\', or the Redis \'access: RedisAccess.open()\'';
    expect(connect({ spec: { template: { spec: POD } } })).toThrow(unselected);
    expect(connect({ spec: { selector: {}, template: { spec: POD } } })).toThrow(unselected);
    expect(connect(onHost)).toThrow('\'test/web\' is on the network of its host, where no NetworkPolicy can tell it from others: take it off \'hostNetwork\', or give the Redis '
      + '\'access: RedisAccess.restricted({ networks })\' with the network of the hosts, or RedisAccess.open()');
    expect(connect(onHost, RedisAccess.restricted({ networks: ['192.0.2.0/24'] }))).not.toThrow();
    for (const each of [{ spec: { template: { spec: POD } } }, onHost]) expect(connect(each, RedisAccess.open())).not.toThrow();
  });

  test.each(ANY_PLUS)('is refused on the network of its host also as one of cdk8s-plus-%s, whatever stands within it', (_, plus) => {
    const within = (hostNetwork: boolean) => () => synth((chart) => {
      const host = new plus.Deployment(chart, 'host', { containers: [{ image: 'web' }], hostNetwork });
      const redis = new RedisStandalone(chart, 'redis');
      redis.connect(workload(host as unknown as Chart, 'Deployment', POD, 'inner'));
      if (hostNetwork) redis.connect(host);
    });
    expect(within(true)).toThrow('\'test/host/Resource\' is on the network of its host');
    expect(only(within(false)(), 'NetworkPolicy').spec.ingress[0].from).toEqual([{ podSelector: { matchLabels: { app: 'inner' } } }]);
  });

  test('is refused where a patch gives it another selector', () => {
    expect(() => synth((chart) => {
      const web = workload(chart, 'Deployment', POD, 'web');
      new RedisStandalone(chart, 'redis').connect(web);
      web.addJsonPatch(JsonPatch.replace('/spec/selector/matchLabels/app', 'shop'));
    })).toThrow('\'test/web\' is rendered with another selector than its Redis was told, [{"app":"shop"},[]] instead of [{"app":"web"},[]]: give it in the properties rather '
      + 'than in a patch');
  });
});

describe('policies', () => {
  test('are of the same names whatever is connected when', () => {
    const names = (build: Build) => synth(build).filter(({ kind }) => kind === 'NetworkPolicy').map(identity);
    const all = ['NetworkPolicy/redis', 'NetworkPolicy/redis-sentinel', 'NetworkPolicy/redis-proxy'];
    expect(names(replication(RedisAccess.restricted()))).toEqual(all);
    expect(names(connected(replication())).sort()).toEqual([...all].sort());
  });

  test('are not made over one of the user\'s', () => {
    const build = (chart: Chart) => {
      new kplus.k8s.KubeNetworkPolicy(chart, 'mine', { metadata: { name: 'redis' }, spec: { podSelector: {} } });
      connected(standalone())(chart);
    };
    expect(() => synth(build)).toThrow('both make the NetworkPolicy \'redis\': give one of them another name');
  });

  test('are not made over those of another Redis', () => {
    expect(() => synth((chart) => {
      connected(standalone())(chart);
      const second = new RedisInsight(chart, 'second', { name: 'redis' });
      return second;
    })).toThrow('\'test/second\' and \'test/redis\' both need the NetworkPolicy \'redis\' for themselves: give one of them another name');
  });

  test('know a Redis that another copy of the library made', () => {
    let copy: typeof import('../src') | undefined;
    jest.isolateModules(() => {
      // Its peers are those of the app.
      jest.doMock('cdk8s', () => cdk8s);
      copy = jest.requireActual<typeof import('../src')>('../src');
      jest.dontMock('cdk8s');
    });
    expect(copy!.RedisStandalone).not.toBe(RedisStandalone);
    const manifests = synth((chart) => {
      const redis = new copy!.RedisStandalone(chart, 'redis', { access: RedisAccess.restricted() });
      new RedisInsight(chart, 'ui', { databases: [redis], acceptTerms: true });
    });
    const [to, console] = [NODE, UI].map((title) => podsIn(manifests).find((pod) => pod.title === title)!);
    expect(reachable(manifests, console, to)).toEqual(CLIENTS);
  });
});

function synthAll(app: App): Manifest[] {
  return app.charts.flatMap((chart) => Testing.synth(chart));
}
