import { referenceProblems } from '../node/names';
import { isStruct, quote } from '../node/problems';

/** One value in a Secret that exists already. */
export interface RedisSecretKey {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Key of the value. */
  readonly key: string;
}

/** What is wrong with a reference into a Secret. */
export function secretKeyProblems(property: string, secretKey: RedisSecretKey): string[] {
  // Without the value, which may be the secret itself.
  if (!isStruct(secretKey)) return [`${quote(property)} is no reference: it takes the names of a Secret and of a key, { secretName, key }`];
  const { secretName, key } = secretKey;
  const problems = referenceProblems(`${property}.secretName`, secretName);
  if (!isKey(key)) {
    problems.push(`'${property}.key' is ${quote(key)}: it takes a key of a Secret, which is made of letters, digits, '-', '_' and '.', but is not '.' `
      + 'and does not begin with \'..\'');
  }
  return problems;
}

function isKey(key: unknown): boolean {
  return typeof key === 'string' && /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');
}
