import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { makeBudget } from './budget';
import { shortHash } from './hash';
import { objectLabels, selectorLabels } from './labels';
import { REDIS_PORT } from './pod';
import { proxyConfig } from './proxy-config';
import { ProxyPlan, proxySubject, readServiceName, replicationEnv, ReplicationPlan } from './replication-plan';
import { run } from './scripts';
import { restrictedContainer, restrictedPod } from './security';

/** User and group of the official image. */
const PROXY_USER = 99;

const READ_PORT = 6380;
const HEALTH_PORT = 8404;

/** Until no new client is sent to a proxy that is about to stop. */
const LEAVING_SECONDS = 5;

/** The proxy that leads writes to the master, wherever it is, and its two Services. */
export function makeProxy(scope: Construct, plan: ReplicationPlan, proxy: ProxyPlan): void {
  const { nodes, sentinels } = plan;
  const subject = proxySubject(plan.subject);
  const { name } = subject;
  const metadata = (objectName: string): k8s.ObjectMeta => ({ name: objectName, labels: objectLabels(subject) });
  const selector = selectorLabels(subject);
  const config = proxyConfig({
    nodes,
    sentinels: sentinels!.pods,
    master: name,
    memory: proxy.memory,
    ports: { write: REDIS_PORT, read: READ_PORT, health: HEALTH_PORT },
    certificates: certificateVolume(plan) && CERTIFICATES,
  });

  new k8s.KubeConfigMap(scope, 'proxy-config', { metadata: metadata(`${name}-proxy`), data: { 'haproxy.cfg': config } });
  const service = (id: string, objectName: string, port: string) => new k8s.KubeService(scope, id, {
    metadata: metadata(objectName),
    spec: { type: 'ClusterIP', selector, ports: [{ name: 'redis', port: REDIS_PORT, targetPort: k8s.IntOrString.fromString(port) }] },
  });
  service('service', name, 'write');
  service('read-service', readServiceName(name), 'read');
  new k8s.KubeDeployment(scope, 'proxy', {
    metadata: metadata(`${name}-proxy`),
    spec: {
      replicas: proxy.count,
      // A new one is there before an old one goes.
      strategy: { rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) } },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: objectLabels(subject), annotations: { 'checksum/config': shortHash(config) } },
        spec: proxyPod(plan, proxy),
      },
    },
  });
  makeBudget(scope, 'proxy-budget', `${name}-proxy`, subject);
}

/** Where the files of the certificate are. */
const CERTIFICATES = '/redis-tls';

/** HAProxy looks for a key beside its certificate, under the same name and one more ending. */
function certificateVolume({ blueprint }: ReplicationPlan): k8s.Volume | undefined {
  const volume = blueprint.volumes.find(({ name }) => name === 'tls');
  return volume && { ...volume, secret: { ...volume.secret, items: volume.secret!.items!.map(({ key }) => ({ key, path: key === 'tls.key' ? 'tls.crt.key' : key })) } };
}

function proxyPod(plan: ReplicationPlan, { image, resources, scheduling }: ProxyPlan): k8s.PodSpec {
  const { blueprint, subject: { name }, pullSecrets } = plan;
  const certificates = certificateVolume(plan);
  const get = (path: string): { httpGet: k8s.HttpGetAction } => ({ httpGet: { path, port: k8s.IntOrString.fromString('health') } });
  return {
    ...restrictedPod(PROXY_USER),
    ...scheduling,
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })) }),
    containers: [{
      name: 'haproxy',
      image,
      command: run('proxy-start.sh', 'haproxy', '-W', '-db', '-f', '/proxy/haproxy.cfg'),
      env: [...replicationEnv(name), ...(certificates ? [{ name: 'REDIS_TLS_DIRECTORY', value: CERTIFICATES }] : [])],
      ports: [
        { name: 'write', containerPort: REDIS_PORT },
        { name: 'read', containerPort: READ_PORT },
        { name: 'health', containerPort: HEALTH_PORT },
      ],
      lifecycle: { preStop: { exec: { command: ['sleep', String(LEAVING_SECONDS)] } } },
      startupProbe: { ...get('/alive'), periodSeconds: 1, failureThreshold: 60 },
      livenessProbe: { ...get('/alive'), periodSeconds: 10, timeoutSeconds: 5 },
      // A failover takes seconds, and is no reason to leave the Service: coming back would take some more. Before its first checks it knows nothing.
      readinessProbe: { ...get('/ready'), initialDelaySeconds: 2, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 10 },
      resources,
      securityContext: restrictedContainer(),
      volumeMounts: [
        ...blueprint.clientMounts.filter((mount) => mount.name === 'scripts'),
        { name: 'proxy', mountPath: '/proxy', readOnly: true },
        ...(certificates ? [{ name: certificates.name, mountPath: CERTIFICATES, readOnly: true }] : []),
      ],
    }],
    volumes: [
      ...blueprint.volumes.filter((volume) => volume.name === 'scripts'),
      { name: 'proxy', configMap: { name: `${name}-proxy` } },
      ...(certificates ? [certificates] : []),
    ],
  };
}
