/** How the objects of the baseline are written. */
export enum PlainStyle {
  /** With the classes of cdk8s-plus-28 and literal properties, as somebody without this library writes them. */
  L1,
  /** As untyped objects of cdk8s: the least that cdk8s itself costs. */
  API_OBJECT,
}

/** An object as it is in the YAML. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The name of the instance that the objects were synthesized for. */
export const SAMPLE = 'instance0';

/**
 * The source of a file that makes the same objects with plain cdk8s.
 *
 * It is written out of the synthesized objects, and not by hand, so that it is always the same YAML. All is literal, the scripts too:
 * somebody without this library would not check names, add up options or read files either, so the baseline does none of that. The name
 * is the only part that is not the same each time.
 */
export function plainSource(manifests: readonly Manifest[], style: PlainStyle): string {
  const statements = manifests.map((manifest, index) => {
    const { apiVersion, kind, ...rest } = manifest;
    const id = `\`\${name}-${index}\``;
    return style === PlainStyle.L1
      ? `  new k8s.Kube${kind}(chart, ${id}, ${literal(withoutNamespace(rest), kind === 'Service')});`
      : `  new ApiObject(chart, ${id}, ${literal(withoutNamespace(manifest), false, true)});`;
  });
  return [
    'const { ApiObject } = require(\'cdk8s\');',
    'const { k8s } = require(\'cdk8s-plus-28\');',
    'exports.make = function make(chart, index) {',
    '  const name = `instance${index}`;',
    ...statements,
    '};',
    '',
  ].join('\n');
}

/** The chart says the namespace. */
function withoutNamespace(value: object): object {
  const { metadata: { namespace: _, ...metadata }, ...rest } = value as { metadata: { namespace?: string } };
  return { ...rest, metadata };
}

/** Fields whose values the classes want as objects of their own. */
const QUANTITIES = ['cpu', 'memory', 'sizeLimit', 'storage'];
const INT_OR_STRINGS = ['targetPort'];

function literal(value: unknown, service: boolean, raw = false, field = ''): string {
  if (Array.isArray(value)) return `[${value.map((each) => literal(each, service, raw)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${literal(each, service, raw, key)}`).join(', ')} }`;
  }
  const text = typeof value === 'string' && value.includes(SAMPLE)
    ? JSON.stringify(value).split(SAMPLE).map((part, index) => (index === 0 ? `${part}"` : `"${part}`)).join(' + name + ')
    : JSON.stringify(value);
  if (raw) return text;
  if (QUANTITIES.includes(field)) return `k8s.Quantity.fromString(${text})`;
  if (service && INT_OR_STRINGS.includes(field)) return `k8s.IntOrString.from${typeof value === 'number' ? 'Number' : 'String'}(${text})`;
  return text;
}
