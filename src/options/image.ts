import { knownHoles } from './known-holes';
import { referenceListProblems } from '../node/names';
import { choiceProblems, fields, listProblems, quote, structProblems } from '../node/problems';

/** When Kubernetes pulls an image. */
export enum RedisImagePullPolicy {
  /** At every start of a container. */
  ALWAYS = 'Always',
  /** When the host does not have it yet. */
  IF_NOT_PRESENT = 'IfNotPresent',
  /** Never: the image must be on the host. */
  NEVER = 'Never',
}

/** How an image is pulled. */
export interface RedisImagePullOptions {
  /**
   * When the image is pulled.
   *
   * @default - Kubernetes decides: only when the host does not have it, unless the tag is `latest`
   */
  readonly pullPolicy?: RedisImagePullPolicy;

  /**
   * Names of Secrets with the registry's credentials, in the namespace of the pods.
   *
   * @default - none
   */
  readonly pullSecrets?: string[];
}

/** How an image is pulled, and which of its holes are accepted. */
export interface RedisImageAcceptOptions extends RedisImagePullOptions {
  /**
   * Names of known holes of this version that synthesis shall not report, such as `CVE-2025-49844`. Accept what cannot be used against you, or what
   * your own image has closed. A name that is not among the known holes of this version is refused, so none is left behind after an upgrade.
   *
   * @default - none: synthesis warns of each known hole
   */
  readonly accept?: string[];
}

/** Where an image is and what is in it. */
export interface RedisImageOptions extends RedisImageAcceptOptions {
  /**
   * The Redis version inside, such as `8.6.3`: directives are checked against it, and its known holes are reported.
   */
  readonly version: string;
}

/** The oldest minor version of Redis whose directives are known. */
const OLDEST = [8, 0];

/** The version that the tests of this library run on. */
const DEFAULT_VERSION = '8.6.3';

/** The image that Redis comes from. */
export class RedisImage {
  /**
   * The official image, `redis:<tag>`.
   *
   * @param tag a whole version with an optional variant, such as `8.6.3` or `8.6.3-alpine`. Tags that move (`latest`, `8`, `8.6`) are
   * refused: the same YAML would give another Redis tomorrow
   * @param options how it is pulled, and which of its holes are accepted
   */
  public static official(tag: string, options: RedisImageAcceptOptions = {}): RedisImage {
    const text = asText(tag);
    return new RedisImage(`redis:${text}`, text.split('-')[0], options);
  }

  /**
   * Any image that has what the official one has: `redis-server` and `redis-cli`, a POSIX shell with the usual tools, and data that
   * the user 999 may read.
   *
   * @param reference registry, repository and tag or digest
   * @param options the version inside, how it is pulled, and which of its holes are accepted
   */
  public static of(reference: string, options: RedisImageOptions): RedisImage {
    return new RedisImage(reference, asText(fields(options).version), options);
  }

  /** @internal */
  public static _default(): RedisImage {
    return RedisImage.official(DEFAULT_VERSION);
  }

  private constructor(
    /** The reference that containers use. */
    public readonly reference: string,
    /** The Redis version inside. */
    public readonly version: string,
    private readonly given: RedisImageAcceptOptions,
  ) {}

  /** @internal */
  public get _pullPolicy(): RedisImagePullPolicy | undefined {
    return fields(this.given).pullPolicy;
  }

  /** @internal */
  public get _pullSecrets(): readonly string[] {
    return fields(this.given).pullSecrets ?? [];
  }

  /** @internal */
  public get _accepted(): readonly string[] {
    return fields(this.given).accept ?? [];
  }

  /** @internal */
  public _problems(): string[] {
    const wrongVersion = versionProblems(this.version);
    return [
      ...structProblems('image.options', this.given),
      ...wrongVersion,
      ...imageReferenceProblems('image', this.reference),
      ...pullProblems('image.', fields(this.given)),
      ...(wrongVersion.length > 0 ? [] : acceptProblems(fields(this.given).accept, this.version)),
    ];
  }
}

/** Text as it is; what JavaScript gave in its place is shown in the message. */
function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : quote(value);
}

function versionProblems(version: string): string[] {
  if (version === '') return [`'image' has no version: say which Redis is inside, such as RedisImage.of(reference, { version: '${DEFAULT_VERSION}' })`];
  const match = /^(\d+)\.(\d+)\.\d+$/.exec(version);
  if (!match) {
    return [`'image' has the version ${quote(version)}: it takes a whole version such as '${DEFAULT_VERSION}'; for a tag that says less, use `
      + 'RedisImage.of(reference, { version })'];
  }
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return [];
  return [`'image' has the version ${quote(version)}: it takes Redis ${OLDEST.join('.')} or newer`];
}

/** What is wrong with the names of holes that are accepted: each must be one that is reported without it. */
function acceptProblems(accept: string[] | undefined, version: string): string[] {
  if (accept === undefined || !Array.isArray(accept)) return listProblems('image.accept', accept, '[\'CVE-2025-49844\']');
  const names = knownHoles(version).map(({ name }) => name);
  const allowed = names.length === 0 ? 'none is known' : `it takes one of ${names.join(', ')}`;
  return accept.flatMap((name, index) => (names.includes(name) ? [] : [
    `'image.accept[${index}]' is ${quote(name)}, which is no known hole of Redis ${version}: ${allowed}; leave it out`,
  ]));
}

/** What is wrong with how an image is pulled. The prefix is what comes before the names of the properties, such as `image.`. */
export function pullProblems(prefix: string, { pullPolicy, pullSecrets }: RedisImagePullOptions): string[] {
  return [
    ...choiceProblems(`${prefix}pullPolicy`, pullPolicy, Object.values(RedisImagePullPolicy)),
    ...referenceListProblems(`${prefix}pullSecrets`, pullSecrets),
  ];
}

/** The grammar of references: https://github.com/distribution/reference/blob/main/reference.go */
const REGISTRY_PART = '[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?';
const REGISTRY = `(?:${REGISTRY_PART}(?:\\.${REGISTRY_PART})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]{1,5})?/`;
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REFERENCE = new RegExp(`^((?:${REGISTRY})?${PATH_PART}(?:/${PATH_PART})*)(?::\\w[-.\\w]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);
const REPOSITORY_LIMIT = 255;

/** What is wrong with the reference of an image. */
export function imageReferenceProblems(property: string, reference: string): string[] {
  const repository = typeof reference === 'string' ? REFERENCE.exec(reference)?.[1] : undefined;
  if (repository !== undefined && repository.length <= REPOSITORY_LIMIT) return [];
  return [`${quote(property)} is ${quote(reference)}: it takes the reference of an image, such as 'registry.example.com/redis:8.6.3'`];
}
