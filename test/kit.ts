import { ApiObject, Chart, Testing } from 'cdk8s';

/** A rendered object, of which the tests look at any part. */
export type Manifest = any;

/** What the constructs of one chart are rendered to. */
export function synth(build: (chart: Chart) => unknown, namespace?: string): Manifest[] {
  const chart = new Chart(Testing.app(), 'test', { namespace });
  build(chart);
  return Testing.synth(chart);
}

/** The one object of a kind, or of a kind and a name. */
export function only(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
  if (found.length !== 1) throw new Error(`${found.length} objects are a ${kind} ${name ?? ''}: ${manifests.map(identity).join(', ')}`);
  return found[0];
}

export function identity({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

/** The pod that an object makes, or is. */
export function podOf(manifest: Manifest): { metadata: Manifest; spec: Manifest } {
  return manifest.kind === 'Pod' ? manifest : manifest.spec.template;
}

export function container(manifest: Manifest, name: string): Manifest {
  return podOf(manifest).spec.containers.find((each: Manifest) => each.name === name);
}

/** A container's variables as a map. */
export function variables(rendered: Manifest): { [name: string]: Manifest } {
  return Object.fromEntries((rendered.env ?? []).map(({ name, value, valueFrom }: Manifest) => [name, value ?? valueFrom]));
}

/** redis.conf as a map. */
export function directives(manifests: Manifest[]): { [name: string]: string } {
  const text: string = manifests.find(({ kind, data }) => kind === 'ConfigMap' && data['redis-config'] !== undefined).data['redis-config'];
  return Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const [name, ...words] = line.split(' ');
    return [name, words.join(' ')];
  }));
}

/** A workload without any cdk8s-plus. Controllers select their pods by a label; the pods of others have none. */
export function workload(chart: Chart, kind: string, pod: Manifest, id: string = 'workload'): ApiObject {
  const labels = { app: id };
  const template = { template: { spec: pod } };
  const spec: { [kind: string]: Manifest } = { Pod: pod, Job: template, CronJob: { jobTemplate: { spec: template } } };
  const controller = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
  return new ApiObject(chart, id, { apiVersion: 'v1', kind, spec: spec[kind] ?? controller });
}
