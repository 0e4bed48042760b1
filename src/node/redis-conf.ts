import { createHash } from 'crypto';
import { splitArguments } from './arguments';
import { Directive } from './contribution';
import { needsRestart } from './directives';

/** The text of redis.conf: one order for one content, so that equal input gives equal YAML. */
export function renderRedisConf(directives: readonly Directive[]): string {
  return sorted(directives).map(({ name, value, comment }) => `${comment ? commented(comment) : ''}${name} ${value}\n`).join('');
}

/**
 * Changes exactly when a directive changes that a running Redis cannot take over. It is put on the pod template, which restarts
 * the pods; all other changes reach the running server by `reload-config.sh`.
 */
export function restartHash(directives: readonly Directive[]): string {
  const restarting = sorted(directives).filter(({ name }) => needsRestart(name));
  return createHash('sha256').update(renderRedisConf(restarting.map(({ name, value }) => ({ name, value })))).digest('hex').slice(0, 16);
}

/** The same directives as arguments of redis-server, for a redis.conf that we do not write. */
export function asArguments(directives: readonly Directive[]): string[] {
  return sorted(directives).flatMap(({ name, value }) => [`--${name}`, ...splitArguments(value)!]);
}

/** YAML shows a text line by line only while no line is longer than this. */
const WIDTH = 76;

function commented(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (`# ${lines[0]} ${word}`.length > WIDTH) lines.unshift(word);
    else lines[0] += `${lines[0] && ' '}${word}`;
  }
  return lines.reverse().map((line) => `# ${line}\n`).join('');
}

function sorted(directives: readonly Directive[]): Directive[] {
  return [...directives].sort((a, b) => (a.name < b.name ? -1 : 1));
}
