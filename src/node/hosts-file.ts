import { Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { imageFields, smallResources } from './pod';
import { quantity } from './quantities';
import { replicationEnv, ReplicationPlan } from './replication-plan';
import { run } from './scripts';
import { restrictedContainer } from './security';

const DIRECTORY = '/hosts';
const FILE = 'hosts';

/**
 * The volume with the names of all members of a replication: a few lines. Kubernetes makes no hosts file of its own where a container has one mounted.
 */
export const HOSTS_VOLUME: k8s.Volume = { name: 'hosts', emptyDir: { sizeLimit: quantity(Size.mebibytes(1)) } };

export const HOSTS_MOUNT: k8s.VolumeMount = { name: HOSTS_VOLUME.name, mountPath: '/etc/hosts', subPath: FILE };

/** The container keeps the file up to date. */
export const HOSTS_ENV: k8s.EnvVar = { name: 'HOSTS_FILE', value: HOSTS_MOUNT.mountPath };

/** Looks all names up before Redis or Sentinel starts, which would do it again and again, and stand still while the name service is silent. */
export function hostsContainer(plan: ReplicationPlan): k8s.Container {
  const { blueprint, subject } = plan;
  return {
    name: 'names',
    ...imageFields(plan),
    command: run('names.sh', 'find'),
    env: [...replicationEnv(subject.name), { name: HOSTS_ENV.name, value: `${DIRECTORY}/${FILE}` }],
    resources: smallResources(),
    securityContext: restrictedContainer(),
    volumeMounts: [
      ...blueprint.clientMounts.filter(({ name }) => ['plan', 'scripts'].includes(name)),
      { name: 'data', mountPath: '/data' },
      { name: HOSTS_VOLUME.name, mountPath: DIRECTORY },
    ],
  };
}
