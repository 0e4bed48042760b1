import * as kplus from 'cdk8s-plus-28';
import * as kplus33 from 'cdk8s-plus-33';

/** The oldest cdk8s-plus whose workloads are tested, and a newer one that this library knows nothing of: they have the same classes, but share none. */
export const ANY_PLUS = [['28', kplus], ['33', kplus33 as unknown as typeof kplus]] as const;
