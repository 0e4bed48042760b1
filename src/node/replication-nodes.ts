import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Access, Door } from './access';
import { Acl, actingAs, makeUsers } from './acl';
import { makeBudget } from './budget';
import { makeStorageClass } from './cluster-scoped';
import { hostsContainer } from './hosts-file';
import { LabelSubject, objectLabels, selectorLabels } from './labels';
import { makePodMonitor } from './metrics';
import { podSpec, REDIS_PORT } from './pod';
import { redisProbes } from './probes';
import { makeProxy } from './proxy';
import { renderRedisConf, restartHash } from './redis-conf';
import { CONF_DIRECTORY, makePodService, proxySubject, readServiceName, ReplicationPlan, sentinelSubject } from './replication-plan';
import { METRICS_SCRIPTS, REPLICATION_SCRIPTS, run, scripts, USERS_SCRIPTS } from './scripts';
import { makeSentinels } from './sentinels';

/** The objects of a master and its replicas. */
export function makeReplication(scope: Construct, plan: ReplicationPlan): void {
  const { subject, nodes, sentinels, proxy, storageClass } = plan;
  const { name } = subject;
  const metadata = (objectName: string): k8s.ObjectMeta => ({ name: objectName, labels: objectLabels(subject) });
  const selector = selectorLabels(subject);

  new k8s.KubeConfigMap(scope, 'config', { metadata: metadata(`${name}-config`), data: { 'redis.conf': renderRedisConf(plan.blueprint.directives) } });
  new k8s.KubeConfigMap(scope, 'plan', { metadata: metadata(`${name}-plan`), data: plan.planFiles });
  const files = [...REPLICATION_SCRIPTS, ...(plan.blueprint.acl ? USERS_SCRIPTS : []), ...(plan.metrics ? METRICS_SCRIPTS : [])];
  new k8s.KubeConfigMap(scope, 'scripts', { metadata: metadata(`${name}-scripts`), data: scripts(...files) });
  makeUsers(scope, plan.blueprint.acl, metadata);
  if (storageClass) makeStorageClass(scope, storageClass, objectLabels(subject));

  for (const node of nodes) makePodService(scope, subject, node, 'redis', REDIS_PORT);
  makeStatefulSet(scope, plan, metadata(name));
  makeBudget(scope, 'budget', name, subject);
  if (sentinels && proxy) {
    makeSentinels(scope, plan, sentinels);
    makeProxy(scope, plan, proxy);
  } else {
    const ports = [{ name: 'redis', port: REDIS_PORT, targetPort: k8s.IntOrString.fromString('redis') }];
    const first = { ...selector, 'statefulset.kubernetes.io/pod-name': nodes[0] };
    new k8s.KubeService(scope, 'service', { metadata: metadata(name), spec: { type: 'ClusterIP', selector: first, ports } });
    new k8s.KubeService(scope, 'read-service', { metadata: metadata(readServiceName(name)), spec: { type: 'ClusterIP', selector, ports } });
  }
  makePodMonitor(scope, plan.metrics, metadata(name), subject);
  new Access(scope, plan.access, doors(plan));
}

/** Who of a replication talks to whom. A client that knows Sentinel goes to the nodes itself, all others by the proxy. */
function doors({ subject, sentinels, metrics }: ReplicationPlan): Door[] {
  const door = (id: string, name: string, of: LabelSubject): Pick<Door, 'id' | 'metadata' | 'subject'> => (
    { id, metadata: { name, labels: objectLabels(of) }, subject: of });
  const nodes = { ...door('policy', subject.name, subject), ports: ['redis'], scrapers: metrics?.scrapers };
  if (!sentinels) return [{ ...nodes, inside: [subject] }];
  const [sentinel, proxy] = [sentinelSubject(subject), proxySubject(subject)];
  const inside = [subject, sentinel, proxy];
  return [
    { ...nodes, inside },
    // Whoever reaches a Sentinel may name another master.
    { ...door('sentinel-policy', sentinels.name, sentinel), ports: ['sentinel'], inside, reserved: true },
    // Hosts ask for its health, and are always let in.
    { ...door('proxy-policy', `${subject.name}-proxy`, proxy), ports: ['write', 'read'] },
  ];
}

function makeStatefulSet(scope: Construct, plan: ReplicationPlan, metadata: k8s.ObjectMeta): void {
  const { subject, nodes, claim, claimRetention, blueprint } = plan;
  const confFile = `${CONF_DIRECTORY}/redis.conf`;
  new k8s.KubeStatefulSet(scope, 'stateful-set', {
    metadata,
    spec: {
      // A headless Service would give pods names that nobody needs: each has a Service of its own.
      serviceName: subject.name,
      replicas: nodes.length,
      // One after the other would only delay the start, and a wrong image could not be corrected by another apply.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selectorLabels(subject) },
      template: {
        metadata: {
          labels: objectLabels(subject),
          annotations: { 'kubectl.kubernetes.io/default-container': 'redis', 'checksum/config': restartHash(blueprint.directives) },
        },
        spec: podSpec({
          ...plan,
          confFile,
          command: actingAs(blueprint.acl, 'healing', run('replication-start.sh', 'redis-server', confFile)),
          ports: [{ name: 'redis', containerPort: REDIS_PORT }],
          probes: replicationProbes(blueprint.acl),
          preStop: actingAs(blueprint.acl, 'healing', run('replication-pre-stop.sh')),
          first: [hostsContainer(plan)],
        }),
      },
      ...(claim && { volumeClaimTemplates: [claim] }),
      ...(claimRetention && { persistentVolumeClaimRetentionPolicy: { whenDeleted: claimRetention } }),
    },
  });
}

/** Asked more often than one that stands alone, since a rolling restart waits for each. A start may wait for an election: that is no failure. */
function replicationProbes(acl?: Acl): ReturnType<typeof redisProbes> {
  return {
    startupProbe: { exec: { command: run('alive.sh') }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 3600 },
    livenessProbe: redisProbes().livenessProbe,
    readinessProbe: { exec: { command: actingAs(acl, 'healing', run('replication-ready.sh')) }, periodSeconds: 2, timeoutSeconds: 10, failureThreshold: 3 },
  };
}
