import { existsSync, readdirSync, readFileSync } from 'fs';
import { dirname, join, relative, resolve } from 'path';
import { Construct } from 'constructs';
import * as ts from 'typescript';
import * as library from '../src';

const ROOT = join(__dirname, '..');
const FIXTURE = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...pagesBelow('docs'),
  ...pagesBelow('examples'),
];

/** A block of TypeScript on a page, as a file that the compiler can read. */
interface Snippet {
  readonly page: string;
  /** Line of the page before the first one of the snippet. */
  readonly line: number;
  /** A file that does not exist, beside the page. */
  readonly file: string;
  readonly text: string;
  /** Lines of the fixture before the snippet. */
  readonly before: number;
}

test('every snippet compiles, and one that does not is found with its line', () => {
  const snippets = PAGES.flatMap((page) => snippetsOf(page));
  const wrong = snippetsOf('docs/wrong.md', '# Page\n\n```ts\nnew RedisStandalone(chart, \'redis\', { nonsense: true });\n```\n');

  expect(snippets.length).toBeGreaterThan(20);
  expect(complaints([...snippets, ...wrong])).toEqual([expect.stringMatching(/^docs\/wrong\.md:4: .*'nonsense' does not exist/)]);
}, 60_000);

test.each(PAGES)('every link of %s leads somewhere', (page) => {
  expect(links(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});

describe('every construct', () => {
  const constructs = Object.entries(library)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Construct)
    .map(([name]) => name);

  test.each(constructs)('%s has a page of its own, which the README links to', (name) => {
    const page = `docs/${name.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase()}.md`;
    expect(PAGES).toContain(page);
    expect(textOf('README.md')).toContain(`[${name}](${page})`);
  });
});

function pagesBelow(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `${directory}/${path}`)
    .sort();
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The blocks of TypeScript on a page. One that says `nofixture` stands alone, as for jsii-rosetta. */
function snippetsOf(page: string, text: string = textOf(page)): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = text.split('\n');
  for (let line = 0; line < lines.length; line++) {
    const opening = /^( *)```(?:ts|typescript)\b(.*)$/.exec(lines[line]);
    if (!opening) continue;
    const end = lines.findIndex((each, index) => index > line && each.trim() === '```');
    const body = lines.slice(line + 1, end).map((each) => each.slice(opening[1].length)).join('\n');
    const [before, after] = opening[2].includes('nofixture') ? ['', ''] : FIXTURE.split(/^ *\/\/\/ here$/m);
    snippets.push({
      page,
      line: line + 1,
      file: join(ROOT, dirname(page), `snippet-${snippets.length}-of-${page.replaceAll('/', '-')}.ts`),
      text: before + body + after,
      before: before.split('\n').length - 1,
    });
    line = end;
  }
  return snippets;
}

/** What the compiler says of the snippets, all in one program. */
function complaints(snippets: readonly Snippet[]): string[] {
  const config = ts.readConfigFile(join(ROOT, 'test', 'tsconfig.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'test'));
  const program = ts.createProgram({
    rootNames: snippets.map(({ file }) => file),
    // The fixture declares more than a snippet uses, and a snippet may end with what a reader goes on with.
    options: { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host: hostWith(options, new Map(snippets.map(({ file, text }) => [file, text]))),
  });
  return snippets.flatMap(({ page, line, file, before }) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start, messageText }) => {
      const at = source.getLineAndCharacterOfPosition(start!).line;
      return `${page}:${line + 1 + at - before}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function hostWith(options: ts.CompilerOptions, files: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = files.get(path);
      return text === undefined ? host.getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
    },
  };
}

/** The targets of a page's links within the repository. */
function links(page: string): string[] {
  const prose = textOf(page).replace(/^ *```.*?^ *```$/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split('#');
  const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchors(target).includes(anchor);
}

/** What can be linked to on a page: its headings, as GitHub names them. */
function anchors(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^-\w ]/g, '').replaceAll(' ', '-'));
}
