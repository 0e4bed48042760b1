import { execFileSync } from 'child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'fs';
import { homedir, tmpdir } from 'os';
import { basename, join, relative } from 'path';
import { describeWith } from './tools';

const ROOT = join(__dirname, '..');
const FIXTURES = join(__dirname, 'fixtures');
const PACKAGE = 'cdk8s-redis-constructs';
const PEERS = ['cdk8s', 'cdk8s-plus-28', 'constructs'];
const MINUTES = 60_000;

/** An empty project of a user with the package in it, installed from what `npm pack` makes. */
let project: string;
let installed: string;

beforeAll(() => {
  const missing = ['lib/index.js', '.jsii'].filter((file) => !existsSync(join(ROOT, file)));
  // Not compiled here: other tests run at the same time, and some of them read what is compiled.
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} missing: compile first, with 'npx projen compile'`);
  const compiledAt = statSync(join(ROOT, '.jsii')).mtimeMs;
  const newer = filesIn(join(ROOT, 'src')).filter((file) => statSync(join(ROOT, 'src', file)).mtimeMs > compiledAt);
  if (newer.length > 0) throw new Error(`${newer.join(', ')} changed after lib/ was compiled: compile first, with 'npx projen compile'`);
  project = mkdtempSync(join(tmpdir(), 'redis-package-'));
  installed = join(project, 'node_modules', PACKAGE);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project, ROOT]);
  const [tarball] = filesIn(project).filter((file) => file.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  // The peers come out of this repository's node_modules: the same versions as in the other tests, and no network.
  run('npm', [
    'install', '--offline', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund',
    join(project, tarball), ...PEERS.map((peer) => join(ROOT, 'node_modules', peer)),
  ]);
  cpSync(FIXTURES, project, { recursive: true });
}, 10 * MINUTES);

afterAll(() => {
  if (project) rmSync(project, { recursive: true, force: true });
});

describe('the package', () => {
  test('holds the compiled sources, the assets and nothing else', () => {
    const compiled = filesIn(join(ROOT, 'src')).map((file) => join('lib', file)).flatMap((file) =>
      ['.d.ts', '.js'].map((ending) => file.replace(/\.ts$/, ending)));
    const stale = filesIn(join(ROOT, 'lib')).filter((file) => !compiled.includes(join('lib', file)));
    if (stale.length > 0) throw new Error(`the sources of ${stale.join(', ')} in lib/ are gone: delete lib/ and compile again`);
    const assets = filesIn(join(ROOT, 'assets')).map((file) => join('assets', file));

    expect(filesIn(installed)).toEqual(['.jsii', 'LICENSE', 'README.md', 'package.json', ...assets, ...compiled].sort());
    expect(assets).toEqual(expect.arrayContaining([join('assets', 'directives.json'), join('assets', 'scripts', 'ready.sh')]));
  });

  test('holds the assets byte for byte', () => {
    for (const file of filesIn(join(ROOT, 'assets'))) {
      expect([file, readFileSync(join(installed, 'assets', file))]).toEqual([file, readFileSync(join(ROOT, 'assets', file))]);
    }
  });

  test('names no directory of the machine that made it', () => {
    const traces = filesIn(installed).filter((file) => {
      const text = readFileSync(join(installed, file), 'utf8');
      // Source maps are inside of the compiled files, in base64.
      const map = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(text)?.[1] ?? '';
      const all = text + Buffer.from(map, 'base64').toString('utf8');
      return [ROOT, join(homedir(), '/')].some((directory) => all.includes(directory));
    });
    expect(traces).toEqual([]);
  });

  test('needs nothing but its peers', () => {
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.')).sort()).toEqual([PACKAGE, ...PEERS].sort());
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).dependencies ?? {}).toEqual({});
  });

  test.each(['package-app.js', 'package_app.py'])('is used as a whole by %s: each construct and each class with factories', (app) => {
    const text = readFileSync(join(FIXTURES, app), 'utf8');
    expect(publicClasses().filter((name) => !new RegExp(`\\b${name}[.(]`).test(text))).toEqual([]);
  });

  test('synthesizes in an empty directory the YAML that the sources synthesize', () => {
    expect(run(process.execPath, ['package-app.js'])).toBe(yamlOfSources());
  }, MINUTES);
});

describeWith('python3', 'the Python package', () => {
  test('synthesizes the YAML that the sources synthesize, and reports the same known holes', () => {
    const pacmak = join(ROOT, 'node_modules', 'jsii-pacmak', 'bin', 'jsii-pacmak');
    run(process.execPath, [pacmak, '--target', 'python', '--outdir', join(project, 'out'), installed]);
    const [wheel] = filesIn(join(project, 'out', 'python')).filter((file) => file.endsWith('.whl'));
    run('python3', ['-m', 'venv', 'venv']);
    const python = join(project, 'venv', 'bin', 'python');
    run(python, [
      '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', join(project, 'out', 'python', wheel),
      ...PEERS.map((peer) => `${peer}==${JSON.parse(readFileSync(join(ROOT, 'node_modules', peer, 'package.json'), 'utf8')).version}`),
    ]);

    expect(run(python, ['package_app.py'])).toBe(yamlOfSources());
    const holes = saidBy(process.execPath, ['package-app.js']);
    expect(holes.match(/^WARNING: \w+ '[^']*'/gm)).toContain('WARNING: RedisStandalone \'full/cache\'');
    expect(saidBy(python, ['package_app.py'])).toContain(holes);
  }, 10 * MINUTES);
});

/** What the program writes to its output. What else it says is shown only when it fails. */
function run(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, {
      cwd: project,
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 2 ** 26,
      // The runtime of jsii would take a package of the same version out of the user's cache.
      env: { ...process.env, JSII_RUNTIME_PACKAGE_CACHE: 'disabled' },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${[basename(program), ...args].join(' ')} failed:\n${stderr || stdout || String(error)}`);
  }
}

/** What the program writes beside its output. */
function saidBy(program: string, args: string[]): string {
  return run('sh', ['-c', '"$@" 2>&1 >/dev/null', 'sh', program, ...args]);
}

function yamlOfSources(): string {
  const { synthesize } = jest.requireActual<{ synthesize: () => string }>('./fixtures/package-app');
  return synthesize();
}

/** Files in a directory and all below it, by their paths from there, in order. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !relative(directory, entry.parentPath).split('/').includes('node_modules'))
    .map((entry) => join(relative(directory, entry.parentPath), entry.name))
    .sort();
}

/** Every public class that a user begins with: constructs, and options with static factories. */
function publicClasses(): string[] {
  const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: { [name: string]: JsiiType } };
  return Object.values(types)
    .filter(({ kind, base, methods = [] }) => kind === 'class' && (base !== undefined || methods.some((method) => method.static)))
    .map(({ name }) => name);
}

interface JsiiType {
  readonly name: string;
  readonly kind: string;
  readonly base?: string;
  readonly methods?: Array<{ readonly static?: boolean }>;
}
