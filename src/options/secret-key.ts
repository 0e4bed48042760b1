import { referenceProblems } from '../node/names';
import { quote } from '../node/problems';

/** One value in a Secret that exists already. */
export interface RedisSecretKey {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Key of the value. */
  readonly key: string;
}

/** What is wrong with a reference into a Secret. */
export function secretKeyProblems(property: string, { secretName, key }: RedisSecretKey): string[] {
  const problems = referenceProblems(`${property}.secretName`, secretName);
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || /^\.+$/.test(key)) {
    problems.push(`'${property}.key' is ${quote(key)}: it takes a key of a Secret, which is made of letters, digits, '-', '_' and '.'`);
  }
  return problems;
}
