import { readFileSync } from 'fs';
import { join } from 'path';
import { hasControlCharacter, splitArguments } from './arguments';
import { formOf, isOlder, KnownDirective } from './directive-values';
import { nearestOf } from './nearest';
import { quote } from './problems';

let table: Map<string, KnownDirective> | undefined;

function directives(): Map<string, KnownDirective> {
  if (!table) {
    const entries: KnownDirective[] = JSON.parse(readFileSync(join(__dirname, '..', '..', 'assets', 'directives.json'), 'utf8'));
    table = new Map(entries.map((entry) => [entry.name, entry]));
  }
  return table;
}

export function findDirective(name: string): KnownDirective | undefined {
  return directives().get(name);
}

/** What nobody knows is taken to need a restart: too many restarts are better than a setting that is not in force. */
export function needsRestart(name: string): boolean {
  return findDirective(name)?.restart ?? true;
}

/** What is wrong with a line of redis.conf, if anything is. */
export function checkDirective(name: string, value: string, version: string): string | undefined {
  const known = findDirective(name);
  if (!known) return `${quote(name)} is no directive of Redis ${version}${nearest(name) ? `: did you mean ${quote(nearest(name))}?` : ''}`;
  if (known.alias) return `${quote(name)} is an old name: use ${quote(known.alias)}`;
  if (isOlder(version, known.since)) return `${quote(name)} needs Redis ${known.since} or newer, the image has ${version}`;
  if (known.refused) return `${quote(name)} cannot be set: ${known.refused}`;
  if (hasControlCharacter(value)) return `${quote(name)} has a line break or another control character in its value`;
  const expectation = unmet(known, value, version);
  return expectation && `${quote(name)} is ${quote(value)}: ${expectation}`;
}

/** What a directive takes, where a value is not that. */
export function unmet(known: KnownDirective, value: string, version: string): string | undefined {
  const words = splitArguments(value);
  if (!words) return 'its quotes are not balanced';
  if (words.length === 0) return 'an empty value is written as ""';
  const added = Object.entries(known.later ?? {}).find(([, choices]) => choices.includes(value));
  if (added && isOlder(version, added[0])) return `this needs Redis ${added[0]} or newer, the image has ${version}`;
  const { takes, fits } = formOf(known, version);
  // Redis splits a lone quoted argument again where it takes several.
  const several = known.kind === 'words' || known.kind === 'choices';
  const given = several && words.length === 1 && words[0] !== '' ? splitArguments(words[0]) ?? [] : words;
  return fits(given) ? undefined : `it takes ${takes}`;
}

/** The known name with the fewest letters to change, unless it is another word altogether. */
export function nearest(name: string): string | undefined {
  return nearestOf(name, [...directives().values()].filter(({ alias, refused }) => !alias && !refused).map((each) => each.name));
}
