import { connect } from 'net';

interface Reply {
  readonly text: string;
  /** Where the next one begins. */
  readonly next: number;
}

/**
 * Asks the Redis behind a Unix socket, with a password, or as a user with one. The answer is what redis-cli would print, or why there is none; a process of redis-cli for
 * each question would take most of a test's time.
 */
export function ask(socket: string, login: string | readonly string[] | undefined, command: readonly string[], milliseconds = 10_000): Promise<string> {
  const commands = [...(login ? [['AUTH', ...[login].flat()]] : []), command];
  return new Promise((resolve) => {
    const connection = connect(socket);
    let received = '';
    const end = (text: string) => {
      connection.destroy();
      resolve(Buffer.from(text, 'latin1').toString().trim());
    };
    connection.setTimeout(milliseconds, () => end(`no answer within ${milliseconds / 1000} seconds`));
    connection.on('error', ({ message }) => end(message));
    connection.on('close', () => end('the server hung up'));
    connection.on('data', (data) => {
      received += data.toString('latin1');
      // The answer to the last command counts.
      let last: Reply | undefined = { text: '', next: 0 };
      for (let i = 0; i < commands.length && last; i++) last = parse(received, last.next);
      if (last) end(last.text);
    });
    connection.write(commands.map(request).join(''));
  });
}

function request(words: readonly string[]): string {
  return [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n');
}

/** The reply at a place, or nothing as long as it is not all there. A character is a byte. */
function parse(received: string, at: number): Reply | undefined {
  const end = received.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const head = received.slice(at + 1, end);
  let next = end + 2;
  if (received[at] === '$' && head !== '-1') {
    const after = next + Number(head);
    return received.length < after + 2 ? undefined : { text: received.slice(next, after), next: after + 2 };
  }
  if (received[at] === '*') {
    const items = [];
    for (let i = 0; i < Number(head); i++) {
      const item = parse(received, next);
      if (!item) return undefined;
      items.push(item.text);
      next = item.next;
    }
    return { text: items.join('\n'), next };
  }
  return { text: received[at] === '$' ? '' : head, next };
}
