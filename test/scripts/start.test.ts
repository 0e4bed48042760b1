import { readFileSync } from 'fs';
import * as fc from 'fast-check';
import { clean, Client, commandLine, describeShells, directory, file, reap, Running, script, until } from './processes';
import { freePort } from './servers';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

const NASTY = [
  'plain', 'with blank', ' blanks around ', '"', "'", '\\', '\\\\', '"quoted"', "'quoted'", 'a"b', "a'b", 'a\\b', 'ends with \\', 'ends with "', '\\"',
  '\\n', '\\x41', '$HOME', '${HOME}', '$(id)', '`id`', '$$', '#', '# comment', 'a #b', '%s%d%n', '%', '*', '?', '~', '!', '!!', '&', '|', ';', '<', '>',
  '(', ')', '{}', '[]', '-', '--', '-a', '-n', '--requirepass', '@', '^', '=', ':', 'user:password@host', 'EOF', 'requirepass', 'é', '日本語', '🔑',
  '0', '007', 'null', ',', '\u00a0', 'x'.repeat(1023), 'x'.repeat(3000), '"\\'.repeat(500),
];

describeShells('start.sh', (machine) => {
  async function start(password: string | Buffer, ...options: string[]): Promise<{ run: Running; port: number }> {
    const port = await freePort();
    // No line break at its end: Redis would glue what follows to it.
    const conf = file(`port ${port}\nmaxmemory-policy allkeys-lru`, 'redis.conf');
    const run = script(machine, 'start.sh', ['redis-server', conf, ...options], { REDIS_PASSWORD_FILE: file(password) });
    return { run, port };
  }

  async function expectPassword(password: string): Promise<void> {
    const { run, port } = await start(password);
    await until(() => run.code !== undefined || new Client(machine, port).ask(password, 'PING') === 'PONG', () => `${JSON.stringify(password)}: ${run.output}`);
    // Where it has ended, it says why.
    expect({ code: run.code, text: run.code === undefined ? '' : run.output }).toEqual({ code: undefined, text: '' });
    expect(new Client(machine, port).ask('', 'PING')).toMatch(/^NOAUTH/);
    expect(new Client(machine, port).ask(`${password}x`, 'PING')).toMatch(/NOAUTH/);
    expect(new Client(machine, port).get('maxmemory-policy', password)).toBe('allkeys-lru');
    await run.stop();
  }

  test('any text is a password', async () => {
    // A server takes them one after the other as the start script writes them, so a batch runs at a time.
    for (let first = 0; first < NASTY.length; first += 8) {
      await Promise.all(NASTY.slice(first, first + 8).map((password) => expectPassword(password)));
    }
  });

  test('any printable text is a password', async () => {
    // A shell cannot tell line breaks at the end of a file from the one that editors add.
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/\p{Cc}/u.test(text));
    await fc.assert(fc.asyncProperty(printable, (password) => expectPassword(password)), { numRuns: 25, endOnFailure: true });
  });

  test('a line break at the end of the file is not part of the password', async () => {
    const { run, port } = await start('secret\n');
    await until(() => new Client(machine, port).ask('secret', 'PING') === 'PONG', () => run.output);
  });

  test('Redis takes the process over, and gets its signals', async () => {
    const { run, port } = await start('secret');
    await until(() => new Client(machine, port).ask('secret', 'PING') === 'PONG', () => run.output);
    expect(new Client(machine, port).ask('secret', 'INFO', 'server')).toMatch(new RegExp(`process_id:${run.pid}\\b`));
    run.signal('SIGTERM');
    expect(await run.ended()).toEqual({ code: 0, text: expect.stringContaining('bye bye') });
  });

  test('nobody sees the password', async () => {
    const { run, port } = await start('Aq9-seen', '--save', '');
    await until(() => new Client(machine, port).ask('Aq9-seen', 'PING') === 'PONG', () => run.output);
    expect(commandLine(run.pid)).not.toContain('Aq9-seen');
    expect(readFileSync(`/proc/${run.pid}/environ`).toString()).not.toContain('Aq9-seen');
    expect(run.output).not.toContain('Aq9-seen');
  });

  test('options behind the file count', async () => {
    const data = directory();
    const { run, port } = await start('secret', '--dir', data, '--save', '', '--maxmemory-policy', 'noeviction');
    await until(() => new Client(machine, port).ask('secret', 'PING') === 'PONG', () => run.output);
    expect(new Client(machine, port).get('dir', 'secret')).toBe(data);
    expect(new Client(machine, port).get('save', 'secret')).toBe('');
    expect(new Client(machine, port).get('maxmemory-policy', 'secret')).toBe('noeviction');
    expect(new Client(machine, port).get('requirepass', 'secret')).toBe('secret');
  });

  test.each([
    ['an empty password', '', /^the password in \S+ is empty$/],
    ['a password that is only a line break', '\n', /is empty$/],
    ['a password of two lines', 'one\ntwo\n', /has a line break or control character in it$/],
    ['a password with a carriage return', 'one\r\n', /control character in it$/],
    ['a password with a tab', 'one\ttwo', /control character in it$/],
    ['a password with an escape', 'one\u001b[0m', /control character in it$/],
    ['a password with a delete', 'one\u007f', /control character in it$/],
  ])('refuses %s', async (_, password, why) => {
    const { run } = await start(password);
    expect(await run.ended()).toEqual({ code: 1, text: expect.stringMatching(why) });
  });

  test('refuses a file that is not there', async () => {
    expect(await script(machine, 'start.sh', ['redis-server', '/nowhere'], { REDIS_PASSWORD_FILE: '/nowhere' }).ended())
      .toEqual({ code: 1, text: 'cannot read the password file /nowhere' });
  });

  test('ends like Redis when Redis does not start', async () => {
    const { run } = await start('Aq9-seen', '--hz', 'fast');
    const { code, text } = await run.ended();
    expect(code).toBe(1);
    expect(text).toMatch(/FATAL CONFIG FILE ERROR/);
    expect(text).not.toContain('Aq9-seen');
  });
});
