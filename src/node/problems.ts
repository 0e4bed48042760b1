/** `'redis-cluster'`, `3`: how a value that a user gave is shown in a message. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** Reports everything that is wrong with a construct at once, where the user's line is on the stack. */
export function refuse(construct: string, path: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`${construct} ${quote(path)} cannot be made:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}
