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

/** Their API groups: other software has kinds of the same names. */
const GROUPS = ['core', 'apps', 'batch'];

/** The parts of a pod that are touched. */
interface PodPart {
  readonly hostNetwork?: boolean;
  readonly containers?: ContainerPart[];
  readonly initContainers?: ContainerPart[];
}
interface ContainerPart {
  readonly name?: string;
  readonly env?: k8s.EnvVar[];
  readonly volumeMounts?: k8s.VolumeMount[];
}

/** Files of Secrets that a workload gets, all in one directory. */
export interface SecretFiles {
  readonly volume: string;
  readonly directory: string;
  readonly sources: ReadonlyArray<{ readonly secretName: string; readonly files: readonly string[] }>;
}

/** What a workload of cdk8s-plus shows of its containers. */
interface PlusWorkload {
  readonly containers?: PlusContainer[];
  readonly initContainers?: PlusContainer[];
}
interface PlusContainer {
  readonly name: string;
  readonly env?: { readonly variables?: { [name: string]: unknown } };
}

const added = new WeakMap<ApiObject, k8s.EnvVar[]>();
const addedFiles = new WeakMap<ApiObject, SecretFiles[]>();

/** A text as the value of a variable: Kubernetes puts others in where it has `$(NAME)`, and makes one sign of `$$`. */
export function literal(text: string): string {
  return text.replace(/\$/g, '$$$$');
}

/** The object of a workload, or an error that says what can be connected. */
export function workloadObject(workload: IConstruct): ApiObject {
  const object = findObject(workload);
  if (object && object.kind in POD_PATHS && GROUPS.includes(object.apiGroup)) return object;
  throw new Error(`${quote(workload.node.path)} is ${object ? `a ${object.kind}` : 'no Kubernetes object'}, and 'connect' takes a `
    + `${Object.keys(POD_PATHS).join(', ')}, or a construct that makes one`);
}

/**
 * Adds variables and files to all containers of a workload, as it is rendered.
 *
 * Not by a JSON patch, whose path would need each container's index: containers may come later, and rendering a workload early to
 * count them is not free of effects in every cdk8s-plus.
 */
export function addVariables(object: ApiObject, variables: readonly k8s.EnvVar[], files: readonly SecretFiles[] = []): void {
  const present = added.get(object);
  if (!present) {
    const render = object.toJson.bind(object);
    object.toJson = () => withVariables(object, render());
    // Before anything is written, as far as it can be seen without rendering; the rest is found when it is rendered.
    object.node.addValidation({ validate: () => visibleContainers(object).flatMap((container) => clash(object, container) ?? []) });
  }
  const taken = present?.find(({ name }) => variables.some((variable) => variable.name === name));
  if (taken) {
    throw new Error(`${quote(object.node.path)} is connected to a Redis as ${quote(taken.name)} already: give this one another name with { as }`);
  }
  added.set(object, [...present ?? [], ...variables]);
  addedFiles.set(object, [...addedFiles.get(object) ?? [], ...files]);
}

function findObject(workload: IConstruct): ApiObject | undefined {
  try {
    return ApiObject.of(workload);
  } catch {
    return undefined;
  }
}

/** The containers of an L1 or plain object, and of the cdk8s-plus workload that an object is rendered from. */
function visibleContainers(object: ApiObject): ContainerPart[] {
  const { props } = object as unknown as { props: unknown };
  const workload = object.node.scope as PlusWorkload | undefined;
  const plus = [...list(workload?.initContainers), ...list(workload?.containers)].map(({ name, env }) => (
    { name, env: Object.keys(env?.variables ?? {}).map((variable) => ({ name: variable })) }));
  return [...containersOf(podOf(object.kind, props)), ...plus];
}

/** The pod of a workload, as far as it is written down. */
export function podOf(kind: string, json: any): PodPart {
  return POD_PATHS[kind].reduce((value, key) => value?.[key], json) ?? {};
}

function containersOf({ initContainers, containers }: PodPart): ContainerPart[] {
  return [...list(initContainers), ...list(containers)];
}

/** What is not there yet, or is made when it is rendered, is no list. */
function list<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}

function clash(object: ApiObject, { name, env }: ContainerPart): string | undefined {
  const own = list(env).find((variable) => added.get(object)!.some((each) => each.name === variable.name));
  return own && `the container ${quote(name)} of ${quote(object.node.path)} has a variable ${quote(own.name)} of its own: remove it, or connect the Redis under `
    + 'another name with { as }';
}

function withVariables(object: ApiObject, json: any): any {
  const pod = podOf(object.kind, json);
  if (containersOf(pod).length === 0) throw new Error(`${quote(object.node.path)} has no container that could be told where its Redis is`);
  for (const containers of [pod.initContainers, pod.containers]) {
    containers?.forEach((container, index) => containers[index] = sorted({ ...container, env: variablesOf(object, container), ...mountsOf(object, container) }));
  }
  if (addedFiles.get(object)!.length > 0) addVolumes(object, json);
  return json;
}

function addVolumes(object: ApiObject, json: any): void {
  const path = POD_PATHS[object.kind];
  const parent = path.slice(0, -1).reduce((value, key) => value[key], json);
  const pod = parent[path[path.length - 1]];
  const volumes = addedFiles.get(object)!.map(({ volume, sources }) => sorted({
    name: volume,
    projected: { sources: sources.map(({ secretName, files }) => ({ secret: { items: files.map((file) => ({ key: file, path: file })), name: secretName } })) },
  }));
  parent[path[path.length - 1]] = sorted({ ...pod, volumes: [...pod.volumes ?? [], ...volumes] });
}

function mountsOf(object: ApiObject, container: ContainerPart): ContainerPart {
  const files = addedFiles.get(object)!;
  if (files.length === 0) return {};
  return { volumeMounts: [...container.volumeMounts ?? [], ...files.map(({ volume, directory }) => sorted({ mountPath: directory, name: volume, readOnly: true }))] };
}

/** Ours come first, so that the container's own variables may refer to them as $(NAME). */
function variablesOf(object: ApiObject, container: ContainerPart): k8s.EnvVar[] {
  const problem = clash(object, container);
  if (problem) throw new Error(problem);
  return [...added.get(object)!, ...container.env ?? []];
}

/** cdk8s has sorted the keys already, unless it was told not to. */
export function sorted<T extends object>(part: T): T {
  if (process.env.CDK8S_DISABLE_SORT) return part;
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}
