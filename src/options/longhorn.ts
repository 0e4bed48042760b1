import { k8s } from 'cdk8s-plus-28';
import { labelValueProblems, referenceProblems } from '../node/names';
import { choiceProblems, fields, quote, structProblems } from '../node/problems';

export { cronProblems } from './cron';

/** The class that Longhorn installs. It must not be changed. */
export const STOCK_LONGHORN_CLASS = 'longhorn';

/** Whether Longhorn keeps a copy of a volume on the host of the pod that uses it. */
export enum LonghornDataLocality {
  /** Copies are wherever there is room. */
  DISABLED = 'disabled',
  /** One copy follows the pod where it can: reads stay on the host. */
  BEST_EFFORT = 'best-effort',
  /** The only copy is on the pod's host: the fastest, and gone with the host. Only with one replica. */
  STRICT_LOCAL = 'strict-local',
}

/** What becomes of a volume when its claim is deleted. */
export enum LonghornReclaimPolicy {
  /** It stays until somebody deletes it. */
  RETAIN = 'Retain',
  /** It goes with the claim, and so does the data. */
  DELETE = 'Delete',
}

/** A StorageClass of Longhorn. Its parameters cannot be changed later; Kubernetes takes them as text. */
export interface LonghornClassOptions {
  /**
   * Name of the StorageClass. Classes belong to the whole Kubernetes cluster, so the name must be its own there.
   *
   * @default - `<namespace>-<name of the Redis>`, or `<name of the Redis>` where the chart has no namespace
   */
  readonly name?: string;

  /**
   * Copies of the volume on different hosts, from 1 to 20.
   *
   * A single Redis has no other copy of its data than these; Longhorn's own default is 3.
   *
   * @default - 3; 1 with `LonghornDataLocality.STRICT_LOCAL`
   */
  readonly replicas?: number;

  /**
   * Whether a copy is on the host of the pod.
   *
   * @default LonghornDataLocality.BEST_EFFORT
   */
  readonly dataLocality?: LonghornDataLocality;

  /**
   * Group of recurring jobs of Longhorn that care for the volumes of this class.
   *
   * @default - Longhorn's group `default`
   */
  readonly recurringJobGroup?: string;

  /**
   * What becomes of a volume when its claim is deleted.
   *
   * @default LonghornReclaimPolicy.RETAIN
   */
  readonly reclaimPolicy?: LonghornReclaimPolicy;
}

/** Longhorn's limit for the number of a volume's replicas. */
const MOST_REPLICAS = 20;

/** Longhorn's own class parameter for how long a failed copy is kept, in minutes: what its own class says. */
const STALE_REPLICA_TIMEOUT = '30';

/** What is wrong with the options of an own class. */
export function longhornClassProblems(property: string, ownClass: LonghornClassOptions): string[] {
  const { name, replicas, dataLocality, recurringJobGroup, reclaimPolicy } = fields(ownClass);
  return [
    ...structProblems(property, ownClass),
    ...(name === undefined ? [] : referenceProblems(`${property}.name`, name)),
    ...(name === STOCK_LONGHORN_CLASS ? [`'${property}.name' is 'longhorn', which is the class that Longhorn installs: choose another name`] : []),
    ...replicaProblems(property, replicas, dataLocality),
    ...choiceProblems(`${property}.dataLocality`, dataLocality, Object.values(LonghornDataLocality)),
    ...(recurringJobGroup === undefined ? [] : groupProblems(`${property}.recurringJobGroup`, recurringJobGroup)),
    ...choiceProblems(`${property}.reclaimPolicy`, reclaimPolicy, Object.values(LonghornReclaimPolicy)),
  ];
}

/** What is wrong with the name that an own class gets where the user gave none. */
export function usualClassNameProblems(property: string, ownClass: LonghornClassOptions | undefined, usualName: string): string[] {
  if (!ownClass || ownClass.name !== undefined || usualName !== STOCK_LONGHORN_CLASS) return [];
  return [`${quote(property)} would get the name 'longhorn', which is the class that Longhorn installs: give '${property}.name'`];
}

/** Longhorn makes a label of it. */
function groupProblems(property: string, group: string): string[] {
  if (group === '') return [`${quote(property)} is '': it takes the name of a group, such as 'nightly'`];
  return labelValueProblems(property, group);
}

function replicaProblems(property: string, replicas?: number, dataLocality?: LonghornDataLocality): string[] {
  if (replicas !== undefined && !(Number.isInteger(replicas) && replicas >= 1 && replicas <= MOST_REPLICAS)) {
    return [`'${property}.replicas' is ${quote(replicas)}: it takes a whole number from 1 to ${MOST_REPLICAS}`];
  }
  if (dataLocality !== LonghornDataLocality.STRICT_LOCAL || (replicas ?? 1) === 1) return [];
  return [`'${property}.replicas' is ${quote(replicas)}, but the data locality 'strict-local' has exactly one: leave 'replicas' out or choose `
    + 'LonghornDataLocality.BEST_EFFORT'];
}

/** The StorageClass, which belongs to no namespace. */
export function longhornClass(name: string, options: LonghornClassOptions): k8s.KubeStorageClassProps {
  const locality = options.dataLocality ?? LonghornDataLocality.BEST_EFFORT;
  const replicas = options.replicas ?? (locality === LonghornDataLocality.STRICT_LOCAL ? 1 : 3);
  const group = options.recurringJobGroup;
  return {
    metadata: { name },
    provisioner: 'driver.longhorn.io',
    allowVolumeExpansion: true,
    reclaimPolicy: options.reclaimPolicy ?? LonghornReclaimPolicy.RETAIN,
    // The copy that is to be on the pod's host can only be placed once that host is known.
    volumeBindingMode: 'WaitForFirstConsumer',
    parameters: {
      numberOfReplicas: String(replicas),
      dataLocality: locality,
      staleReplicaTimeout: STALE_REPLICA_TIMEOUT,
      fsType: 'ext4',
      ...(group !== undefined && { recurringJobSelector: JSON.stringify([{ name: group, isGroup: true }]) }),
    },
  };
}
