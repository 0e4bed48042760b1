import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Login, loginOf } from './acl';
import { Blueprint } from './blueprint';
import type { InternalUser } from './internal-users';
import { exporterContainer, exporterLogin, ExporterLogin, MetricsPlan } from './metrics';
import { redisProbes } from './probes';
import { cores, quantity } from './quantities';
import { run } from './scripts';
import { restrictedContainer, restrictedPod } from './security';

export const REDIS_PORT = 6379;

/** Where the nodes of a cluster talk to each other. */
export const BUS_PORT = 16379;

/** A port that clients connect to. The usual one has one name whatever is spoken there, so that a rolling change takes no client to the wrong port of a pod. */
export interface ClientPort {
  readonly name: string;
  readonly number: number;
}

export function containerPorts(ports: readonly ClientPort[]): k8s.ContainerPort[] {
  return ports.map(({ name, number }) => ({ name, containerPort: number }));
}

export function servicePorts(ports: readonly ClientPort[]): k8s.ServicePort[] {
  return ports.map(({ name, number }) => ({ name, port: number, targetPort: k8s.IntOrString.fromString(name) }));
}

/** User and group of the official image. */
export const REDIS_USER = 999;

/** The container that gives what was changed to the running server. */
export const RELOADER = 'config-reloader';

/** What the pod of a node is made from. */
export interface PodPlan {
  readonly blueprint: Blueprint;
  readonly image: string;
  readonly pullPolicy?: string;
  readonly pullSecrets: readonly string[];
  readonly command: string[];
  readonly resources: k8s.ResourceRequirements;
  readonly scheduling: Partial<k8s.PodSpec>;
  /** Path of redis.conf in the container. */
  readonly confFile: string;
  /** Lines of redis.conf that are arguments of the command, and so win over the file. */
  readonly overrides?: string;
  /** Time that a stop may take. */
  readonly graceSeconds?: number;
  /** Ports of Redis, where it has another one than clients use. */
  readonly ports?: k8s.ContainerPort[];
  /** What Redis is asked, where it is more than whether it answers. */
  readonly probes?: Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'>;
  /** What happens before Redis is told to stop. */
  readonly preStop?: string[];
  readonly sidecars?: readonly SidecarPlan[];
  /** What must have happened before Redis starts. */
  readonly first?: readonly k8s.Container[];
  /** Who tells how Redis is doing. */
  readonly metrics?: MetricsPlan;
}

/** A script that runs beside Redis, with its client's variables and mounts. */
export interface SidecarPlan {
  readonly name: string;
  readonly script: string;
  /** As whom it talks to Redis, where Redis has users. */
  readonly user: InternalUser;
  readonly env: k8s.EnvVar[];
  readonly mounts?: k8s.VolumeMount[];
  /** Its limit, where it is more than that of a shell script that mostly sleeps. */
  readonly memory?: Size;
}

/** The limit of a shell script that mostly sleeps. */
export const SMALL_MEMORY = Size.mebibytes(64);

/** The one place where a blueprint becomes a pod. */
export function podSpec(plan: PodPlan): k8s.PodSpec {
  const { blueprint, pullSecrets, graceSeconds, metrics } = plan;
  const login = exporterLogin(blueprint, metrics);
  const first = [...plan.first ?? [], ...(login ? [loginContainer(plan, login)] : [])];
  const sidecars = [reloader(plan, login), ...plan.sidecars ?? []];
  // None of them writes more than it can read.
  const scratch = Math.max(...sidecars.map(({ memory = SMALL_MEMORY }) => memory.toMebibytes()));
  return {
    ...restrictedPod(REDIS_USER),
    ...plan.scheduling,
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(graceSeconds !== undefined && { terminationGracePeriodSeconds: graceSeconds }),
    ...(first.length > 0 && { initContainers: first }),
    containers: [
      redisContainer(plan),
      ...sidecars.map((sidecar) => sidecarContainer(plan, sidecar)),
      ...(metrics ? [exporterContainer(blueprint, metrics, login)] : []),
    ],
    volumes: [
      ...blueprint.volumes,
      ...sidecars.flatMap((sidecar) => loginFor(blueprint, sidecar).volumes),
      ...(login ? [login.volume] : []),
      { name: 'tmp', emptyDir: { sizeLimit: quantity(Size.mebibytes(scratch)) } },
    ],
  };
}

function redisContainer(plan: PodPlan): k8s.Container {
  const { blueprint, ports = [{ name: 'redis', containerPort: REDIS_PORT }], probes = redisProbes(), preStop } = plan;
  return {
    name: 'redis',
    ...imageFields(plan),
    command: plan.command,
    env: [...blueprint.env, ...blueprint.clientEnv],
    ports,
    ...probes,
    ...(preStop && { lifecycle: { preStop: { exec: { command: preStop } } } }),
    resources: plan.resources,
    securityContext: restrictedContainer(),
    volumeMounts: [...blueprint.mounts, ...blueprint.clientMounts],
  };
}

/** Writes the exporter's password down before the exporter starts, which ends where the file is missing. */
function loginContainer(plan: PodPlan, { env, mount, passwordMounts }: ExporterLogin): k8s.Container {
  return {
    name: 'exporter-login',
    ...imageFields(plan),
    command: run('exporter-login.sh'),
    env: [...env],
    resources: smallResources(),
    securityContext: restrictedContainer(),
    volumeMounts: [...plan.blueprint.clientMounts.filter(({ name }) => name === 'scripts'), ...passwordMounts, mount],
  };
}

function reloader({ confFile, overrides, resources }: PodPlan, login?: ExporterLogin): SidecarPlan {
  return {
    name: RELOADER,
    script: 'reload-config.sh',
    user: 'config',
    env: [
      { name: 'REDIS_CONF', value: confFile },
      // What the container really has, also where Kubernetes took a new ConfigMap and refused the new StatefulSet.
      ...(resources.limits?.memory ? [{ name: 'REDIS_MEMORY_LIMIT', valueFrom: { resourceFieldRef: { containerName: 'redis', resource: 'limits.memory' } } }] : []),
      ...(overrides ? [{ name: 'RELOAD_OVERRIDES', value: overrides }] : []),
      ...login?.env ?? [],
    ],
    mounts: login && [login.mount],
  };
}

/** Who hands over passwords has them all; nobody else has one that is not its own. */
function loginFor({ acl }: Blueprint, { user }: SidecarPlan): Login {
  return acl && user === 'config' ? { env: [acl.env, ...acl.loginAmongAll(user)], mounts: [acl.mount], volumes: [] } : loginOf(acl, user);
}

function sidecarContainer(plan: PodPlan, sidecar: SidecarPlan): k8s.Container {
  const { blueprint } = plan;
  const { name, script, env, memory, mounts = [] } = sidecar;
  const login = loginFor(blueprint, sidecar);
  return {
    name,
    ...imageFields(plan),
    command: run(script),
    env: [...env, ...blueprint.clientEnv, ...login.env],
    resources: smallResources(memory),
    securityContext: restrictedContainer(),
    volumeMounts: [...blueprint.clientMounts, ...login.mounts, ...mounts, { name: 'tmp', mountPath: '/tmp' }],
  };
}

/** What a shell script needs that mostly sleeps. */
export function smallResources(limit: Size = SMALL_MEMORY): k8s.ResourceRequirements {
  return {
    requests: { cpu: cores(0.005), memory: quantity(Size.mebibytes(16)) },
    limits: { memory: quantity(limit) },
  };
}

export function imageFields({ image, pullPolicy }: Pick<PodPlan, 'image' | 'pullPolicy'>): Pick<k8s.Container, 'image' | 'imagePullPolicy'> {
  return { image, ...(pullPolicy && { imagePullPolicy: pullPolicy }) };
}

