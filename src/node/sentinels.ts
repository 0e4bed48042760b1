import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Acl, actingAs } from './acl';
import { makeBudget } from './budget';
import { shortHash } from './hash';
import { HOSTS_ENV, HOSTS_MOUNT, hostsContainer } from './hosts-file';
import type { InternalUser } from './internal-users';
import { objectLabels, selectorLabels } from './labels';
import { imageFields, REDIS_USER, RELOADER, smallResources } from './pod';
import { makePodService, ReplicationPlan, SENTINEL_PORT, SentinelPlan, sentinelSubject } from './replication-plan';
import { run } from './scripts';
import { restrictedContainer, restrictedPod } from './security';

/** Whom probes and the loop ask. */
const ASKED_PORT: k8s.EnvVar = { name: 'REDIS_PORT', value: String(SENTINEL_PORT) };

/** The Sentinels, each with a name and a volume of its own, and a Service for clients that ask any of them. */
export function makeSentinels(scope: Construct, plan: ReplicationPlan, sentinels: SentinelPlan): void {
  const subject = sentinelSubject(plan.subject);
  const metadata: k8s.ObjectMeta = { name: sentinels.name, labels: objectLabels(subject) };
  const selector = selectorLabels(subject);
  for (const pod of sentinels.pods) makePodService(scope, subject, pod, 'sentinel', SENTINEL_PORT);
  new k8s.KubeService(scope, 'sentinel-service', {
    metadata,
    spec: { type: 'ClusterIP', selector, ports: [{ name: 'sentinel', port: SENTINEL_PORT, targetPort: k8s.IntOrString.fromString('sentinel') }] },
  });
  new k8s.KubeStatefulSet(scope, 'sentinel-set', {
    metadata,
    spec: {
      serviceName: sentinels.name,
      replicas: sentinels.pods.length,
      // They start together: none of them is ready before it knows the others.
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: selector },
      template: {
        // Who is no longer there counts as a voter until the others start anew.
        metadata: { labels: objectLabels(subject), annotations: { 'checksum/sentinels': shortHash(sentinels.pods.join()) } },
        spec: sentinelPod(plan, sentinels),
      },
      volumeClaimTemplates: [sentinels.claim],
      ...(sentinels.claimRetention && { persistentVolumeClaimRetentionPolicy: { whenDeleted: sentinels.claimRetention } }),
    },
  });
  makeBudget(scope, 'sentinel-budget', sentinels.name, subject);
}

function sentinelPod(plan: ReplicationPlan, { scheduling, quorum, downAfter, failoverTimeout }: SentinelPlan): k8s.PodSpec {
  const { blueprint, pullSecrets } = plan;
  const { acl } = blueprint;
  // All that can change while a Sentinel runs are passwords, users and the certificate.
  const changes = acl !== undefined || blueprint.clientEnv.some(({ name }) => ['REDIS_PASSWORD_FILE', 'REDIS_TLS_DIRECTORY'].includes(name));
  const authClients = blueprint.directives.find(({ name }) => name === 'tls-auth-clients')?.value;
  return {
    ...restrictedPod(REDIS_USER),
    ...scheduling,
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    initContainers: [hostsContainer(plan)],
    containers: [{
      name: 'sentinel',
      ...imageFields(plan),
      command: actingAs(acl, 'healing', run('sentinel-start.sh', 'redis-server')),
      env: [
        ...blueprint.clientEnv,
        ...usersEnv('probe', acl),
        ASKED_PORT,
        { name: 'SENTINEL_QUORUM', value: String(quorum) },
        { name: 'SENTINEL_DOWN_AFTER', value: String(downAfter) },
        { name: 'SENTINEL_FAILOVER_TIMEOUT', value: String(failoverTimeout) },
        HOSTS_ENV,
        ...(authClients ? [{ name: 'SENTINEL_AUTH_CLIENTS', value: authClients }] : []),
      ],
      ports: [{ name: 'sentinel', containerPort: SENTINEL_PORT }],
      startupProbe: { exec: { command: run('alive.sh') }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 120 },
      livenessProbe: { exec: { command: run('alive.sh') }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      readinessProbe: { exec: { command: actingAs(acl, 'healing', run('sentinel-ready.sh')) }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
      resources: smallResources(),
      securityContext: restrictedContainer(),
      volumeMounts: [...sharedMounts(plan), { name: 'data', mountPath: '/data' }, HOSTS_MOUNT],
    }, ...(changes ? [sentinelReloader(plan)] : [])],
    volumes: blueprint.volumes.filter(({ name }) => !['config', 'data'].includes(name)).map((volume) => (acl && volume === acl.volume ? acl.sentinelVolume : volume)),
  };
}

/** For a container that has the passwords of all users: Sentinels are given them at their start, and later where they change. */
function usersEnv(user: InternalUser, acl?: Acl): k8s.EnvVar[] {
  return acl ? [acl.env, ...acl.loginAmongAll(user)] : [];
}

function sharedMounts({ blueprint: { acl, clientMounts } }: ReplicationPlan): k8s.VolumeMount[] {
  return [...clientMounts.filter(({ name }) => name !== 'config'), ...(acl ? [acl.mount] : [])];
}

/** The loop that hands over what has changed. */
function sentinelReloader(plan: ReplicationPlan): k8s.Container {
  const { blueprint } = plan;
  return {
    name: RELOADER,
    ...imageFields(plan),
    command: run('sentinel-reload.sh'),
    env: [...blueprint.clientEnv, ...usersEnv('config', blueprint.acl), ASKED_PORT],
    resources: smallResources(),
    securityContext: restrictedContainer(),
    volumeMounts: sharedMounts(plan),
  };
}
