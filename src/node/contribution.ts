import type { k8s } from 'cdk8s-plus-28';
import type { Acl } from './acl';

/** One line of redis.conf. */
export interface Directive {
  readonly name: string;
  /** The rest of the line, as Redis reads it: quoted where it must be. */
  readonly value: string;
  /** Says in the file why the value is what it is. */
  readonly comment?: string;
}

/**
 * What one concern adds to a node. Contributions are only ever added up: two that say the same thing are an error, so nothing
 * a user wrote can be lost in silence.
 */
export interface Contribution {
  /** The property that says this, in the user's words, such as `persistence` or `config.maxMemory`. */
  readonly owner: string;
  readonly directives?: Directive[];
  readonly volumes?: k8s.Volume[];
  /** Variables and mounts of the Redis container alone: a sidecar has no business with the data. */
  readonly env?: k8s.EnvVar[];
  readonly mounts?: k8s.VolumeMount[];
  /** Variables and mounts of every container that talks to the node, Redis' own for its probes among them. */
  readonly clientEnv?: k8s.EnvVar[];
  readonly clientMounts?: k8s.VolumeMount[];
  /** The users of the node, where it has any. */
  readonly acl?: Acl;
  /** Everything that is wrong with what the user asked for. */
  readonly problems?: string[];
}
