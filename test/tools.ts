import { existsSync } from 'fs';
import { delimiter, join } from 'path';

/** Where a program is on PATH, first match first. */
export function onPath(tool: string): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter(Boolean).map((directory) => join(directory, tool)).filter(existsSync);
}

/** Tests that need a program: without it they are shown as skipped, never as passed. */
export function describeWith(tool: string, name: string, body: () => void): void {
  (onPath(tool).length > 0 ? describe : describe.skip)(name, body);
}
