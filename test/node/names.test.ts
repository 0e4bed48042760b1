import * as fc from 'fast-check';
import { labelKeyProblems, labelProblems, nameProblems, referenceProblems } from '../../src/node/names';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const middle = fc.string({ unit: fc.constantFrom(...`${lower}0123456789-`), maxLength: 50 });

describe('the name of a construct', () => {
  test('is taken whenever it is a DNS label that begins with a letter and has at most 52 characters', () => {
    fc.assert(fc.property(fc.constantFrom(...lower), middle, fc.constantFrom(...lower, '0'), (first, rest, last) => {
      expect(nameProblems(`${first}${rest}${last}`)).toEqual([]);
    }));
  });

  test.each(['', '-', 'a-', 'A', 'a.b', 'a_b', '1a', 'ä', 'a b', 'a\n', 'a'.repeat(53)])('is refused as %j', (name) => {
    expect(nameProblems(name)).toHaveLength(1);
  });

  test('leaves room for what is put behind it', () => {
    expect(nameProblems('a'.repeat(43), ['-x', '-'.repeat(20)])).toEqual([]);
    expect(nameProblems('a'.repeat(44), ['-x', '-'.repeat(20)])).toHaveLength(1);
  });
});

test.each([
  ['redis', true], ['redis.example.com', true], ['9', true], ['', false], ['Redis', false], ['a..b', false], ['-a', false], ['a'.repeat(254), false], ['a\n', false],
])('a reference to %j is taken: %s', (name, taken) => {
  expect(referenceProblems('secret', name)).toHaveLength(taken ? 0 : 1);
});

test.each([
  ['team', true], ['example.com/team', true], ['a_b.c', true], ['', false], ['a/b/c', false], ['/a', false], ['-a', false], ['EXAMPLE.com/a', false], ['a'.repeat(64), false],
])('the key %j of a label is taken: %s', (key, taken) => {
  expect(labelKeyProblems('labels', key)).toHaveLength(taken ? 0 : 1);
});

test.each([['', true], ['a', true], ['A.b_c-1', true], ['-', false], ['a b', false], ['a'.repeat(64), false]])('the value %j of a label is taken: %s', (value, taken) => {
  expect(labelProblems('labels', { key: value })).toHaveLength(taken ? 0 : 1);
});
