import { readFileSync } from 'fs';
import { join } from 'path';
import { Namespace, run } from './kit';

const PAGE = readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8');

/** What the page has people type once. */
const [, TYPED_ONCE] = /```sh\n(labels=[^]*?)\n\n/.exec(PAGE)!;

/** What a command of the runbook prints; its `$@` are the arguments. */
export async function runbook(here: Namespace, command: string, ...args: string[]): Promise<string> {
  // The page counts on the current namespace.
  const script = `kubectl() { command kubectl -n ${here.name} "$@"; }\n${TYPED_ONCE}\n${command}`;
  const { code, stdout, stderr } = await run('sh', ['-c', script, 'sh', ...args]);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout.trim();
}
