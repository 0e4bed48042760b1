import { HOLES, fixFor, knownHoles, versionWithoutHoles } from '../../src/options/known-holes';

const names = (version: string) => knownHoles(version).map(({ name }) => name);

const OCTOBER = ['CVE-2025-46817', 'CVE-2025-46818', 'CVE-2025-46819', 'CVE-2025-49844'];
const MAY = ['CVE-2026-23479', 'CVE-2026-23631', 'CVE-2026-25243'];
const RESTORE = 'CVE-2026-66373';
const TLS = 'CVE-2026-81934';

test.each<[string, string[]]>([
  ['8.0.0', ['CVE-2025-32023', ...OCTOBER.slice(0, 3), 'CVE-2025-48367', 'CVE-2025-49844', ...MAY, RESTORE, TLS]],
  ['8.0.2', ['CVE-2025-32023', ...OCTOBER.slice(0, 3), 'CVE-2025-48367', 'CVE-2025-49844', ...MAY, RESTORE, TLS]],
  ['8.0.3', [...OCTOBER, ...MAY, RESTORE, TLS]],
  ['8.0.4', [...MAY, RESTORE, TLS]],
  ['8.0.6', [...MAY, RESTORE, TLS]],
  ['8.2.0', [...OCTOBER, 'CVE-2025-62507', ...MAY, RESTORE, TLS]],
  ['8.2.2', ['CVE-2025-62507', ...MAY, RESTORE, TLS]],
  ['8.2.5', [...MAY, RESTORE, TLS]],
  ['8.2.6', [RESTORE, TLS]],
  ['8.2.8', [TLS]],
  ['8.2.9', []],
  ['8.2.10', []],
  ['8.4.0', [...MAY, RESTORE, TLS]],
  ['8.4.6', []],
  ['8.6.2', [...MAY, RESTORE, TLS]],
  ['8.6.3', [RESTORE, TLS]],
  ['8.6.5', [TLS]],
  ['8.6.6', []],
  ['8.6.7', []],
  ['8.8.0', [TLS]],
  ['8.8.2', []],
  ['8.10.0', [TLS]],
  ['8.10.1', []],
  ['8.12.0', []],
  ['9.0.0', []],
])('Redis %s has the holes %j', (version, expected) => {
  expect(names(version)).toEqual(expected);
});

test.each(['', 'latest', '8.0', '8.0.2-rc1', 'v8.0.2', '8.0.2\n'])('nothing is known of the version %j', (version) => {
  expect(names(version)).toEqual([]);
});

test('a hole is closed by the next patch of the same line, or where there is none by the next line that closes it', () => {
  const [lua, may] = ['CVE-2025-49844', 'CVE-2026-23479'].map((name) => HOLES.find((hole) => hole.name === name)!);
  expect([fixFor('8.0.2', lua), fixFor('8.2.0', lua), fixFor('8.0.6', may), fixFor('8.6.0', may)]).toEqual(['8.0.4', '8.2.2', '8.2.6', '8.6.3']);
});

test.each([
  ['8.0.2', '8.2.9'], ['8.0.6', '8.2.9'], ['8.2.0', '8.2.9'], ['8.4.0', '8.4.6'], ['8.6.3', '8.6.6'], ['8.8.0', '8.8.2'], ['8.10.0', '8.10.1'], ['8.6.7', '8.6.7'],
])('after %s, the next Redis without known holes is %s', (version, next) => {
  expect([versionWithoutHoles(version), names(next)]).toEqual([next, []]);
});

test('the table is in order: by name, each once, with whole versions of ascending lines', () => {
  const all = HOLES.map(({ name }) => name);
  expect(all).toEqual([...new Set(all)].sort());
  for (const { name, meaning, since, fixedIn } of HOLES) {
    expect(name).toMatch(/^CVE-20\d\d-\d{4,}$/);
    expect([name, meaning]).toEqual([name, expect.stringMatching(/^[a-z].*[^.]$/)]);
    for (const version of [...fixedIn, ...(since === undefined ? [] : [since])]) expect([name, version]).toEqual([name, expect.stringMatching(/^8\.\d+\.\d+$/)]);
    const lines = fixedIn.map((version) => Number(version.split('.')[1]));
    expect([name, lines]).toEqual([name, [...new Set(lines)].sort((one, other) => one - other)]);
    expect(lines.length).toBeGreaterThan(0);
  }
});
