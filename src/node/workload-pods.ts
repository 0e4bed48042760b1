import { ApiObject } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { podOf, sorted } from './connect';
import { shortHash } from './hash';
import { quote } from './problems';

/** Says which workload a pod belongs to, where nothing else does for good. */
const WORKLOAD = 'cdk8s-redis-constructs/workload';

/** Kubernetes gives it to the pods of a Job. */
const JOB_NAME = 'batch.kubernetes.io/job-name';

/** The longest value of a label. */
const LONGEST_VALUE = 63;

/** Pods that were given a label, or whose selector was used: what they become is checked once. */
const selected = new WeakSet<ApiObject>();

/** What a workload of cdk8s-plus shows of its selector and of its pods. */
interface PlusWorkload {
  readonly apiObject?: unknown;
  readonly matchLabels?: { [key: string]: string };
  readonly matchExpressions?: k8s.LabelSelectorRequirement[];
  readonly hostNetwork?: boolean;
}

/**
 * How a NetworkPolicy selects the pods of a workload, read when the policy is rendered: labels may come later.
 *
 * A controller's own selector never changes, so pods of the version before are let in too while a new one is rolled out. Kubernetes names the Job of a
 * pod. The pods of a CronJob, and a bare Pod, have no label for good, so they get one.
 *
 * @param object the workload, as one of those that can be connected
 * @param byAddress whether the user lets in networks too, so that pods on the network of their hosts may come from there
 */
export function selectPods(object: ApiObject, byAddress: boolean): () => k8s.LabelSelector {
  if (!selected.has(object)) {
    selected.add(object);
    if (object.kind === 'Pod') object.metadata.addLabel(WORKLOAD, workloadLabel(object));
    const render = object.toJson.bind(object);
    object.toJson = () => labelled(object, render());
    object.node.addValidation({ validate: () => selectorProblems(object) });
  }
  if (!byAddress) object.node.addValidation({ validate: () => networkProblems(object) });
  return () => selectorOf(object);
}

function selectorOf(object: ApiObject): k8s.LabelSelector {
  if (['Pod', 'CronJob'].includes(object.kind)) return { matchLabels: { [WORKLOAD]: workloadLabel(object) } };
  const given = givenSelector(object);
  if (object.kind === 'Job' && given === undefined) return { matchLabels: { [JOB_NAME]: object.name } };
  if (given === undefined) throw new Error(selectorProblems(object).join());
  return given;
}

/** The selector of an L1 or plain object, or of the cdk8s-plus workload that it is rendered from, which is not rendered for it: that has effects. */
function givenSelector(object: ApiObject): k8s.LabelSelector | undefined {
  const { matchLabels, matchExpressions = [] } = plusWorkload(object);
  if (matchLabels) return object.kind === 'Job' ? undefined : selector({ matchLabels, matchExpressions });
  const spec = produced(produced(object as unknown as { props: { spec?: unknown } }).props.spec) as { selector?: unknown; manualSelector?: boolean } | undefined;
  // Without `manualSelector` Kubernetes makes the selector of a Job itself.
  if (object.kind === 'Job' && !spec?.manualSelector) return undefined;
  return selector(produced(spec?.selector) as k8s.LabelSelector | undefined);
}

/** A selector that says something: an empty one would mean every pod. */
function selector({ matchLabels = {}, matchExpressions = [] }: k8s.LabelSelector = {}): k8s.LabelSelector | undefined {
  const parts = {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
  return Object.keys(parts).length === 0 ? undefined : parts;
}

/** A value that is made when the object is rendered. */
function produced<T>(value: T): T {
  const lazy = value as { produce?: () => T } | undefined;
  return typeof lazy?.produce === 'function' ? lazy.produce() : value;
}

function plusWorkload(object: ApiObject): PlusWorkload {
  const scope = (object.node.scope ?? {}) as PlusWorkload;
  // An object of the user's may stand within a workload that it has nothing to do with.
  return scope.apiObject === object ? scope : {};
}

function workloadLabel({ kind, name }: ApiObject): string {
  const value = `${kind.toLowerCase()}.${name}`;
  return value.length <= LONGEST_VALUE ? value : `${kind.toLowerCase()}.${shortHash(name)}`;
}

function selectorProblems(object: ApiObject): string[] {
  if (['Pod', 'CronJob', 'Job'].includes(object.kind) || givenSelector(object)) return [];
  return [`${quote(object.node.path)} has no selector, so no NetworkPolicy can let its pods in: give it 'spec.selector.matchLabels', or the Redis `
    + '\'access: RedisAccess.open()\''];
}

function networkProblems(object: ApiObject): string[] {
  const { props } = object as unknown as { props: unknown };
  return plusWorkload(object).hostNetwork || podOf(object.kind, props).hostNetwork ? [onHostNetwork(object)] : [];
}

function onHostNetwork(object: ApiObject): string {
  return `${quote(object.node.path)} is on the network of its host, where no NetworkPolicy can tell it from others: take it off 'hostNetwork', or give the Redis `
    + '\'access: RedisAccess.restricted({ networks })\' with the network of the hosts, or RedisAccess.open()';
}

/** What is rendered must be what the policies were told, also after patches. */
function labelled(object: ApiObject, json: any): any {
  if (object.kind === 'CronJob') {
    const job = json.spec.jobTemplate.spec;
    const { metadata = {} } = job.template;
    job.template = sorted({ ...job.template, metadata: sorted({ ...metadata, labels: sorted({ ...metadata.labels, [WORKLOAD]: workloadLabel(object) }) }) });
    return json;
  }
  if (object.kind === 'Pod' || (object.kind === 'Job' && givenSelector(object) === undefined)) return json;
  const [told, rendered] = [selectorOf(object), selector(json.spec?.selector)].map((each) => JSON.stringify(each && described(each)));
  if (told !== rendered) {
    throw new Error(`${quote(object.node.path)} is rendered with another selector than its Redis was told, ${rendered} instead of ${told}: give it in the `
      + 'properties rather than in a patch');
  }
  return json;
}

/** A selector in one spelling: keys may be sorted or not. */
function described({ matchLabels = {}, matchExpressions = [] }: k8s.LabelSelector): unknown[] {
  return [sorted(matchLabels), matchExpressions.map(({ key, operator, values = [] }) => [key, operator, ...values])];
}
