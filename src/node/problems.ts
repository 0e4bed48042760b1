/** `'redis-cluster'`, `3`, `{"a":1}`: how a value that a user gave is shown in a message, whatever it is. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? showObject(value) : String(value);
}

/** The most of an object that helps in a message. */
const LONGEST_OBJECT = 80;

function showObject(value: object): string {
  const type = className(value);
  if (type !== 'Object' && type !== 'Array') return type ? `a ${type}` : 'an object';
  try {
    const text = JSON.stringify(value);
    return text.length > LONGEST_OBJECT ? 'an object' : text;
  } catch {
    return 'an object';
  }
}

function className(value: unknown): string | undefined {
  const type: unknown = (value as Partial<object> | undefined | null)?.constructor;
  return typeof type === 'function' ? type.name : undefined;
}

/** The properties of what should be an object: none where JavaScript gave something else. */
export function fields<T extends object>(value: T): Partial<T> {
  return isStruct(value) ? value : {};
}

/** Whether a value is an object of properties. */
export function isStruct(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a value that should be an object of properties. */
export function structProblems(property: string, value: unknown): string[] {
  return value === undefined || isStruct(value) ? [] : [`${quote(property)} is ${quote(value)}: it takes an object of properties`];
}

/** What is wrong with a value that should be a list. */
export function listProblems(property: string, value: unknown, example: string): string[] {
  return value === undefined || Array.isArray(value) ? [] : [`${quote(property)} is ${quote(value)}: it takes a list, such as ${example}`];
}

/** What is wrong with a value that should be one of an enum's: `choiceProblems('controller', controller, Object.values(RedisController))`. */
export function choiceProblems(property: string, value: unknown, choices: readonly string[]): string[] {
  if (value === undefined || choices.some((choice) => choice === value)) return [];
  return [`${quote(property)} is ${quote(value)}: it takes one of ${choices.join(', ')}`];
}

/** A class, whose name a bundler may have shortened. */
export interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

/** Whether a value is of a class of this library: this one, or that of another copy of it in the same app. */
export function isA(type: ClassLike, value: unknown): boolean {
  return (isStruct(value) && Object.prototype.isPrototypeOf.call(type.prototype, value)) || className(value) === type.name;
}

/** What is wrong with a value that should be of a class: `classProblems('auth', auth, RedisAuth, 'RedisAuth.password(\'redis-password\')')`. */
export function classProblems(property: string, value: unknown, type: ClassLike, example: string): string[] {
  return value === undefined || isA(type, value) ? [] : [`${quote(property)} is ${quote(value)}: it takes a ${type.name}, such as ${example}`];
}

/** Reports everything that is wrong with a construct at once, where the user's line is on the stack. */
export function refuse(construct: string, path: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`${construct} ${quote(path)} cannot be made:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}
