import { ApiObject, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Blueprint } from './blueprint';
import { internalName } from './internal-users';
import { LabelSubject, selectorLabels } from './labels';
import { quantity } from './quantities';
import { restrictedContainer } from './security';

/** Who may ask for metrics: a NetworkPolicy's peers, or whoever comes. */
export type Scrapers = 'anybody' | readonly k8s.NetworkPolicyPeer[];

/** An exporter beside each node. */
export interface MetricsPlan {
  readonly image: string;
  readonly resources: k8s.ResourceRequirements;
  /** Where it asks its Redis, as a URL. */
  readonly address: string;
  readonly scrapers: Scrapers;
  readonly podMonitor: boolean;
}

/** The port of metrics, by its name in the pod. */
export const METRICS = 'metrics';

/** Its number, which the exporter takes by itself. */
export const METRICS_PORT = 9121;

/** The password as the exporter reads it. In memory, since a password is on no disk. */
const LOGIN_DIRECTORY = '/exporter-login';
const LOGIN_FILE = `${LOGIN_DIRECTORY}/passwords.json`;
const LOGIN_MOUNT: k8s.VolumeMount = { name: 'exporter-login', mountPath: LOGIN_DIRECTORY };
const LOGIN_VOLUME: k8s.Volume = { name: LOGIN_MOUNT.name, emptyDir: { medium: 'Memory', sizeLimit: quantity(Size.mebibytes(1)) } };

/** What a container needs that writes down the password of the exporter. */
export interface ExporterLogin {
  /** As whom the exporter acts, where Redis has users. */
  readonly user?: string;
  readonly env: readonly k8s.EnvVar[];
  /** The file to write, and what is read for it. */
  readonly mount: k8s.VolumeMount;
  readonly passwordMounts: readonly k8s.VolumeMount[];
  readonly volume: k8s.Volume;
}

/** How the exporter logs in, if there is one and Redis asks for a password. */
export function exporterLogin({ acl, clientEnv, clientMounts }: Blueprint, metrics?: MetricsPlan): ExporterLogin | undefined {
  const file = acl ? acl.passwordFile('exporter') : clientEnv.find(({ name }) => name === 'REDIS_PASSWORD_FILE')?.value;
  if (!metrics || file === undefined) return undefined;
  const user = acl && internalName('exporter');
  return {
    user,
    env: [
      { name: 'EXPORTER_LOGIN', value: LOGIN_FILE },
      // It looks its password up by its user and address.
      { name: 'EXPORTER_ADDRESS', value: user ? metrics.address.replace('://', `://${user}@`) : metrics.address },
      { name: 'EXPORTER_PASSWORD_FILE', value: file },
    ],
    mount: LOGIN_MOUNT,
    passwordMounts: acl ? [acl.mount] : clientMounts.filter(({ name }) => name === 'auth'),
    volume: LOGIN_VOLUME,
  };
}

/** The exporter itself: it has no right to anything but the socket of its Redis, where there is one, and its password. */
export function exporterContainer({ clientMounts }: Blueprint, { image, resources, address }: MetricsPlan, login?: ExporterLogin): k8s.Container {
  return {
    name: 'exporter',
    image,
    env: [
      { name: 'REDIS_ADDR', value: address },
      // All directives, the password of replication among them, are none of its business.
      { name: 'REDIS_EXPORTER_CONFIG_COMMAND', value: '-' },
      // There anybody could have it ask other servers, or for the values of keys.
      { name: 'REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT', value: 'true' },
      // Less than Prometheus waits, so that a Redis that hangs is reported as down.
      { name: 'REDIS_EXPORTER_CONNECTION_TIMEOUT', value: '5s' },
      // It would tell each time that it has read its password.
      { name: 'REDIS_EXPORTER_LOG_LEVEL', value: 'WARN' },
      ...(login?.user ? [{ name: 'REDIS_USER', value: login.user }] : []),
      ...(login ? [{ name: 'REDIS_PASSWORD_FILE', value: LOGIN_FILE }] : []),
    ],
    ports: [{ name: METRICS, containerPort: METRICS_PORT }],
    // That it is asked to read its password again is what makes it do so. There is no readiness probe: metrics keep no client from Redis.
    livenessProbe: {
      httpGet: { path: login ? '/-/reload' : '/health', port: k8s.IntOrString.fromString(METRICS) },
      periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6,
    },
    resources,
    securityContext: restrictedContainer(),
    volumeMounts: [...clientMounts.filter(({ name }) => name === 'socket'), ...(login ? [{ ...login.mount, readOnly: true }] : [])],
  };
}

/** Tells the operator of Prometheus which pods to ask. They need no Service, and are asked also while they are not ready. */
export function makePodMonitor(scope: Construct, metrics: MetricsPlan | undefined, metadata: k8s.ObjectMeta, subject: LabelSubject): void {
  if (!metrics?.podMonitor) return;
  new ApiObject(scope, 'pod-monitor', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { ...metadata },
    spec: { selector: { matchLabels: selectorLabels(subject) }, podMetricsEndpoints: [{ port: METRICS }] },
  });
}
