import { Construct } from 'constructs';
import { quote } from './node/problems';
import { RedisImage } from './options/image';
import { fixFor, KnownHole, knownHoles, lineOf, versionWithoutHoles } from './options/known-holes';

/**
 * Tells the user at synthesis which known holes the Redis of a construct has, but for those that are accepted by name.
 *
 * It is said once, however often the app is synthesized, and to stderr: `cdk8s synth` passes that on, and its output may be the YAML.
 */
export function reportHoles(kind: string, construct: Construct, image: RedisImage): void {
  const holes = knownHoles(image.version).filter(({ name }) => !image._accepted.includes(name));
  if (holes.length === 0) return;
  let told = false;
  // cdk8s asks every construct at each synthesis, in the order of the tree. It has no warnings of its own.
  construct.node.addValidation({
    validate: () => {
      if (!told) process.stderr.write(holeReport(`${kind} ${quote(construct.node.path)}`, image, holes));
      told = true;
      return [];
    },
  });
}

function holeReport(construct: string, { reference, version }: RedisImage, holes: readonly KnownHole[]): string {
  return [
    `WARNING: ${construct} runs ${quote(reference)}, and Redis ${version} has known holes:`,
    ...holes.map((hole) => `  - ${hole.name} (${hole.severity}): ${hole.meaning}; ${fixed(version, fixFor(version, hole))}`),
    `  Take a Redis without known holes as 'image', such as RedisImage.official(${quote(versionWithoutHoles(version))}).`,
    `  To accept holes that do not matter to you, name them in 'image.accept': [${holes.map(({ name }) => quote(name)).join(', ')}]`,
    '',
  ].join('\n');
}

function fixed(version: string, fix: string): string {
  return `fixed in ${fix}${lineOf(fix) === lineOf(version) ? '' : `, not in ${lineOf(version)}`}`;
}
