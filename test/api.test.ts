import { readFileSync } from 'fs';
import { join } from 'path';

/** The public surface as other languages see it; `npm test` compiles it before. */
const assembly = JSON.parse(readFileSync(join(__dirname, '..', '.jsii'), 'utf8'));

interface Member {
  readonly where: string;
  readonly name: string;
  readonly docs?: { summary?: string; default?: string };
  readonly optional?: boolean;
  readonly immutable?: boolean;
  readonly type?: any;
  readonly struct?: boolean;
}

const types: any[] = Object.values(assembly.types);

const properties: Member[] = types.flatMap((type) => (type.properties ?? []).map((each: any) => ({ ...each, where: type.name, struct: type.datatype })));
const methods: any[] = types.flatMap((type) => (type.methods ?? []).map((each: any) => ({ ...each, where: type.name })));
const parameters: Member[] = [...methods, ...types.flatMap((type) => (type.initializer ? [{ ...type.initializer, where: type.name, name: 'constructor' }] : []))]
  .flatMap((method) => (method.parameters ?? []).map((each: any) => ({ ...each, where: `${method.where}.${method.name}` })));
const members: any[] = types.flatMap((type) => (type.members ?? []).map((each: any) => ({ ...each, where: type.name })));

/** Words that one of Java, Python, C# and Go keeps for itself. */
const RESERVED = `abstract and as assert async await base bool break byte case catch char chan checked class const continue decimal def default defer del delegate do double
  elif else enum event except exec explicit extends extern fallthrough false final finally fixed float for foreach from func global go goto if implements implicit import
  in instanceof int interface internal is lambda lock long map namespace native new nonlocal not null object operator or out override package params pass
  private protected public raise range readonly ref return sbyte sealed select self short sizeof stackalloc static strictfp string struct super switch synchronized
  this throw throws transient true try type typeof uint ulong unchecked unsafe ushort using var virtual void volatile while with yield`.split(/\s+/);

/** `connect(web, { as: 'CACHE' })` reads too well to be lost: it is `as_` in Python, and itself in every other language. */
const ACCEPTED = ['RedisConnectOptions.as'];

/** Every type that is asked for or given. */
const used = types.flatMap((type) => JSON.stringify(type).match(/"(fqn|primitive|union|elementtype)":("[^"]*"|\{)/g) ?? []);

const at = ({ where, name }: { where: string; name: string }) => `${where}.${name}`;

test('every type says what it is', () => {
  expect(types.filter(({ docs }) => !docs?.summary).map(({ name }) => name)).toEqual([]);
});

test('every property, method and choice says what it is, and every parameter but the usual ones of a construct', () => {
  const inherited = ['RedisStandalone', 'RedisInsight', 'LonghornRedis'];
  const silent = [...properties, ...methods, ...members].filter(({ docs, overrides, where }) => !docs?.summary && !(overrides && inherited.includes(where)));
  expect(silent.map(at)).toEqual([]);
});

test('every optional property says what happens without it, and never "undefined"', () => {
  const vague = properties.filter(({ struct, optional, docs }) => struct && optional && (!docs?.default || /^-?\s*undefined/.test(docs.default)));
  expect(vague.map(at)).toEqual([]);
});

test('no property is a number or a text where a unit belongs to it', () => {
  expect(properties.filter(({ name }) => /(Seconds|Minutes|Millis|Bytes|Kb|Mb|Gb|Ms)$/.test(name)).map(at)).toEqual([]);
});

test('nothing is any, and nothing a union', () => {
  expect(used.filter((each) => each === '"primitive":"any"' || each.startsWith('"union"'))).toEqual([]);
});

test('no type of cdk8s-plus is asked for or given, since a user may be on another one', () => {
  expect(used).toContain('"fqn":"cdk8s.Size"');
  expect(used.filter((each) => each.includes('cdk8s-plus'))).toEqual([]);
});

test('no name is a reserved word of another language', () => {
  expect([...properties, ...methods, ...parameters].filter(({ name }) => RESERVED.includes(name)).map(at)).toEqual(ACCEPTED);
});

test('every property can only be read', () => {
  expect(properties.filter(({ immutable }) => !immutable).map(at)).toEqual([]);
});

test('a construct takes scope, id and properties, which it needs only if one of them is required', () => {
  for (const { name, initializer, base } of types.filter((type) => type.base === 'constructs.Construct')) {
    const [scope, id, props] = initializer.parameters;
    expect([name, scope.name, id.name, props.name, base]).toEqual([name, 'scope', 'id', 'props', 'constructs.Construct']);
    const required = (assembly.types[props.type.fqn].properties ?? []).some((each: any) => !each.optional);
    expect([name, props.optional ?? false]).toEqual([name, !required]);
  }
});

test('no property takes a password as text', () => {
  expect(properties.filter(({ name, struct, type }) => struct && type.primitive !== undefined && /password|passphrase|token$/i.test(name)).map(at)).toEqual([]);
});

test('no class has two names in it, which C# would rename', () => {
  for (const { name, properties: own = [] } of types) {
    expect([name, own.map((each: any) => each.name).filter((each: string) => each.toLowerCase() === name.toLowerCase())]).toEqual([name, []]);
  }
});

test('is targeted at Python, Java, Go and .NET', () => {
  expect(Object.keys(assembly.targets).sort()).toEqual(['dotnet', 'go', 'java', 'js', 'python']);
});
