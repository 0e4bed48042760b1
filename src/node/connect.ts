import { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { IConstruct } from 'constructs';
import { quote } from './problems';

/** Where each kind of workload has its pod. */
const POD_PATHS: { [kind: string]: string[] } = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The parts of a rendered pod that are touched. */
interface RenderedPod {
  readonly containers?: RenderedContainer[];
  readonly initContainers?: RenderedContainer[];
}
interface RenderedContainer {
  readonly name: string;
  readonly env?: k8s.EnvVar[];
}

const added = new WeakMap<ApiObject, k8s.EnvVar[]>();

/** The object of a workload, or an error that says what can be connected. */
export function workloadObject(workload: IConstruct): ApiObject {
  const object = findObject(workload);
  if (object && object.kind in POD_PATHS) return object;
  throw new Error(`${quote(workload.node.path)} is ${object ? `a ${object.kind}` : 'no Kubernetes object'}, and 'connect' takes a `
    + `${Object.keys(POD_PATHS).join(', ')}, or a construct that makes one`);
}

/**
 * Adds variables to all containers of a workload, as it is rendered.
 *
 * Not by a JSON patch, whose path would need each container's index: containers may come later, and rendering a workload early to
 * count them is not free of effects in every cdk8s-plus.
 */
export function addVariables(object: ApiObject, variables: readonly k8s.EnvVar[]): void {
  const present = added.get(object);
  if (!present) {
    const render = object.toJson.bind(object);
    object.toJson = () => withVariables(object, render());
  }
  const taken = present?.find(({ name }) => variables.some((variable) => variable.name === name));
  if (taken) {
    throw new Error(`${quote(object.node.path)} is connected to a Redis as ${quote(taken.name)} already: give this one another name with { as }`);
  }
  added.set(object, [...present ?? [], ...variables]);
}

function findObject(workload: IConstruct): ApiObject | undefined {
  try {
    return ApiObject.of(workload);
  } catch {
    return undefined;
  }
}

function withVariables(object: ApiObject, json: any): any {
  const pod: RenderedPod = POD_PATHS[object.kind].reduce((value, key) => value?.[key], json) ?? {};
  const variables = added.get(object)!;
  for (const containers of [pod.initContainers, pod.containers]) {
    containers?.forEach((container, index) => containers[index] = sorted({ ...container, env: env(object, container, variables) }));
  }
  return json;
}

/** Ours come first, so that the container's own variables may refer to them as $(NAME). */
function env(object: ApiObject, container: RenderedContainer, variables: readonly k8s.EnvVar[]): k8s.EnvVar[] {
  const clash = container.env?.find(({ name }) => variables.some((variable) => variable.name === name));
  if (clash) {
    throw new Error(`the container ${quote(container.name)} of ${quote(object.node.path)} has a variable ${quote(clash.name)} of its own: remove it, or `
      + 'connect the Redis under another name with { as }');
  }
  return [...variables, ...container.env ?? []];
}

/** cdk8s has sorted the keys already, unless it was told not to. */
function sorted(container: RenderedContainer): RenderedContainer {
  if (process.env.CDK8S_DISABLE_SORT) return container;
  return Object.fromEntries(Object.entries(container).sort(([a], [b]) => (a < b ? -1 : 1))) as unknown as RenderedContainer;
}
