import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { AccessPlan } from './access';
import { LabelSubject, objectLabels, selectorLabels } from './labels';
import { PodPlan } from './pod';

export const SENTINEL_PORT = 26379;

/** Where Redis finds its configuration in the container. */
export const CONF_DIRECTORY = '/conf';

/** Everything of a replication. */
export interface ReplicationPlan extends Omit<PodPlan, 'ports' | 'probes' | 'preStop' | 'sidecars' | 'command' | 'confFile'> {
  readonly subject: LabelSubject;
  readonly access: AccessPlan;
  /** Names of the pods with a Redis. */
  readonly nodes: readonly string[];
  readonly planFiles: { readonly [file: string]: string };
  /** The volume of each node, or nothing where they keep nothing. */
  readonly claim?: k8s.KubePersistentVolumeClaimProps;
  readonly claimRetention?: string;
  readonly storageClass?: k8s.KubeStorageClassProps;
  /** Who elects a master, and who leads there, where the master is not fixed. */
  readonly sentinels?: SentinelPlan;
  readonly proxy?: ProxyPlan;
}

/** What names end with; the last one stands for the pods of the Sentinels' StatefulSet. */
export const REPLICATION_SUFFIXES = ['-replicas', '-scripts', '-sentinel-0123456789'];

/** The Service of the nodes that one may read from. */
export function readServiceName(name: string): string {
  return `${name}-replicas`;
}

/** Variables by which the scripts find the nodes, the Sentinels and themselves. Each refers to those before it. */
export function replicationEnv(name: string): k8s.EnvVar[] {
  return [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    { name: 'REPLICATION_NAME', value: name },
    { name: 'REPLICATION_DOMAIN', value: '$(POD_NAMESPACE).svc' },
    { name: 'REPLICATION_HOST', value: '$(POD_NAME).$(REPLICATION_DOMAIN)' },
  ];
}

/** Everything of the Sentinels beside what they share with the nodes. */
export interface SentinelPlan {
  readonly name: string;
  /** Names of their pods. */
  readonly pods: readonly string[];
  readonly quorum: number;
  /** Both in milliseconds. */
  readonly downAfter: number;
  readonly failoverTimeout: number;
  readonly claim: k8s.KubePersistentVolumeClaimProps;
  readonly claimRetention?: string;
  readonly scheduling: Partial<k8s.PodSpec>;
}

/** What the pods of the Sentinels are. */
export function sentinelSubject(subject: LabelSubject): LabelSubject {
  return { ...subject, component: 'sentinel' };
}

/** Everything of the proxy beside what it shares with the nodes. */
export interface ProxyPlan {
  readonly image: string;
  readonly count: number;
  readonly resources: k8s.ResourceRequirements;
  /** Kibibytes that one may take. */
  readonly memory: number;
  readonly scheduling: Partial<k8s.PodSpec>;
}

/** What the pods of the proxy are. */
export function proxySubject({ name, labels }: LabelSubject): LabelSubject {
  return { program: 'haproxy', name, component: 'proxy', labels };
}

/**
 * A Service of one pod: an address that stays when the pod gets another one. Redis and Sentinel are told its name, so it may even be made anew,
 * and nobody else ever answers there, as could happen with the address of a pod that is gone.
 */
export function makePodService(scope: Construct, subject: LabelSubject, pod: string, port: string, number: number): void {
  new k8s.KubeService(scope, `pod-${pod.slice(subject.name.length + 1)}`, {
    metadata: { name: pod, labels: objectLabels(subject) },
    spec: {
      type: 'ClusterIP',
      // Nodes must find each other before they are ready: they never would be otherwise.
      publishNotReadyAddresses: true,
      selector: { ...selectorLabels(subject), 'statefulset.kubernetes.io/pod-name': pod },
      ports: [{ name: port, port: number, targetPort: k8s.IntOrString.fromString(port) }],
    },
  });
}
