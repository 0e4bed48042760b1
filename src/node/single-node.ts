import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Access, AccessPlan } from './access';
import { makeUsers } from './acl';
import { makeStorageClass } from './cluster-scoped';
import { Labels, LabelSubject, objectLabels, selectorLabels } from './labels';
import { makePodMonitor } from './metrics';
import { ClientPort, containerPorts, PodPlan, podSpec, servicePorts } from './pod';
import { renderRedisConf, restartHash } from './redis-conf';
import { NODE_SCRIPTS, scripts } from './scripts';

/** Everything of one Redis that runs alone. */
export interface SingleNodePlan extends Omit<PodPlan, 'ports'> {
  readonly subject: LabelSubject;
  /** Namespace of the objects, where it is not the chart's. */
  readonly namespace?: string;
  readonly controller: 'StatefulSet' | 'Pod';
  /** The ConfigMap with redis.conf, generated unless it exists already. */
  readonly configMap: { readonly name: string; readonly generated: boolean };
  readonly scriptFiles: readonly string[];
  /** The claim that the node makes for its data. */
  readonly claim?: k8s.KubePersistentVolumeClaimProps;
  readonly claimRetention?: string;
  readonly storageClass?: k8s.KubeStorageClassProps;
  readonly access: AccessPlan;
  readonly clientPorts: readonly ClientPort[];
}

/** Names of the objects beside the node, which is called what the user called it. */
export const NAME_SUFFIXES = ['-config', '-scripts', '-data'];

/** The objects of one Redis that runs alone: its configuration, its pod and its Service. */
export function makeSingleNode(scope: Construct, plan: SingleNodePlan): void {
  const { subject, configMap, controller, storageClass } = plan;
  const { name } = subject;
  if (configMap.generated) {
    new k8s.KubeConfigMap(scope, 'config', {
      metadata: metadata(plan, configMap.name),
      data: { [CONF_KEY]: renderRedisConf(plan.blueprint.directives) },
    });
  }
  new k8s.KubeConfigMap(scope, 'scripts', {
    metadata: metadata(plan, `${name}-scripts`),
    data: scripts(...NODE_SCRIPTS, ...plan.scriptFiles),
  });
  makeUsers(scope, plan.blueprint.acl, (objectName) => metadata(plan, objectName));
  if (storageClass) makeStorageClass(scope, storageClass, objectLabels(subject));
  if (controller === 'Pod') makePod(scope, plan);
  else makeStatefulSet(scope, plan);
  new k8s.KubeService(scope, 'service', {
    metadata: metadata(plan, name),
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(subject),
      ports: servicePorts(plan.clientPorts),
    },
  });
  makePodMonitor(scope, plan.metrics, metadata(plan, name), subject);
  const ports = plan.clientPorts.map((port) => port.name);
  new Access(scope, plan.access, [{ id: 'policy', metadata: metadata(plan, name), subject, ports, scrapers: plan.metrics?.scrapers }]);
}

/** The key of redis.conf in a ConfigMap. */
export const CONF_KEY = 'redis-config';

function makeStatefulSet(scope: Construct, plan: SingleNodePlan): void {
  const { subject, claim, claimRetention } = plan;
  new k8s.KubeStatefulSet(scope, 'stateful-set', {
    metadata: metadata(plan, subject.name),
    spec: {
      // A headless Service would give the only pod a name of its own, which nobody needs: the Service has the same pod behind it.
      serviceName: subject.name,
      // In their usual order, a pod that never became ready is not replaced: a wrong image could not be corrected by another apply.
      podManagementPolicy: 'Parallel',
      replicas: 1,
      selector: { matchLabels: selectorLabels(subject) },
      template: { metadata: podMetadata(plan), spec: spec(plan) },
      ...(claim && { volumeClaimTemplates: [claim] }),
      ...(claimRetention && { persistentVolumeClaimRetentionPolicy: { whenDeleted: claimRetention } }),
    },
  });
}

/** A Pod has no claim templates, so its claim is an object of its own. */
function makePod(scope: Construct, plan: SingleNodePlan): void {
  const { subject: { name }, claim } = plan;
  const claimName = `${name}-data`;
  if (claim) {
    new k8s.KubePersistentVolumeClaim(scope, 'claim', { ...claim, metadata: { ...claim.metadata, ...metadata(plan, claimName, claim.metadata!.labels) } });
  }
  const pod = spec(plan);
  new k8s.KubePod(scope, 'pod', {
    metadata: { ...metadata(plan, name), annotations: podMetadata(plan).annotations },
    spec: claim ? { ...pod, volumes: [...pod.volumes!, { name: claim.metadata!.name!, persistentVolumeClaim: { claimName } }] } : pod,
  });
}

function spec(plan: SingleNodePlan): k8s.PodSpec {
  return podSpec({ ...plan, ports: containerPorts(plan.clientPorts) });
}

function metadata({ subject, namespace }: SingleNodePlan, name: string, labels?: Labels): Pick<k8s.ObjectMeta, 'name' | 'namespace' | 'labels'> {
  return { name, ...(namespace !== undefined && { namespace }), labels: { ...labels, ...objectLabels(subject) } };
}

function podMetadata({ subject, configMap, blueprint, controller }: SingleNodePlan): k8s.ObjectMeta {
  return {
    labels: objectLabels(subject),
    annotations: {
      // A second container must not make `kubectl exec` and `kubectl logs` ask which.
      'kubectl.kubernetes.io/default-container': 'redis',
      // Nothing replaces a bare Pod: a new hash would only look as if its directives were in force.
      ...(configMap.generated && controller === 'StatefulSet' && { 'checksum/config': restartHash(blueprint.directives) }),
    },
  };
}
