import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Blueprint } from './blueprint';
import { redisProbes } from './probes';
import { cores, quantity } from './quantities';
import { run } from './scripts';
import { restrictedContainer, restrictedPod } from './security';

export const REDIS_PORT = 6379;

/** User and group of the official image. */
const REDIS_USER = 999;

/** The container that gives changed directives to the running server. */
const RELOADER = 'config-reloader';

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
  /** Directives that the reloader leaves alone, since arguments of the command set them. */
  readonly fixedDirectives: readonly string[];
  /** Time that a stop may take. */
  readonly graceSeconds?: number;
}

/** The one place where a blueprint becomes a pod. */
export function podSpec(plan: PodPlan): k8s.PodSpec {
  const { blueprint, pullSecrets, graceSeconds } = plan;
  return {
    ...restrictedPod(REDIS_USER),
    ...plan.scheduling,
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(graceSeconds !== undefined && { terminationGracePeriodSeconds: graceSeconds }),
    containers: [redisContainer(plan), reloaderContainer(plan)],
    volumes: [...blueprint.volumes, { name: 'tmp', emptyDir: {} }],
  };
}

function redisContainer(plan: PodPlan): k8s.Container {
  const { blueprint } = plan;
  return {
    name: 'redis',
    ...imageFields(plan),
    command: plan.command,
    env: [...blueprint.env, ...blueprint.clientEnv],
    ports: [{ name: 'redis', containerPort: REDIS_PORT }],
    ...redisProbes(),
    resources: plan.resources,
    securityContext: restrictedContainer(),
    volumeMounts: [...blueprint.mounts, ...blueprint.clientMounts],
  };
}

function reloaderContainer(plan: PodPlan): k8s.Container {
  const { blueprint, fixedDirectives } = plan;
  return {
    name: RELOADER,
    ...imageFields(plan),
    command: run('reload-config.sh'),
    env: [
      { name: 'REDIS_CONF', value: plan.confFile },
      ...(fixedDirectives.length > 0 ? [{ name: 'RELOAD_SKIP', value: fixedDirectives.join(' ') }] : []),
      ...blueprint.clientEnv,
    ],
    resources: {
      requests: { cpu: cores(0.005), memory: quantity(Size.mebibytes(16)) },
      limits: { memory: quantity(Size.mebibytes(64)) },
    },
    securityContext: restrictedContainer(),
    volumeMounts: [...blueprint.clientMounts, { name: 'tmp', mountPath: '/tmp' }],
  };
}

function imageFields({ image, pullPolicy }: PodPlan): Pick<k8s.Container, 'image' | 'imagePullPolicy'> {
  return { image, ...(pullPolicy && { imagePullPolicy: pullPolicy }) };
}

