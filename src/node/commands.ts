import { readFileSync } from 'fs';
import { join } from 'path';
import { isOlder } from './directive-values';
import { nearestOf } from './nearest';
import { quote } from './problems';

/** A command, a subcommand such as `config|get`, or a category: a line of `assets/commands.json`, which `scripts/derive-commands.mjs` learns from real servers. */
interface Known {
  readonly name: string;
  /** The minor version that brought it; `8.0` where it is older. */
  readonly since: string;
}

interface Table {
  readonly categories: readonly Known[];
  readonly commands: readonly Known[];
}

let table: Table | undefined;

function known(): Table {
  table ??= JSON.parse(readFileSync(join(__dirname, '..', '..', 'assets', 'commands.json'), 'utf8')) as Table;
  return table;
}

/** Stands for every command, and is in no list of categories. */
const ALL: Known = { name: 'all', since: '8.0' };

/** What is wrong with a rule such as `@read`, `get`, `-config|set` or `+get`, if anything is. Redis does not start with one that it does not know. */
export function checkCommandRule(rule: unknown, version: string): string | undefined {
  if (typeof rule !== 'string' || !/^[-+]?@?[a-z0-9_.|-]+$/i.test(rule)) {
    return `it is ${quote(rule)}: it takes a category such as '@read' or a command such as 'get' or 'config|get', with a '-' in front where it is not to be allowed`;
  }
  const name = bare(rule);
  const category = name.startsWith('@');
  const names = category ? [...known().categories, ALL].map((each) => ({ ...each, name: `@${each.name}` })) : known().commands;
  const found = names.find((each) => each.name === name);
  if (found) return isOlder(version, found.since) ? `${quote(name)} needs Redis ${found.since} or newer, the image has ${version}` : undefined;
  const like = nearestOf(name, names.filter(({ since }) => !isOlder(version, since)).map((each) => each.name));
  return `${quote(name)} is no ${category ? 'category of commands' : 'command'} of Redis ${version}${like ? `: did you mean ${quote(like)}?` : ''}`;
}

/** The name in a rule, without its sign. */
export function bare(rule: string): string {
  return rule.replace(/^[-+]/, '').toLowerCase();
}

/** A rule as Redis takes it: with its sign. */
export function signed(rule: string): string {
  return `${rule.startsWith('-') ? '-' : '+'}${bare(rule)}`;
}
