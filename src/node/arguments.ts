/** The arguments of a line as Redis splits them, or nothing when a quote is left open or something follows a closing quote. */
export function splitArguments(text: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    let word = '';
    while (at < text.length && text[at] !== ' ') {
      const quoted = text[at] === '"' || text[at] === '\'';
      if (!quoted) {
        word += text[at++];
        continue;
      }
      const end = closingQuote(text, at);
      if (end === undefined || (end + 1 < text.length && text[end + 1] !== ' ')) return undefined;
      word += unescape(text.slice(at + 1, end), text[at]);
      at = end + 1;
    }
    words.push(word);
  }
  return words;
}

function closingQuote(text: string, open: number): number | undefined {
  const mark = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === mark) return at;
    // A backslash protects anything in double quotes, and only the quote in single ones.
    if (text[at] === '\\' && (mark === '"' || text[at + 1] === mark)) at++;
  }
  return undefined;
}

function unescape(inside: string, mark: string): string {
  if (mark === '\'') return inside.replaceAll('\\\'', '\'');
  return inside.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(parseInt(code.slice(1), 16)) : { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }[code] ?? code);
}

export function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\x7f');
}
