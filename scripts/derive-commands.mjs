#!/usr/bin/env node
// Asks every redis-server on PATH for its commands and their categories and writes assets/commands.json, or the file given as argument.
// Redis does not start when a rule of a user names a command or a category that it does not know.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve, servers } from './servers.mjs';

const minor = (version) => version.split('.').slice(0, 2).join('.');

/** The commands and subcommands of one binary with the version that brought them, and its categories. */
function learn({ ask }) {
  const commands = new Map();
  const visit = (documented) => {
    for (const [name, { since, subcommands = {} }] of Object.entries(documented)) {
      // What has no documentation is for Redis itself.
      if (since) commands.set(name.toLowerCase(), minor(since));
      visit(subcommands);
    }
  };
  visit(JSON.parse(ask('--json', 'COMMAND', 'DOCS')));
  return { commands, categories: JSON.parse(ask('--json', 'ACL', 'CAT')) };
}

const binaries = servers();
if (binaries.length === 0) throw new Error('no redis-server on PATH');
const commands = new Map();
const categories = new Map();
for (const [index, server] of binaries.entries()) {
  const known = await serve(server, learn);
  // The oldest one is the oldest that is supported: what it has need not be older.
  for (const [name, since] of known.commands) if (!commands.has(name)) commands.set(name, index === 0 ? minor(server.version) : since);
  for (const name of known.categories) if (!categories.has(name)) categories.set(name, minor(server.version));
  // What a later one has no more would stop it.
  for (const name of commands.keys()) if (!known.commands.has(name)) commands.delete(name);
}
const lines = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, since]) => `    ${JSON.stringify({ name, since })}`).join(',\n');
const target = process.argv[2] ?? fileURLToPath(new URL('../assets/commands.json', import.meta.url));
writeFileSync(target, `{\n  "categories": [\n${lines(categories)}\n  ],\n  "commands": [\n${lines(commands)}\n  ]\n}\n`);
console.log(`${commands.size} commands and ${categories.size} categories of Redis ${binaries.map(({ version }) => version).join(' and ')}`);
