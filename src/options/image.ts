import { referenceProblems } from '../node/names';
import { quote } from '../node/problems';

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

/** Where an image is and what is in it. */
export interface RedisImageOptions extends RedisImagePullOptions {
  /**
   * The Redis version inside, such as `8.6.3`: directives are checked against it.
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
   * @param options how it is pulled
   */
  public static official(tag: string, options: RedisImagePullOptions = {}): RedisImage {
    return new RedisImage(`redis:${tag}`, tag.split('-')[0], options);
  }

  /**
   * Any image that has what the official one has: `redis-server` and `redis-cli`, a POSIX shell with the usual tools, and data that
   * the user 999 may read.
   *
   * @param reference registry, repository and tag or digest
   * @param options the version inside and how it is pulled
   */
  public static of(reference: string, options: RedisImageOptions): RedisImage {
    return new RedisImage(reference, options.version, options);
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
    private readonly options: RedisImagePullOptions,
  ) {}

  /** @internal */
  public get _pullPolicy(): RedisImagePullPolicy | undefined {
    return this.options.pullPolicy;
  }

  /** @internal */
  public get _pullSecrets(): readonly string[] {
    return this.options.pullSecrets ?? [];
  }

  /** @internal */
  public _problems(): string[] {
    const match = /^(\d+)\.(\d+)\.\d+$/.exec(this.version);
    if (!match) {
      return [`'image' has the version ${quote(this.version)}: it takes a whole version such as '${DEFAULT_VERSION}'; for a tag that says less, use `
        + 'RedisImage.of(reference, { version })'];
    }
    const [major, minor] = [Number(match[1]), Number(match[2])];
    const problems = [
      ...imageReferenceProblems('image', this.reference),
      ...this._pullSecrets.flatMap((secret) => referenceProblems('image.pullSecrets', secret)),
    ];
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      problems.push(`'image' has the version ${quote(this.version)}: it takes Redis ${OLDEST.join('.')} or newer`);
    }
    return problems;
  }
}

const REFERENCE = /^[a-z0-9]+([._:/-]+[A-Za-z0-9]+)*(@sha256:[0-9a-f]{64})?$/;

/** What is wrong with the reference of an image. */
export function imageReferenceProblems(property: string, reference: string): string[] {
  if (REFERENCE.test(reference)) return [];
  return [`${quote(property)} is ${quote(reference)}: it takes the reference of an image, such as 'registry.example.com/redis:8.6.3'`];
}
