import type { Cron } from 'cdk8s';
import { quote } from '../node/problems';

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names that stand for the numbers, from the first on. */
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** As Kubernetes and Longhorn read them: Sunday is 0, and not 7. */
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'weekDay', from: 0, to: 6, names: DAYS },
];

/** What is wrong with a schedule. Aliases such as `@daily` are none: a `Cron` has five fields. */
export function cronProblems(property: string, cron: Cron): string[] {
  const text: unknown = (cron as Partial<Cron> | undefined | null)?.expressionString;
  if (typeof text !== 'string') return [`${quote(property)} is ${quote(cron)}: it takes a Cron, such as Cron.daily()`];
  const words = text.split(' ');
  if (words.length !== FIELDS.length) {
    return [`${quote(property)} is ${quote(text)}: it takes five fields, for minute, hour, day, month and day of the week, without spaces in them`];
  }
  return FIELDS.filter((field, index) => !words[index].split(',').every((part) => isPart(field, part))).map((field) =>
    `${quote(property)} has the ${field.name} ${quote(words[FIELDS.indexOf(field)])}: it takes ${readable(field)}, such as '*', '${field.from + 1}', `
      + `'${field.from + 1}-${field.from + 5}', '*/2' or several with commas between them`);
}

function readable({ from, to, names }: Field): string {
  return `numbers from ${from} to ${to}${names ? ` or names from ${names[0]} to ${names[names.length - 1]}` : ''}`;
}

/** One of what commas divide: a number or a range, or all, with an optional step. */
function isPart(field: Field, part: string): boolean {
  const [range, step, ...rest] = part.split('/');
  return rest.length === 0 && (step === undefined || isStep(step)) && (range === '*' || isRange(field, range));
}

function isStep(step: string): boolean {
  return /^\d{1,9}$/.test(step) && Number(step) > 0;
}

function isRange(field: Field, range: string): boolean {
  const [first, last = first, ...rest] = range.split('-').map((word) => numberOf(field, word));
  return rest.length === 0 && first >= field.from && last <= field.to && first <= last;
}

function numberOf({ from, names = [] }: Field, word: string): number {
  if (/^\d{1,2}$/.test(word)) return Number(word);
  const index = names.indexOf(word.toLowerCase());
  return index === -1 ? NaN : from + index;
}
