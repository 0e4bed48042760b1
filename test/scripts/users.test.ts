import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { delimiter, dirname, join } from 'path';
import { clean, Client, commandLine, describeShells, directory, file, Machine, Mount, reap, Running, script, SCRIPTS, until } from './processes';
import { freePort } from './servers';
import { Acl, AclUser } from '../../src/node/acl';
import { internalName, internalUsers } from '../../src/node/internal-users';

jest.setTimeout(180_000);

afterEach(reap);
afterAll(clean);

const SHOP = '~shop:* +@connection +@all -@admin -@dangerous +info';

/** What shells, redis.conf and redis-cli each read in their own way. */
const NASTY = 'it\'s "a" \\n #1 $HOME `id` é';

/** A Redis with users, as the pod of a RedisStandalone has it: rules and passwords in one volume, which the kubelet changes. */
class Pod {
  public static async start(machine: Machine, shop = SHOP, withheld = false): Promise<Pod> {
    const pod = new Pod(machine, await freePort(), shop, withheld);
    await until(() => pod.server.code !== undefined || pod.ask('internal-probe', 'PING') === 'PONG', () => pod.server.output);
    return pod;
  }

  public readonly server: Running;
  public loop!: Running;
  public passwords: { [user: string]: string } = {};
  public readonly memory = directory();

  private readonly conf = file('', 'redis.conf');
  private readonly mount: Mount;
  private readonly client: Client;

  private constructor(private readonly machine: Machine, readonly port: number, private shop: string, private withheld: boolean) {
    this.passwords = { ...Object.fromEntries(internalUsers('standalone').map((user) => [internalName(user), `secret of ${user}`])), shop: NASTY };
    this.mount = new Mount(this.files());
    this.client = new Client(machine, port);
    this.server = script(machine, 'start.sh', ['redis-server', this.conf, '--port', `${port}`], { REDIS_USERS: this.mount.path });
  }

  private files(): Record<string, string> {
    const user: AclUser = { name: 'shop', rules: [this.shop], secretName: 'shop', key: 'password' };
    return {
      rules: new Acl({ name: 'redis', kind: 'standalone', version: '8.0.2' }, 'internal', this.passwords.shop === undefined ? [] : [user]).files.rules,
      ...Object.fromEntries(Object.entries(this.passwords).filter(([name]) => name !== 'shop' || !this.withheld).map(([name, password]) => [`passwords/${name}`, password])),
    };
  }

  /** What is in the volume from now on. */
  public change(passwords: { [user: string]: string }, shop = this.shop): void {
    this.shop = shop;
    this.passwords = passwords;
    this.mount.change(this.files());
  }

  /** The Secret of the application is there from now on, or is not. */
  public bring(withheld = false): void {
    this.withheld = withheld;
    this.mount.change(this.files());
  }

  public async watch(machine = this.machine): Promise<void> {
    this.loop = script(machine, 'reload-config.sh', [], {
      ...this.login('config'), REDIS_CONF: this.conf, RELOAD_INTERVAL: '0.2', REDIS_TIMEOUT: '20', TMPDIR: this.memory, PASSWORD_OVERLAP: '5',
    });
    await until(() => existsSync(join(this.memory, 'redis.conf.applied')), () => this.loop.output);
  }

  public login(user: 'config' | 'probe'): Record<string, string> {
    return {
      REDIS_PORT: `${this.port}`, REDIS_USERS: this.mount.path, REDIS_USER: internalName(user),
      REDIS_PASSWORD_FILE: this.mount.file(`passwords/${internalName(user)}`),
    };
  }

  public ask(user: string, ...command: string[]): string {
    return this.client.askAs(user, this.passwords[user], ...command);
  }

  public askWith(user: string, password: string, ...command: string[]): string {
    return this.client.askAs(user, password, ...command);
  }

  /** Waits for as many lines as expected, in any order. */
  public async prints(...lines: string[]): Promise<void> {
    await until(() => this.loop.lines.length >= lines.length, () => `only: ${this.loop.output}`);
    expect([...this.loop.lines].sort()).toEqual([...lines].sort());
  }

  /** What is in redis.conf from now on. */
  public directives(text: string): void {
    writeFileSync(this.conf, text);
  }
}

/** What redis-cli says to a wrong password goes to stderr; what follows is of a client that is not logged in. */
const REFUSED = /^NOAUTH/;

/** What the loop does about users, where the first answer about one gets lost. */
const UNHEARD = `
  . "$1/redis.sh"; . "$1/password.sh"; . "$1/users.sh"
  cli() { REDISCLI_AUTH="$password" redis-cli --no-auth-warning --user "$REDIS_USER" -p "$REDIS_PORT" "$@"; }
  lost='SETUSER shop'
  redis() {
    if [ $# -gt 0 ]; then cli "$@" </dev/null; return; fi
    input=$(cat)
    case $input in *"$lost"*) printf '%s\\n' "$input" | cli >/dev/null; return ;; esac
    printf '%s\\n' "$input" | cli
  }
  end_overlap
  change_users || echo 'not heard'
  lost=nobody
  change_users
  sleep 2
  forget_former_of_all
`;

describeShells('users', (machine) => {
  test('nobody comes in but by name, and each may do what its rules say', async () => {
    const pod = await Pod.start(machine);
    expect(pod.askWith('default', '', 'PING')).toMatch(REFUSED);
    expect(pod.askWith('default', NASTY, 'PING')).toMatch(REFUSED);
    expect(pod.askWith('shop', 'wrong', 'PING')).toMatch(REFUSED);
    expect(pod.ask('shop', 'SET', 'shop:1', 'one')).toBe('OK');
    expect(pod.ask('shop', 'GET', 'other:1')).toMatch(/^NOPERM/);
    expect(pod.ask('shop', 'FLUSHALL')).toMatch(/^NOPERM/);
    expect(pod.ask('shop', 'PUBLISH', 'news', 'x')).toMatch(/^NOPERM/);
    expect(pod.ask('internal-probe', 'PING')).toBe('PONG');
    expect(pod.ask('internal-probe', 'GET', 'shop:1')).toMatch(/^NOPERM/);
    expect(pod.ask('internal-console', 'GET', 'shop:1')).toBe('one');
    expect(pod.ask('internal-console', 'SET', 'shop:1', 'two')).toMatch(/^NOPERM/);
    expect(pod.ask('internal-config', 'GET', 'shop:1')).toMatch(/^NOPERM/);
  });

  test('nobody sees a password', async () => {
    const pod = await Pod.start(machine);
    await pod.watch();
    expect(commandLine(pod.server.pid)).not.toContain('secret of');
    expect(readFileSync(`/proc/${pod.server.pid}/environ`).toString()).not.toContain('secret of');
    expect(commandLine(pod.loop.pid)).not.toContain('secret of');
    expect(pod.server.output + pod.loop.output).not.toContain('secret of');
  });

  test.each([
    ['missing', 'internal-probe', undefined, /^user internal-probe: cannot read the password file \S+internal-probe$/],
    ['empty', 'shop', '', /^user shop: the password in \S+ is empty$/],
    ['of two lines', 'shop', 'a\nb', /^user shop: the password in \S+ has a line break or control character in it$/],
  ])('a password that is %s keeps Redis from starting, which says why', async (_, user, password, why) => {
    const users = directory();
    mkdirSync(join(users, 'passwords'));
    writeFileSync(join(users, 'rules'), `${user} +@all\n`);
    if (password !== undefined) writeFileSync(join(users, 'passwords', user), password);
    const run = script(machine, 'start.sh', ['redis-server', file('port 0\n')], { REDIS_USERS: users });
    expect(await run.ended()).toEqual({ code: 1, text: expect.stringMatching(why) });
  });

  test('an application whose Secret is not there keeps nobody out, and comes in when it is', async () => {
    const pod = await Pod.start(machine, SHOP, true);
    await until(() => pod.server.output.includes('user shop: left out until its Secret has its password'), () => pod.server.output);
    expect(pod.ask('shop', 'PING')).toMatch(REFUSED);
    await pod.watch();
    await until(() => /^user shop: cannot read the password file \S+shop$/m.test(pod.loop.output), () => pod.loop.output);
    pod.bring();
    await until(() => pod.loop.output.includes('user shop: added'), () => pod.loop.output);
    expect(pod.ask('shop', 'PING')).toBe('PONG');
  });

  test('probes and the loop do what they do as their users, and nothing is refused', async () => {
    const pod = await Pod.start(machine, '+ping +acl|log');
    await pod.watch();
    expect(await script(machine, 'alive.sh', [], pod.login('probe')).ended()).toEqual({ code: 0, text: '' });
    expect(await script(machine, 'ready.sh', [], pod.login('probe')).ended()).toEqual({ code: 0, text: '' });
    pod.directives('hz 11\n');
    await pod.prints('hz: 10 -> 11');
    pod.change({ ...pod.passwords, 'internal-probe': 'another' });
    await pod.prints('hz: 10 -> 11', 'user internal-probe: password changed', 'user internal-probe: the former password is no longer valid');
    expect(pod.ask('shop', 'ACL', 'LOG')).toBe('');
  });

  test('new passwords of all users reach Redis, the former ones are valid for a while', async () => {
    const pod = await Pod.start(machine);
    await pod.watch();
    const former = pod.passwords;
    const names = Object.keys(former);
    pod.change(Object.fromEntries(names.map((name) => [name, `new "${name}`])));
    await pod.prints(...names.map((name) => `user ${name}: password changed`));
    for (const name of names) {
      if (name === 'internal-config') continue;
      expect(pod.askWith(name, former[name], 'PING')).toBe('PONG');
      expect(pod.ask(name, 'PING')).toBe('PONG');
    }
    await pod.prints(...names.flatMap((name) => [`user ${name}: password changed`, `user ${name}: the former password is no longer valid`]));
    for (const name of names) {
      expect(pod.askWith(name, former[name], 'PING')).toMatch(REFUSED);
      expect(pod.ask(name, 'PING')).toBe('PONG');
    }
  });

  test('a former password ends also where the Secret was away when its time was over', async () => {
    const pod = await Pod.start(machine);
    await pod.watch();
    const { shop } = pod.passwords;
    pod.change({ ...pod.passwords, 'shop': 'new', 'internal-probe': 'new' });
    const changed = ['user internal-probe: password changed', 'user shop: password changed'];
    await pod.prints(...changed);
    pod.bring(true);
    const away = [...changed, expect.stringMatching(/^user shop: cannot read the password file/), 'user internal-probe: the former password is no longer valid'];
    await until(() => pod.loop.lines.length >= away.length, () => pod.loop.output);
    expect([...pod.loop.lines]).toEqual(expect.arrayContaining(away));
    expect(pod.askWith('shop', shop, 'PING')).toBe('PONG');
    pod.bring();
    await until(() => pod.loop.lines.includes('user shop: the former password is no longer valid'), () => pod.loop.output);
    expect(pod.askWith('shop', shop, 'PING')).toMatch(REFUSED);
    expect(pod.ask('shop', 'PING')).toBe('PONG');
  });

  test('a password whose handover got no answer is told of, and its former one ends', async () => {
    const pod = await Pod.start(machine);
    const { shop } = pod.passwords;
    pod.change({ ...pod.passwords, shop: 'new' });
    const run = new Running(machine, ['sh', '-c', UNHEARD, 'sh', SCRIPTS], { ...pod.login('config'), PASSWORD_OVERLAP: '1' });
    expect(await run.ended()).toEqual({ code: 0, text: 'not heard\nuser shop: password changed\nuser shop: the former password is no longer valid' });
    expect(pod.askWith('shop', shop, 'PING')).toMatch(REFUSED);
    expect(pod.ask('shop', 'PING')).toBe('PONG');
  });

  test('a Secret that changes while another one is handed over cuts nobody off', async () => {
    const pod = await Pod.start(machine);
    const slow = join(directory(), 'redis-cli');
    writeFileSync(slow, `#!/bin/sh\nsleep 0.3\nPATH='${machine.path}' exec redis-cli "$@"\n`, { mode: 0o755 });
    await pod.watch({ ...machine, path: [dirname(slow), machine.path].join(delimiter) });
    pod.change({ ...pod.passwords, shop: 'new' });
    await pod.prints('user shop: password changed');
    // The loop is not done yet.
    pod.change({ ...pod.passwords, 'internal-config': 'new' });
    await until(() => pod.loop.lines.length >= 2, () => pod.loop.output);
    expect(pod.loop.lines).toEqual(['user shop: password changed', 'user internal-config: password changed']);
  });

  test('changed rules are in force without a restart, and who is no longer there is out', async () => {
    const pod = await Pod.start(machine);
    await pod.watch();
    pod.change(pod.passwords, '~cart:* +@read +set');
    await pod.prints('user shop: rules changed');
    expect(pod.ask('shop', 'SET', 'cart:1', 'x')).toBe('OK');
    expect(pod.ask('shop', 'GET', 'shop:1')).toMatch(/^NOPERM/);
    const { shop, ...others } = pod.passwords;
    pod.change(others);
    await pod.prints('user shop: rules changed', 'user shop: removed');
    expect(pod.askWith('shop', shop, 'PING')).toMatch(REFUSED);
    pod.change({ ...others, shop }, SHOP);
    await pod.prints('user shop: rules changed', 'user shop: removed', 'user shop: added');
    expect(pod.ask('shop', 'PING')).toBe('PONG');
  });

  test('what Redis does not accept is told, and the rest is done', async () => {
    const pod = await Pod.start(machine);
    await pod.watch();
    pod.change({ ...pod.passwords, 'internal-probe': 'another' }, '+nonsense');
    await until(() => pod.loop.lines.length >= 2, () => pod.loop.output);
    expect(pod.loop.lines).toEqual(['user internal-probe: password changed', expect.stringMatching(/^user shop: ERR Error in ACL SETUSER modifier '\+nonsense'/)]);
    expect(pod.ask('shop', 'SET', 'shop:1', 'one')).toBe('OK');
  });
});
