import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Access, AccessPlan } from './access';
import { actingAs, copierEnv, loginOf, makeUsers } from './acl';
import { makeBudget } from './budget';
import { makeStorageClass } from './cluster-scoped';
import { shortHash } from './hash';
import { LabelSubject, objectLabels, selectorLabels } from './labels';
import { makePodMonitor } from './metrics';
import { BUS_PORT, ClientPort, containerPorts, imageFields, PodPlan, podSpec, REDIS_USER, servicePorts, SidecarPlan, SMALL_MEMORY, smallResources } from './pod';
import { clusterProbes } from './probes';
import { quantity } from './quantities';
import { renderRedisConf, restartHash } from './redis-conf';
import { CLUSTER_SCRIPTS, FORM_SCRIPTS, METRICS_SCRIPTS, run, scripts, USERS_SCRIPTS } from './scripts';
import { restrictedContainer, restrictedPod } from './security';

/** Milliseconds after which a node that does not answer counts as failed. */
export const NODE_TIMEOUT = '5000';

const NODE_TIMEOUT_VARIABLE: k8s.EnvVar = { name: 'CLUSTER_NODE_TIMEOUT', value: NODE_TIMEOUT };

const PLAN_MOUNT: k8s.VolumeMount = { name: 'plan', mountPath: '/plan', readOnly: true };

/** Tries of the Job, each of which waits five minutes. */
const TRIES = 100;

/** Everything of a cluster. */
export interface ClusterPlan extends Omit<PodPlan, 'ports' | 'probes' | 'preStop' | 'sidecars' | 'command'> {
  readonly subject: LabelSubject;
  readonly access: AccessPlan;
  readonly clientPorts: readonly ClientPort[];
  readonly nodes: number;
  /** The plan of slots and nodes, for people and for the Job. */
  readonly planFiles: { readonly [file: string]: string };
  /** The volume of each node, or nothing where they keep nothing. */
  readonly claim?: k8s.KubePersistentVolumeClaimProps;
  readonly claimRetention?: string;
  readonly storageClass?: k8s.KubeStorageClassProps;
  /** Variables of the healer, where there is one. */
  readonly healing?: k8s.EnvVar[];
}

/** What names end with that must be DNS labels: those of the headless Service and of the Job. */
export const CLUSTER_SUFFIXES = ['-nodes', '-init-00000'];

/** The Service that gives each pod a name. */
export function nodesServiceName(name: string): string {
  return `${name}-nodes`;
}

/** Variables by which the scripts of a cluster find its nodes. */
export function clusterEnv(name: string): k8s.EnvVar[] {
  return [
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    { name: 'CLUSTER_NAME', value: name },
    { name: 'CLUSTER_SERVICE', value: nodesServiceName(name) },
    { name: 'CLUSTER_DOMAIN', value: `${nodesServiceName(name)}.$(POD_NAMESPACE).svc` },
  ];
}

function field(name: string, fieldPath: string): k8s.EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

const POD_NAME = field('POD_NAME', 'metadata.name');

/** Variables by which a node says who it is. */
export function nodeEnv(): k8s.EnvVar[] {
  return [
    POD_NAME,
    field('POD_IP', 'status.podIP'),
    field('NODE_NAME', 'spec.nodeName'),
    // Kubernetes gives pods the zone of their host as a label since 1.35; before, the variable is empty.
    field('NODE_ZONE', 'metadata.labels[\'topology.kubernetes.io/zone\']'),
  ];
}

/** The objects of a Redis Cluster. */
export function makeCluster(scope: Construct, plan: ClusterPlan): void {
  const { subject, storageClass } = plan;
  const { name } = subject;
  const metadata = (objectName: string): k8s.ObjectMeta => ({ name: objectName, labels: objectLabels(subject) });
  const selector = selectorLabels(subject);

  new k8s.KubeConfigMap(scope, 'config', { metadata: metadata(name), data: { 'redis.conf': renderRedisConf(plan.blueprint.directives) } });
  new k8s.KubeConfigMap(scope, 'plan', { metadata: metadata(`${name}-plan`), data: plan.planFiles });
  const files = [...CLUSTER_SCRIPTS, ...FORM_SCRIPTS, ...(plan.blueprint.acl ? USERS_SCRIPTS : []), ...(plan.metrics ? METRICS_SCRIPTS : [])];
  new k8s.KubeConfigMap(scope, 'scripts', { metadata: metadata(`${name}-scripts`), data: scripts(...files) });
  makeUsers(scope, plan.blueprint.acl, metadata);
  if (storageClass) makeStorageClass(scope, storageClass, objectLabels(subject));

  new k8s.KubeService(scope, 'service', { metadata: metadata(name), spec: { type: 'ClusterIP', selector, ports: servicePorts(allPorts(plan)) } });
  new k8s.KubeService(scope, 'nodes', {
    metadata: metadata(nodesServiceName(name)),
    // Nodes must find each other before they are ready: they never would be otherwise.
    spec: { clusterIp: 'None', publishNotReadyAddresses: true, selector, ports: servicePorts(allPorts(plan)) },
  });
  makeStatefulSet(scope, plan, metadata(name));
  makeBudget(scope, 'budget', name, subject);
  // The bus asks for no password: whoever reaches it can join the cluster and take its slots.
  new Access(scope, plan.access, [
    { id: 'bus', metadata: metadata(name), subject, ports: doorPorts(plan), inside: [initSubject(subject)], bus: subject, scrapers: plan.metrics?.scrapers },
  ]);
  makePodMonitor(scope, plan.metrics, metadata(name), subject);
  makeJob(scope, plan);
}

/** What the pods of the Job are: neither Service may send a client to them. */
function initSubject(subject: LabelSubject): LabelSubject {
  return { ...subject, component: 'cluster-init' };
}

function allPorts({ clientPorts }: ClusterPlan): ClientPort[] {
  return [...clientPorts, { name: 'gossip', number: BUS_PORT }];
}

/**
 * Where there are two, pods that have the one of them only are being replaced. By numbers the Job reaches them at once at the port that they have, since they refuse
 * the other one; a name that a pod does not have would let nobody in, and the Job would wait for an answer.
 */
function doorPorts({ clientPorts }: ClusterPlan): Array<string | number> {
  return clientPorts.map(({ name, number }) => (clientPorts.length > 1 ? number : name));
}

function makeStatefulSet(scope: Construct, plan: ClusterPlan, metadata: k8s.ObjectMeta): void {
  const { subject, nodes, claim, claimRetention, blueprint } = plan;
  new k8s.KubeStatefulSet(scope, 'stateful-set', {
    metadata,
    spec: {
      serviceName: nodesServiceName(subject.name),
      replicas: nodes,
      // One after the other would only delay the start: nobody is ready before all are there.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selectorLabels(subject) },
      template: {
        metadata: {
          labels: objectLabels(subject),
          annotations: { 'kubectl.kubernetes.io/default-container': 'redis', 'checksum/config': restartHash(blueprint.directives) },
        },
        spec: podSpec({
          ...plan,
          command: actingAs(blueprint.acl, 'healing', run('cluster-start.sh', 'redis-server', plan.confFile)),
          ports: containerPorts(allPorts(plan)),
          probes: clusterProbes(),
          preStop: actingAs(blueprint.acl, 'healing', run('cluster-pre-stop.sh')),
          sidecars: healers(plan),
        }),
      },
      ...(claim && { volumeClaimTemplates: [claim] }),
      ...(claimRetention && { persistentVolumeClaimRetentionPolicy: { whenDeleted: claimRetention } }),
    },
  });
}

function healers({ healing, nodes, blueprint: { acl } }: ClusterPlan): SidecarPlan[] {
  if (!healing) return [];
  const env = [POD_NAME, NODE_TIMEOUT_VARIABLE, ...healing, ...copierEnv(acl)];
  return [{ name: 'healer', script: 'cluster-heal.sh', user: 'healing', env, mounts: [PLAN_MOUNT], memory: lookMemory(nodes) }];
}

/**
 * What it takes to look at the whole cluster, which grows with the square of its nodes: awk took 20 MB for 100, 37 for 150, 63 for 200 and 132 for 300
 * (busybox, with facts as nodes give them). In powers of two, so that another shard hardly ever changes the pods.
 */
function lookMemory(nodes: number, least: Size = SMALL_MEMORY): Size {
  const mebibytes = 20 + nodes ** 2 / 512;
  return Size.mebibytes(Math.max(least.toMebibytes(), 2 ** Math.ceil(Math.log2(mebibytes))));
}

/** Volumes of the nodes that the Job has no use for: it has no Redis of its own. */
const NODES_ONLY = ['config', 'data', 'socket', 'users'];

/** Its name carries the hash of all that it is made from, since Kubernetes refuses to change a Job. */
function makeJob(scope: Construct, plan: ClusterPlan): void {
  const { subject, planFiles, blueprint, pullSecrets } = plan;
  const { name } = subject;
  const labels = objectLabels(initSubject(subject));
  const login = loginOf(blueprint.acl, 'healing');
  const memory = lookMemory(plan.nodes, Size.mebibytes(256));
  const spec: k8s.PodSpec = {
    ...restrictedPod(REDIS_USER),
    ...plan.scheduling,
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })) }),
    topologySpreadConstraints: undefined,
    restartPolicy: 'OnFailure',
    containers: [{
      name: 'init',
      ...imageFields(plan),
      command: run('cluster-form.sh'),
      env: [NODE_TIMEOUT_VARIABLE, ...plan.healing ?? [], ...blueprint.clientEnv.filter(({ name: variable }) => variable !== 'REDIS_SOCKET'), ...login.env],
      resources: smallResources(memory),
      securityContext: restrictedContainer(),
      volumeMounts: [
        ...blueprint.clientMounts.filter((mount) => !NODES_ONLY.includes(mount.name)),
        ...login.mounts,
        PLAN_MOUNT,
        { name: 'tmp', mountPath: '/tmp' },
      ],
    }],
    volumes: [
      ...blueprint.volumes.filter((volume) => !NODES_ONLY.includes(volume.name)),
      ...login.volumes,
      // It writes no more than it can read.
      { name: 'tmp', emptyDir: { sizeLimit: quantity(memory) } },
    ],
  };
  const input = JSON.stringify([planFiles, scripts(...FORM_SCRIPTS), labels, spec]);
  new k8s.KubeJob(scope, 'init', {
    metadata: { name: `${name}-init-${shortHash(input)}`, labels },
    spec: { backoffLimit: TRIES, template: { metadata: { labels }, spec } },
  });
}
