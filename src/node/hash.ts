import { createHash } from 'crypto';

/** Five characters that names may have. */
export function shortHash(text: string): string {
  const number = createHash('sha256').update(text).digest().readUInt32BE(0) % 36 ** 5;
  return number.toString(36).padStart(5, '0');
}
