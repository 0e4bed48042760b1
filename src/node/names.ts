import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { isStruct, listProblems, quote } from './problems';

/** A StatefulSet's pods carry its name and eleven more characters in a label, which may have 63 (kubernetes#64023). */
const STATEFUL_SET_LIMIT = 52;

/** Names of Services, and with them host names, are DNS labels. */
const DNS_LABEL_LIMIT = 63;

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_KEY_NAME = /^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?)?$/;

/** Keys of labels that the library sets on its objects. */
const OWN_LABELS = ['name', 'instance', 'component', 'version', 'managed-by'].map((name) => `app.kubernetes.io/${name}`);

/**
 * What is wrong with the name that a construct gives to its objects. Names are never shortened: a shortened name may clash, and
 * a name that changes strands a volume.
 */
export function nameProblems(name: string, suffixes: readonly string[] = []): string[] {
  const problems = [];
  if (typeof name !== 'string' || !DNS_LABEL.test(name)) {
    problems.push(`'name' is ${quote(name)}: it takes lower case letters, digits and '-', begins with a letter and ends with a letter `
      + 'or digit; without \'name\' the construct\'s id is taken');
  }
  const longest = suffixes.reduce((most, suffix) => Math.max(most, suffix.length), 0);
  const limit = Math.min(STATEFUL_SET_LIMIT, DNS_LABEL_LIMIT - longest);
  if (name.length > limit) {
    problems.push(`'name' is ${quote(name)}, ${name.length} characters: it takes at most ${limit}, since names of pods and labels are `
      + 'made from it; give a shorter \'name\'');
  }
  return problems;
}

/** What is wrong with the name of an object that the user refers to, such as a Secret. */
export function referenceProblems(property: string, name: string): string[] {
  if (typeof name === 'string' && DNS_SUBDOMAIN.test(name) && name.length <= 253) return [];
  return [`${quote(property)} is ${quote(name)}: it takes the name of a Kubernetes object, which is made of lower case letters, digits, `
    + '\'-\' and \'.\', at most 253 characters'];
}

/** What is wrong with the name of a namespace. */
export function nameOfNamespaceProblems(property: string, name: string): string[] {
  if (typeof name === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= DNS_LABEL_LIMIT) return [];
  return [`${quote(property)} is ${quote(name)}: it takes the name of a namespace, which is made of lower case letters, digits and '-', at most 63 characters`];
}

/** What is wrong with a list of such names. */
export function referenceListProblems(property: string, names?: readonly string[]): string[] {
  if (!Array.isArray(names)) return listProblems(property, names, '[\'my-secret\']');
  return names.flatMap((name, index) => referenceProblems(`${property}[${index}]`, name));
}

/** What is wrong with labels that the user gives to objects. */
export function labelProblems(property: string, labels?: { [key: string]: string }): string[] {
  return [...reservedProblems(property, labels), ...selectorProblems(property, labels)];
}

function reservedProblems(property: string, labels?: { [key: string]: string }): string[] {
  return OWN_LABELS.filter((key) => isStruct(labels) && key in labels)
    .map((key) => `${quote(property)} has the key ${quote(key)}, which the library sets itself: leave it out, or use a key of your own`);
}

/** What is wrong with labels by which the user selects hosts. */
export function selectorProblems(property: string, labels?: { [key: string]: string }): string[] {
  return mapProblems(property, labels, ([key, value]) => [...labelKeyProblems(property, key), ...labelValueProblems(`${property}.${key}`, value)]);
}

/** What is wrong with annotations, whose values may be any text. */
export function annotationProblems(property: string, annotations?: { [key: string]: string }): string[] {
  return mapProblems(property, annotations, ([key, value]) => [...labelKeyProblems(property, key), ...textProblems(`${property}.${key}`, value)]);
}

function mapProblems(property: string, map: unknown, check: (entry: [string, any]) => string[]): string[] {
  if (map === undefined) return [];
  if (!isStruct(map)) return [`${quote(property)} is ${quote(map)}: it takes keys and their values, such as { team: 'shop' }`];
  return Object.entries(map).flatMap(check);
}

function textProblems(property: string, value: unknown): string[] {
  if (typeof value === 'string') return [];
  const instead = ['number', 'boolean'].includes(typeof value) ? `, such as '${String(value)}'` : '';
  return [`${quote(property)} is ${quote(value)}: it takes text${instead}`];
}

/** What is wrong with the value of a label or of a taint. */
export function labelValueProblems(property: string, value: string): string[] {
  if (typeof value !== 'string') return textProblems(property, value);
  if (value.length <= DNS_LABEL_LIMIT && LABEL_VALUE.test(value)) return [];
  return [`${quote(property)} is ${quote(value)}: it takes at most 63 letters, digits, '-', '_' and '.', the first and the last a letter or digit`];
}

/** Keys of labels and of annotations follow the same rule. */
export function labelKeyProblems(property: string, key: string): string[] {
  const parts = typeof key === 'string' ? key.split('/') : [''];
  const name = parts[parts.length - 1];
  const prefixed = parts.length === 1 || (parts.length === 2 && DNS_SUBDOMAIN.test(parts[0]) && parts[0].length <= 253);
  if (prefixed && name.length <= DNS_LABEL_LIMIT && LABEL_KEY_NAME.test(name)) return [];
  return [`'${property}' has the key ${quote(key)}: it takes at most 63 letters, digits, '-', '_' and '.', the first and the last a `
    + 'letter or digit, with an optional DNS name and \'/\' before them'];
}

/** An object that a construct needs for itself without making it: its StatefulSet's pod, or a claim that exists. */
export interface TakenName {
  readonly kind: string;
  readonly name: string;
}

const owners = new WeakMap<Chart, Map<string, string>>();

/**
 * Refuses two objects of one name and kind in a chart: `kubectl apply` would let the second overwrite the first. Ours are compared
 * as they are made; those that other constructs made are seen at synthesis.
 */
export function claimNames(construct: IConstruct, taken: readonly TakenName[] = [], ownNamespace?: string): void {
  const chart = Chart.of(construct);
  let known = owners.get(chart);
  if (!known) {
    owners.set(chart, known = new Map());
    chart.node.addValidation({ validate: () => clashes(chart) });
  }
  const namespace = ownNamespace ?? chart.namespace ?? '';
  const made = construct.node.findAll().filter(ApiObject.isApiObject).map((object) => ({ key: identity(object), kind: object.kind, name: object.name }));
  for (const { key, kind, name } of [...made, ...taken.map((each) => ({ ...each, key: `core/${each.kind}/${namespace}/${each.name}` }))]) {
    const owner = known.get(key);
    if (owner !== undefined && owner !== construct.node.path) {
      throw new Error(`${quote(construct.node.path)} and ${quote(owner)} both need the ${kind} ${quote(name)} for themselves: give one of them another name`);
    }
    known.set(key, construct.node.path);
  }
}

function identity(object: ApiObject): string {
  return `${object.apiGroup}/${object.kind}/${object.metadata.namespace ?? ''}/${object.name}`;
}

function clashes(chart: Chart): string[] {
  const ours = owners.get(chart)!;
  const seen = new Map<string, ApiObject>();
  const found = [];
  for (const object of chart.node.findAll().filter(ApiObject.isApiObject)) {
    const key = identity(object);
    const other = seen.get(key);
    if (other && ours.has(key)) {
      found.push(`${quote(other.node.path)} and ${quote(object.node.path)} both make the ${object.kind} ${quote(object.name)}: give one of `
        + 'them another name');
    }
    seen.set(key, object);
  }
  return found;
}
