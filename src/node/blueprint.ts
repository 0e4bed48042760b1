import type { k8s } from 'cdk8s-plus-28';
import type { Acl } from './acl';
import { Contribution, Directive } from './contribution';
import { quote } from './problems';

/** A directive and the property that says it. */
export interface OwnedDirective extends Directive {
  readonly owner: string;
}

/** What all concerns of a node say together. */
export class Blueprint {
  readonly directives: readonly OwnedDirective[];
  readonly env: readonly k8s.EnvVar[];
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
  readonly clientEnv: readonly k8s.EnvVar[];
  readonly clientMounts: readonly k8s.VolumeMount[];
  readonly acl?: Acl;
  readonly problems: readonly string[];

  constructor(contributions: readonly Contribution[]) {
    const collect = <T>(pick: (contribution: Contribution) => readonly T[] | undefined): T[] =>
      contributions.flatMap((contribution) => pick(contribution) ?? []);
    const owned = <T>(pick: (contribution: Contribution) => readonly T[] | undefined): Array<T & { owner: string }> =>
      contributions.flatMap((contribution) => (pick(contribution) ?? []).map((each) => ({ ...each, owner: contribution.owner })));

    this.directives = owned(({ directives }) => directives);
    this.env = collect(({ env }) => env);
    this.volumes = collect(({ volumes }) => volumes);
    this.mounts = collect(({ mounts }) => mounts);
    this.clientEnv = collect(({ clientEnv }) => clientEnv);
    this.clientMounts = collect(({ clientMounts }) => clientMounts);
    this.acl = contributions.find(({ acl }) => acl !== undefined)?.acl;
    this.problems = [
      ...collect(({ problems }) => problems),
      ...conflicts('directive', this.directives, ({ name }) => name),
      ...conflicts('variable', owned(({ env = [], clientEnv = [] }) => [...env, ...clientEnv]), ({ name }) => name),
      ...conflicts('volume', owned(({ volumes }) => volumes), ({ name }) => name),
      ...conflicts('mount', owned(({ mounts = [], clientMounts = [] }) => [...mounts, ...clientMounts]), ({ mountPath }) => mountPath),
    ];
  }
}

/** Two properties that say the same thing: neither may win in silence. */
function conflicts<T extends { owner: string }>(what: string, items: readonly T[], key: (item: T) => string): string[] {
  const owners = new Map<string, string>();
  const problems = [];
  for (const item of items) {
    const owner = owners.get(key(item));
    if (owner === undefined) owners.set(key(item), item.owner);
    else problems.push(`${quote(item.owner)} cannot set the ${what} ${quote(key(item))}: ${quote(owner)} owns it`);
  }
  return problems;
}
