import { ApiObject, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Labels } from './labels';

/** cdk8s gives the chart's namespace to every object, also to those that belong to none. */
export function withoutNamespace(object: ApiObject): void {
  if (object.metadata.namespace !== undefined) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
}

export function makeStorageClass(scope: Construct, { metadata, ...props }: k8s.KubeStorageClassProps, labels: Labels): void {
  withoutNamespace(new k8s.KubeStorageClass(scope, 'storage-class', { ...props, metadata: { ...metadata, labels } }));
}
