import { spawnSync } from 'child_process';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { clean, SCRIPTS } from './processes';
import { describeWith } from '../tools';

afterAll(clean);

const names = readdirSync(SCRIPTS);

/** Comments may name what code must not do. */
const code = (name: string) => readFileSync(join(SCRIPTS, name), 'utf8').split('\n').filter((line) => !/^\s*#/.test(line)).join('\n');

describeWith('shellcheck', 'shellcheck', () => {
  test.each(names.filter((name) => name.endsWith('.sh')))('has nothing to say about %s', (name) => {
    expect(spawnSync('shellcheck', ['-s', 'sh', '-x', '-P', 'SCRIPTDIR', join(SCRIPTS, name)], { encoding: 'utf8' }).stdout).toBe('');
  });
});

describe.each(names)('%s', (name) => {
  test('is a program of the shell or of awk', () => {
    expect(name).toMatch(/^[a-z-]+\.(sh|awk)$/);
  });

  test('begins by saying what it is', () => {
    const header = readFileSync(join(SCRIPTS, name), 'utf8').split('\n').findIndex((line) => !line.startsWith('# '));
    expect(header).toBeGreaterThanOrEqual(2);
    expect(header).toBeLessThanOrEqual(8);
  });

  test('switches no check of shellcheck off', () => {
    expect(readFileSync(join(SCRIPTS, name), 'utf8')).not.toMatch(/shellcheck/);
  });

  test('has no command that can destroy data', () => {
    expect(code(name)).not.toMatch(/--cluster\s+(create|fix)|FLUSHALL|FLUSHDB|CLUSTER\s+RESET|DELSLOTS/i);
  });

  test('is POSIX', () => {
    expect(code(name)).not.toMatch(/\[\[ |\blocal\b|<<<|<\(|\$'|\becho -|\bsource\b|\bpipefail\b|\bdeclare\b|&>/);
  });

  test('is plain text with lines that YAML shows one by one', () => {
    const text = readFileSync(join(SCRIPTS, name), 'utf8');
    expect(text).toMatch(/^[\n -~]+\n$/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  test('puts no password into an argument', () => {
    expect(code(name)).not.toMatch(/redis-cli[^\n]* (-a|--pass) |--requirepass|SET requirepass "?\$/);
  });
});
