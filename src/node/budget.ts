import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { LabelSubject, objectLabels, selectorLabels } from './labels';

/** Lets drains put out one pod at a time. */
export function makeBudget(scope: Construct, id: string, name: string, subject: LabelSubject): void {
  new k8s.KubePodDisruptionBudget(scope, id, {
    metadata: { name, labels: objectLabels(subject) },
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels: selectorLabels(subject) } },
  });
}
