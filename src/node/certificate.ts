import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { LabelSubject, objectLabels } from './labels';

/** A certificate that cert-manager is to issue. */
export interface IssuePlan {
  readonly issuer: { readonly name: string; readonly kind: string };
  readonly secretName: string;
  /** Minutes that it is valid for, and how many before its end there is another one. */
  readonly minutes: number;
  readonly renewBeforeMinutes: number;
}

/** By which names a Redis is called. */
export interface ServedNames {
  readonly namespace: string;
  /** Names of Services. */
  readonly services: readonly string[];
  /** Names of Services whose pods have names of their own below them. */
  readonly headless?: readonly string[];
}

/** The domain of a Kubernetes cluster, unless its administrator has chosen another one. */
const CLUSTER_DOMAIN = 'cluster.local';

/** All names by which a client may call the Redis, from its namespace or another one. */
export function dnsNames({ namespace, services, headless = [] }: ServedNames): string[] {
  const ways = (host: string) => [host, `${host}.${namespace}`, `${host}.${namespace}.svc`, `${host}.${namespace}.svc.${CLUSTER_DOMAIN}`];
  return [...services.flatMap(ways), ...headless.flatMap((service) => ways(`*.${service}`)), 'localhost'];
}

/** Has cert-manager issue it, and again before it ends, each time with another key. */
export function makeCertificate(scope: Construct, subject: LabelSubject, plan: IssuePlan, names: ServedNames, namespace?: string): void {
  new ApiObject(scope, 'certificate', {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: plan.secretName, labels: objectLabels(subject), ...(namespace !== undefined && { namespace }) },
    spec: {
      secretName: plan.secretName,
      issuerRef: { group: 'cert-manager.io', ...plan.issuer },
      commonName: subject.name,
      dnsNames: dnsNames(names),
      ipAddresses: ['127.0.0.1', '::1'],
      // Nodes show it to each other, and so are clients too.
      usages: ['digital signature', 'server auth', 'client auth'],
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      duration: `${plan.minutes}m`,
      renewBefore: `${plan.renewBeforeMinutes}m`,
    },
  });
}
