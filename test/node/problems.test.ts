import { Size } from 'cdk8s';
import { choiceProblems, quote } from '../../src/node/problems';

test.each<[unknown, string]>([
  ['a', '\'a\''], [1, '1'], [NaN, 'NaN'], [undefined, 'undefined'], [null, 'null'], [{ a: 1 }, '{"a":1}'], [['a'], '["a"]'], [Size.gibibytes(1), 'a Size'], [() => 1, 'a function'],
  [Symbol('a'), 'Symbol(a)'], [Object.create(null), 'an object'], [{ a: BigInt(1) }, 'an object'], [{ a: 'a'.repeat(99) }, 'an object'], [{ toJSON: () => undefined }, 'an object'],
])('%p is shown as %s', (value, shown) => {
  expect(quote(value)).toBe(shown);
});

test('a choice is one of those that there are', () => {
  expect(choiceProblems('fsync', 'no', ['yes', 'no'])).toEqual([]);
  expect(choiceProblems('fsync', undefined, ['yes', 'no'])).toEqual([]);
  expect(choiceProblems('fsync', 'NO', ['yes', 'no'])).toEqual(['\'fsync\' is \'NO\': it takes one of yes, no']);
  expect(choiceProblems('fsync', null, ['yes', 'no'])).toEqual(['\'fsync\' is null: it takes one of yes, no']);
  expect(choiceProblems('fsync', ['no'], ['yes', 'no'])).toEqual(['\'fsync\' is ["no"]: it takes one of yes, no']);
});
