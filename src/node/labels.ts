/** What an object is a part of. */
export interface LabelSubject {
  /** The program: `redis` or `redisinsight`. */
  readonly program: string;
  /** The name that the user gave to the construct. */
  readonly name: string;
  /** The part that it plays: `standalone`, `console`. */
  readonly component: string;
  readonly version?: string;
  /** Labels of the user. */
  readonly labels?: { [key: string]: string };
}

export type Labels = { [key: string]: string };

/** Selectors cannot be changed on a living StatefulSet, so they hold only what never changes. */
export function selectorLabels(subject: LabelSubject): Labels {
  return {
    'app.kubernetes.io/name': subject.program,
    'app.kubernetes.io/instance': subject.name,
    'app.kubernetes.io/component': subject.component,
  };
}

/** Labels of every object: Kubernetes' recommended ones and the user's. */
export function objectLabels(subject: LabelSubject): Labels {
  return {
    ...subject.labels,
    ...selectorLabels(subject),
    ...(subject.version && { 'app.kubernetes.io/version': subject.version }),
    'app.kubernetes.io/managed-by': 'cdk8s',
  };
}
