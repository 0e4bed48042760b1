import type { k8s } from 'cdk8s-plus-28';

/** What Kubernetes' "restricted" standard asks of a pod, and no token that nothing here needs. */
export function restrictedPod(user: number): Partial<k8s.PodSpec> {
  return {
    automountServiceAccountToken: false,
    // Service links put a variable for every Service of the namespace into the containers: one named redis would set REDIS_PORT.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      // Changing the owner of every file of a full volume would delay each start.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** What the same standard asks of a container. */
export function restrictedContainer(): k8s.SecurityContext {
  return { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };
}
