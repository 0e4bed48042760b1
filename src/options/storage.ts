import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { LonghornClassOptions, longhornClassProblems, STOCK_LONGHORN_CLASS } from './longhorn';
import { Labels } from '../node/labels';
import { annotationProblems, labelProblems, referenceProblems } from '../node/names';
import { choiceProblems, fields, structProblems } from '../node/problems';
import { quantity, sizeProblems } from '../node/quantities';

/** Who may mount a volume. */
export enum RedisAccessMode {
  /** The pods of one host. */
  READ_WRITE_ONCE = 'ReadWriteOnce',
  /** One pod alone, where the storage supports it (Kubernetes 1.29). */
  READ_WRITE_ONCE_POD = 'ReadWriteOncePod',
}

/** What becomes of a volume's claim when its StatefulSet is deleted. */
export enum RedisClaimRetention {
  /** It stays, and so does the data. */
  RETAIN = 'Retain',
  /** It goes with the StatefulSet, and so does the data where the volume's reclaim policy says so. */
  DELETE = 'Delete',
}

/** What every claim for a volume can be told. */
export interface RedisClaimOptions {
  /**
   * Size of the volume, at least 16Mi.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later: delete the StatefulSet and apply again. The volume that is there keeps its
   * size until its claim is enlarged too.
   *
   * @default Size.gibibytes(1)
   */
  readonly size?: Size;

  /**
   * Who may mount the volume. Shared modes are not offered: two servers that write the same files destroy them.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later: delete the StatefulSet and apply again. The volume that is there keeps its
   * mode.
   *
   * @default RedisAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: RedisAccessMode;

  /**
   * What becomes of the claim when its StatefulSet is deleted.
   *
   * Where it goes too, so does the data with each change that needs the StatefulSet to be deleted first.
   *
   * @default RedisClaimRetention.RETAIN
   */
  readonly retention?: RedisClaimRetention;

  /**
   * Annotations of the claim.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };

  /**
   * Labels of the claim, beside those by which the Redis is selected. Those of a StatefulSet's claims cannot be changed later.
   *
   * @default - those by which the Redis is selected
   */
  readonly labels?: { [key: string]: string };
}

/** A volume of any storage class. */
export interface RedisVolumeOptions extends RedisClaimOptions {
  /**
   * Name of the StorageClass.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later: delete the StatefulSet and apply again. The volume that is there keeps its
   * class, with its data.
   *
   * @default - the default class of the Kubernetes cluster
   */
  readonly storageClass?: string;
}

/** A volume of Longhorn. */
export interface LonghornVolumeOptions extends RedisClaimOptions {
  /**
   * A StorageClass of its own for this volume, with its replicas and locality.
   *
   * Kubernetes does not let a StatefulSet's claims be changed later, nor the parameters of a class: delete the StatefulSet, and the class too where
   * its parameters change, and apply again. The volume that is there keeps its class, with its data.
   *
   * @default - the class `longhorn`, which Longhorn installs
   */
  readonly ownClass?: LonghornClassOptions;
}

export const DEFAULT_SIZE = Size.gibibytes(1);

/** Below it, not even the empty files of Redis and of the file system fit. */
const LEAST_SIZE = Size.mebibytes(16);

/**
 * Where a Redis keeps what it saves.
 *
 * @example
 * new RedisStandalone(chart, 'redis', {
 *   persistence: RedisPersistence.aof({
 *     storage: RedisStorage.volume({ size: Size.gibibytes(4), storageClass: 'fast' }),
 *   }),
 * });
 */
export class RedisStorage {
  /**
   * A volume that is claimed for the Redis.
   *
   * @param options size, class and the rest of the claim
   */
  public static volume(options: RedisVolumeOptions = {}): RedisStorage {
    return new RedisStorage(options, fields(options).storageClass);
  }

  /**
   * A volume of Longhorn.
   *
   * @param options size, replicas, locality and the rest of the claim
   */
  public static longhorn(options: LonghornVolumeOptions = {}): RedisStorage {
    return new RedisStorage(options, STOCK_LONGHORN_CLASS, fields(options).ownClass);
  }

  /**
   * A claim that exists already, or that something else makes.
   *
   * @param claimName name of the PersistentVolumeClaim, in the namespace of the Redis
   */
  public static existingClaim(claimName: string): RedisStorage {
    return new RedisStorage({}, undefined, undefined, claimName ?? '');
  }

  /**
   * A claim that the construct makes itself.
   *
   * @internal
   */
  public static _claimed(claimName: string, size: Size): RedisStorage {
    return new RedisStorage({ size }, undefined, undefined, claimName);
  }

  private constructor(
    private readonly given: RedisClaimOptions,
    /** @internal */ public readonly _className?: string,
    /** @internal */ public readonly _ownClass?: LonghornClassOptions,
    /** @internal */ public readonly _claimName?: string,
  ) {}

  /** @internal */
  public get _options(): RedisClaimOptions {
    return fields(this.given);
  }

  /**
   * What is wrong with it, at the property that holds it or, where that is empty, in properties of the construct's own.
   *
   * @internal
   */
  public _problems(property: string): string[] {
    const { size, accessMode, retention, annotations, labels } = this._options;
    const at = (name: string) => (property ? `${property}.${name}` : name);
    return [
      ...structProblems(at('options'), this.given),
      ...sizeProblems(at('size'), size, LEAST_SIZE),
      ...choiceProblems(at('accessMode'), accessMode, Object.values(RedisAccessMode)),
      ...choiceProblems(at('retention'), retention, Object.values(RedisClaimRetention)),
      ...labelProblems(at('labels'), labels),
      ...annotationProblems(at('annotations'), annotations),
      ...(this._className === undefined ? [] : referenceProblems(at('storageClass'), this._className)),
      ...(this._claimName === undefined ? [] : referenceProblems(at('claimName'), this._claimName)),
      ...(this._ownClass ? longhornClassProblems(at('ownClass'), this._ownClass) : []),
    ];
  }

  /**
   * The claim that a node makes, or nothing where one exists already.
   *
   * @internal
   */
  public _claim(name: string, labels: Labels, ownClassName: string): k8s.KubePersistentVolumeClaimProps | undefined {
    if (this._claimName !== undefined) return undefined;
    const { size = DEFAULT_SIZE, accessMode = RedisAccessMode.READ_WRITE_ONCE, annotations } = this._options;
    const storageClassName = this._ownClass ? ownClassName : this._className;
    return {
      metadata: { name, labels: { ...this._options.labels, ...labels }, ...(annotations && { annotations }) },
      spec: {
        accessModes: [accessMode],
        ...(storageClassName !== undefined && { storageClassName }),
        resources: { requests: { storage: quantity(size) } },
      },
    };
  }

  /**
   * What is wrong where each of many pods needs a volume of its own.
   *
   * @internal
   */
  public _sharedProblems(property: string, who: string): string[] {
    if (this._claimName === undefined) return [];
    return [`'${property}' is an existing claim, but each ${who} needs a volume of its own: use RedisStorage.volume() or RedisStorage.longhorn()`];
  }

  /**
   * What is wrong where no StatefulSet owns the claim.
   *
   * @internal
   */
  public _retentionProblems(owner: string): string[] {
    if (this._options.retention !== RedisClaimRetention.DELETE) return [];
    return [`'retention' is 'Delete', which Kubernetes knows for StatefulSets only, and this claim is that of ${owner}: leave it out`];
  }
}
