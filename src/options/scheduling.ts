import { k8s } from 'cdk8s-plus-28';
import { labelKeyProblems, labelValueProblems, referenceProblems, selectorProblems } from '../node/names';
import { choiceProblems, fields, isStruct, listProblems, quote, structProblems } from '../node/problems';

/** What a pod does about a taint of a host. */
export enum RedisTaintEffect {
  /** The pod may be placed on hosts with the taint. */
  NO_SCHEDULE = 'NoSchedule',
  /** Hosts with the taint are no worse than others. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',
  /** The pod stays on a host that gets the taint. */
  NO_EXECUTE = 'NoExecute',
}

/** A taint of hosts that the pods do not mind. */
export interface RedisToleration {
  /** Key of the taint. */
  readonly key: string;

  /**
   * Value of the taint.
   *
   * @default - any
   */
  readonly value?: string;

  /**
   * Effect of the taint.
   *
   * @default - all of them
   */
  readonly effect?: RedisTaintEffect;
}

/** Which hosts the pods may run on. */
export interface RedisScheduling {
  /**
   * Labels that a host must have, such as `node-type: worker`.
   *
   * @default - any host
   */
  readonly nodeSelector?: { [label: string]: string };

  /**
   * Taints of hosts that the pods do not mind.
   *
   * @default - none
   */
  readonly tolerations?: RedisToleration[];

  /**
   * Name of a PriorityClass: under pressure, pods of a lower one are put out first.
   *
   * @default - the default class of the Kubernetes cluster
   */
  readonly priorityClassName?: string;
}

/** What is wrong with `scheduling`. */
export function schedulingProblems(scheduling: RedisScheduling): string[] {
  const { nodeSelector, tolerations = [], priorityClassName } = fields(scheduling);
  return [
    ...structProblems('scheduling', scheduling),
    ...selectorProblems('scheduling.nodeSelector', nodeSelector),
    ...listProblems('scheduling.tolerations', tolerations, '[{ key: \'dedicated\' }]'),
    ...(Array.isArray(tolerations) ? tolerations : []).flatMap((toleration, index) => tolerationProblems(`scheduling.tolerations[${index}]`, toleration)),
    ...(priorityClassName === undefined ? [] : referenceProblems('scheduling.priorityClassName', priorityClassName)),
  ];
}

function tolerationProblems(property: string, toleration: RedisToleration): string[] {
  if (!isStruct(toleration)) return [`${quote(property)} is ${quote(toleration)}: it takes a toleration, such as { key: 'dedicated' }`];
  const { key, value, effect } = toleration;
  return [
    ...labelKeyProblems(property, key),
    ...(value === undefined ? [] : labelValueProblems(`${property}.value`, value)),
    ...choiceProblems(`${property}.effect`, effect, Object.values(RedisTaintEffect)),
  ];
}

/** The fields of a pod that say where it may run. */
export function schedulingFields({ nodeSelector, tolerations, priorityClassName }: RedisScheduling): Partial<k8s.PodSpec> {
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && {
      tolerations: tolerations.map(({ key, value, effect }) => ({ key, operator: value === undefined ? 'Exists' : 'Equal', value, effect })),
    }),
    ...(priorityClassName && { priorityClassName }),
  };
}
