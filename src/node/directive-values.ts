import { isIP } from 'net';
import { hasControlCharacter } from './arguments';

/** What is known of one directive: a line of `assets/directives.json`, which `scripts/derive-directives.mjs` learns from real servers. */
export interface KnownDirective {
  readonly name: string;
  /** The name that this old one stands for; then nothing else is said. */
  readonly alias?: string;
  readonly kind: 'boolean' | 'choice' | 'choices' | 'integer' | 'letters' | 'memory' | 'memory-or-percent' | 'octal' | 'text' | 'words';
  /** How many arguments `words` are; without it at least one. */
  readonly arguments?: number;
  readonly choices?: string[];
  /** Choices that a later version added, by that version. */
  readonly later?: { readonly [version: string]: string[] };
  /** Bounds are text, since a number of JavaScript is not exact above 2^53. */
  readonly min?: string;
  readonly max?: string;
  readonly unit?: string;
  /** The oldest version, of those that the table was learned from, which has it. */
  readonly since: string;
  /** Whether only a restart changes it. */
  readonly restart?: boolean;
  readonly default?: string;
  /** Why nobody should set it, although Redis reads it. */
  readonly refused?: string;
}

/** What a directive takes, in words, and whether some arguments are that. */
interface Form {
  readonly takes: string;
  fits(words: string[]): boolean;
}

export function isOlder(version: string, than: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  const [thanMajor, thanMinor] = than.split('.').map(Number);
  return major === thanMajor ? minor < thanMinor : major < thanMajor;
}

function one(takes: string, fits: (word: string) => boolean): Form {
  return { takes, fits: (words) => words.length === 1 && fits(words[0]) };
}

export function formOf(known: KnownDirective, version: string): Form {
  const { name, kind, unit, min = '0', max = '0' } = known;
  const choices = [...known.choices ?? [], ...Object.entries(known.later ?? {}).flatMap(([since, added]) => (isOlder(version, since) ? [] : added))];
  const isChoice = (word: string) => choices.some((choice) => choice.toLowerCase() === word.toLowerCase());
  const special = SPECIAL.get(name);
  if (special) return special;
  switch (kind) {
    case 'boolean': return one('yes or no', (word) => ['yes', 'no'].includes(word.toLowerCase()));
    case 'choice': return one(`one of ${choices.join(', ')}`, isChoice);
    case 'choices': return {
      takes: `one or more of ${choices.join(', ')}${choices.includes('nosave') ? ', but not save and nosave at once' : ''}`,
      fits: (words) => words.length > 0 && words.every(isChoice)
        && !['save', 'nosave'].every((each) => words.some((word) => word.toLowerCase() === each)),
    };
    case 'letters': return one(`letters out of ${choices.join('')}, or "" for none`, (word) => [...word].every((letter) => choices.includes(letter)));
    case 'integer': return one(`a whole number ${unit ? `of ${unit} ` : ''}from ${min} to ${max}`, (word) => isWhole(word, min, max));
    case 'memory': return one(`a size such as 64mb, from ${min} to ${max} bytes`, (word) => isMemory(word, min, max));
    case 'memory-or-percent': return one(`a size such as 64mb, up to ${max} bytes, or a percentage from 0% to 100%`, (word) =>
      isMemory(word, min, max) || (word.endsWith('%') && isWhole(word.slice(0, -1), '0', '100')));
    case 'octal': return one(`an octal number from ${min} to ${max}`, (word) => /^[0-7]{1,4}$/.test(word) && parseInt(word, 8) <= parseInt(max, 8));
    case 'text': return one('one argument: put it into quotes where it has spaces', (word) => !hasControlCharacter(word));
    case 'words': return {
      takes: known.arguments === undefined ? 'at least one argument' : `arguments: ${known.arguments}`,
      fits: (words) => known.arguments === undefined ? words.length > 0 : words.length === known.arguments,
    };
  }
}

const INT = String(2 ** 31 - 1);
// The least that Redis puts in their place.
const TITLE_VARIABLES = new Map(Object.entries({
  'title': '', 'listen-addr': '*', 'server-mode': '', 'port': '0', 'tls-port': '0', 'unixsocket': '', 'config-file': '',
}));

/** Directives that Redis reads in a way of their own. */
const SPECIAL = new Map<string, Form>([
  ['save', {
    takes: 'pairs of seconds and changes, such as 3600 1, or "" for none',
    fits: (words) => isEmpty(words) || groups(words, 2, ([seconds, changes]) =>
      isWhole(seconds, '1', INT) && isWhole(changes, '0', INT)),
  }],
  ['client-output-buffer-limit', {
    takes: 'a class (normal, replica or pubsub), a hard limit, a soft limit and its seconds, such as pubsub 32mb 8mb 60',
    fits: (words) => groups(words, 4, ([kind, hard, soft, seconds]) => ['normal', 'slave', 'replica', 'pubsub'].includes(kind.toLowerCase())
      && [hard, soft].every((word) => isMemory(word, '0', '9223372036854775807')) && isWhole(seconds, '0', INT)),
  }],
  ['oom-score-adj-values', {
    takes: 'three whole numbers from -2000 to 2000',
    fits: (words) => words.length === 3 && words.every((word) => isWhole(word, '-2000', '2000')),
  }],
  ['latency-tracking-info-percentiles', {
    takes: 'numbers from 0 to 100, such as 50 99.9, or "" for none',
    fits: (words) => isEmpty(words)
    || (words.length > 0 && words.every((word) => /^\d{1,3}(\.\d{1,10})?$/.test(word) && Number(word) <= 100)),
  }],
  ['bind', {
    takes: 'up to 16 addresses, each may have a - in front',
    fits: (words) => isEmpty(words) || (words.length > 0 && words.length <= 16 && words.every(isBindable)),
  }],
  ['replicaof', {
    takes: 'a host and a port, or no one',
    fits: ([host, port, ...more]) => more.length === 0 && port !== undefined
    && (isWhole(port, '0', '65535') || `${host} ${port}` === 'no one'),
  }],
  ['cluster-announce-ip', one('an IPv4 or IPv6 address, or ""', (word) => word === '' || isIP(word) > 0)],
  ['cluster-announce-hostname', one('a DNS name of up to 255 characters', (word) => /^[A-Za-z0-9.-]{0,255}$/.test(word))],
  ['cluster-announce-human-nodename', one('a name of letters, digits and -_./', (word) => /^[A-Za-z0-9._/-]*$/.test(word))],
  ...['appendfilename', 'appenddirname', 'dbfilename'].map((name): [string, Form] => [
    name, one('a name without a slash', (word) => /^[^/\\]+$/.test(word) && !hasControlCharacter(word)),
  ]),
  ['locale-collate', one('C, POSIX, C.UTF-8 or "", the locales of the image', (word) => ['', 'C', 'POSIX', 'C.UTF-8'].includes(word))],
  ['proc-title-template', one(`text with {name} for any of ${[...TITLE_VARIABLES.keys()].join(', ')}`, isTitle)],
]);

function isBindable(word: string): boolean {
  const address = word.startsWith('-') ? word.slice(1) : word;
  return address === '*' || address === '::*' || isIP(address) > 0;
}

function isEmpty(words: string[]): boolean {
  return words.length === 1 && words[0] === '';
}

function groups(words: string[], size: number, fits: (group: string[]) => boolean): boolean {
  const starts = words.map((_, index) => index).filter((index) => index % size === 0);
  return words.length > 0 && words.length % size === 0 && starts.every((start) => fits(words.slice(start, start + size)));
}

/** Something must be left of it where the variables are empty, or Redis does not start. */
function isTitle(template: string): boolean {
  const filled = template.replace(/\{([^{}]*)\}/g, (all, name: string) => TITLE_VARIABLES.get(name) ?? all);
  return filled.trim() !== '' && !filled.includes('{') && !hasControlCharacter(filled);
}

function isWhole(word: string, min: string, max: string): boolean {
  if (!/^(0|-?[1-9][0-9]{0,19})$/.test(word)) return false;
  return BigInt(word) >= BigInt(min) && BigInt(word) <= BigInt(max);
}

const MEMORY_UNITS = new Map([['', 1n], ['b', 1n], ['k', 1000n], ['kb', 1024n], ['m', 1000n ** 2n], ['mb', 1024n ** 2n], ['g', 1000n ** 3n], ['gb', 1024n ** 3n]]);

function isMemory(word: string, min: string, max: string): boolean {
  const [, digits, unit] = /^([0-9]{1,20})([a-z]{0,2})$/.exec(word.toLowerCase()) ?? [];
  const factor = digits && MEMORY_UNITS.get(unit);
  return Boolean(factor) && BigInt(digits!) * BigInt(factor!) >= BigInt(min) && BigInt(digits!) * BigInt(factor!) <= BigInt(max);
}
