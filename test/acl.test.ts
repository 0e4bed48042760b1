import { Chart, Testing } from 'cdk8s';
import { Redis, RedisAclOptions, RedisAclUser, RedisAuth, RedisCluster, RedisConnectOptions, RedisImage, RedisInsight, RedisReplication, RedisStandalone, RedisTls } from 'cdk8s-redis-constructs';
import { container, Manifest, only, podOf, synth, variables, workload } from './kit';
import { INTERNAL_USERS, internalUsers } from '../src/node/internal-users';

const SHOP: RedisAclUser = { name: 'shop', passwordSecret: { secretName: 'shop-password', key: 'password' }, keys: ['shop:*'] };

const acl = (...users: RedisAclUser[]) => RedisAuth.acl({ users, internalSecret: 'redis-internal' });

const standalone = (chart: Chart, ...users: RedisAclUser[]) => new RedisStandalone(chart, 'redis', { auth: acl(...users) });

const cluster = (chart: Chart, ...users: RedisAclUser[]) => new RedisCluster(chart, 'redis', { auth: acl(...users) });

const replication = (chart: Chart, ...users: RedisAclUser[]) => new RedisReplication(chart, 'redis', { auth: acl(...users) });

/** The rules of each user. */
function rules(manifests: Manifest[], file = 'rules'): { [user: string]: string } {
  const text: string = only(manifests, 'ConfigMap', 'redis-users').data[file];
  return Object.fromEntries(text.trim().split('\n').map((line) => [line.split(' ')[0], line.split(' ').slice(1).join(' ')]));
}

/** The files that a container finds of Secrets: their paths below the mount. */
function secrets(manifest: Manifest, name: string): string[] {
  const { volumes, containers } = podOf(manifest).spec;
  const mounted = containers.find((each: Manifest) => each.name === name).volumeMounts.map((mount: Manifest) => mount.name);
  return volumes.filter((volume: Manifest) => mounted.includes(volume.name))
    .flatMap((volume: Manifest) => [volume, ...volume.projected?.sources ?? []].flatMap(({ secret }) => secret?.items ?? []))
    .map(({ path }: Manifest) => path.split('/').pop());
}

describe('RedisAuth.acl', () => {
  test('gives an application its keys, what clients need, and nothing dangerous', () => {
    expect(rules(synth((chart) => standalone(chart, SHOP))).shop).toBe('~shop:* +@all +@connection -@dangerous -@admin +info +role');
    expect(rules(synth((chart) => cluster(chart, SHOP))).shop)
      .toBe('~shop:* +@all +@connection -@dangerous -@admin +info +role +cluster|info +cluster|nodes +cluster|shards +cluster|slots');
  });

  test('lets commands count after categories, and what is dangerous only where it is named', () => {
    const of = (commands: string[]) => rules(synth((chart) => standalone(chart, { ...SHOP, keys: undefined, readKeys: ['a'], channels: ['b'], commands }))).shop;
    expect(of(['-get', '@read', '+SET', '-@hash'])).toBe('%R~a &b +@read -@hash +@connection -@dangerous -@admin +info +role -get +set');
    expect(of(['@all', '@dangerous'])).toBe('%R~a &b +@all +@connection +@dangerous -@admin +info +role');
    expect(of(['@admin'])).toBe('%R~a &b +@connection -@dangerous +@admin +info +role');
    // Who says no gets no more than who says nothing, and can still connect.
    expect(of(['-@dangerous', '@all'])).toBe(of(['@all']));
    expect(of(['@dangerous', '-@dangerous', '@read'])).toBe(of(['@read']));
    expect(of(['-@all', '-@connection', '@read'])).toBe('%R~a &b -@all -@connection +@read +@connection -@dangerous -@admin +info +role');
    expect(of([])).toBe('%R~a &b +@connection -@dangerous -@admin +info +role');
  });

  test('gives each container the password of whom it acts as, and all of them only to who hands them over', () => {
    const manifests = synth((chart) => cluster(chart, SHOP));
    const nodes = only(manifests, 'StatefulSet');
    const all = [...internalUsers('cluster').map((user) => `internal-${user}`), 'shop'];
    expect(secrets(nodes, 'redis')).toEqual(all);
    expect(secrets(nodes, 'config-reloader')).toEqual(all);
    expect(secrets(nodes, 'healer')).toEqual(['internal-healing']);
    expect(secrets(only(manifests, 'Job'), 'init')).toEqual(['internal-healing']);
    expect(variables(container(nodes, 'redis'))).toMatchObject({ REDIS_USER: 'internal-probe', REDIS_PASSWORD_FILE: '/redis-users/passwords/internal-probe' });
    expect(variables(container(nodes, 'config-reloader'))).toMatchObject({ REDIS_USER: 'internal-config' });
    expect(variables(container(nodes, 'healer'))).toMatchObject({
      REDIS_USER: 'internal-healing', REDIS_PASSWORD_FILE: '/redis-login/internal-healing', REDIS_COPIER: 'internal-replication',
    });
    expect(container(nodes, 'redis').lifecycle.preStop.exec.command).toContain('REDIS_USER=internal-healing');
  });

  test('has no user that flushes, resets or takes slots away, and none but the loop\'s that makes users', () => {
    for (const [user, { rules: kinds }] of Object.entries(INTERNAL_USERS)) {
      // Sentinels have no keys, and whoever shuts one down gets it back.
      const text = Object.entries(kinds).filter(([kind]) => kind !== 'sentinel').flatMap(([, all]) => all).join(' ');
      expect(text).not.toMatch(/\+(@all|@admin|@dangerous|@write|flush|cluster\|(reset|delslots|setslot|flushslots)|debug|eval|shutdown|keys)/);
      expect([user, /\+acl/.test(text)]).toEqual([user, user === 'config']);
    }
  });

  test('gives Sentinels the same users, of which an application may only look', () => {
    const manifests = synth((chart) => replication(chart, SHOP));
    expect(rules(manifests)).toMatchObject({ 'internal-sentinel': expect.stringContaining('+slaveof'), 'shop': expect.stringContaining('~shop:* +@all') });
    const ofSentinels = rules(manifests, 'sentinel-rules');
    expect(Object.keys(ofSentinels)).toEqual(['internal-config', 'internal-healing', 'internal-probe', 'internal-sentinel', 'shop']);
    expect(ofSentinels.shop).toBe('&* +@connection -@dangerous -@admin +info +role +sentinel|ckquorum +sentinel|get-master-addr-by-name +sentinel|master +sentinel|masters +sentinel|replicas +sentinel|sentinels '
      + '+sentinel|slaves +psubscribe +punsubscribe +subscribe +unsubscribe');
    const sentinels = only(manifests, 'StatefulSet', 'redis-sentinel');
    for (const name of ['sentinel', 'config-reloader']) expect(secrets(sentinels, name)).toEqual(Object.keys(ofSentinels));
    expect(podOf(sentinels).spec.volumes.find(({ name }: Manifest) => name === 'users').projected.sources[0].configMap)
      .toEqual({ name: 'redis-users', items: [{ key: 'sentinel-rules', path: 'rules' }] });
    expect(variables(container(sentinels, 'sentinel'))).toMatchObject({ REDIS_USER: 'internal-probe', REDIS_USERS: '/redis-users' });
    expect(variables(container(sentinels, 'config-reloader'))).toMatchObject({ REDIS_USER: 'internal-config', REDIS_USERS: '/redis-users' });
    expect(container(sentinels, 'sentinel').command.slice(0, 2)).toEqual(['env', 'REDIS_USER=internal-healing']);
    expect(container(sentinels, 'sentinel').readinessProbe.exec.command).toContain('REDIS_USER=internal-healing');
    const redis = container(only(manifests, 'StatefulSet', 'redis'), 'redis');
    for (const { command } of [redis, redis.readinessProbe.exec, redis.lifecycle.preStop.exec]) expect(command).toContain('REDIS_USER=internal-healing');
    expect(variables(redis)).toMatchObject({ REDIS_USER: 'internal-probe' });
  });

  test('has none for Sentinels where there are none', () => {
    const manifests = synth((chart) => new RedisReplication(chart, 'redis', { replicas: 1, auth: acl(SHOP) }));
    expect(Object.keys(only(manifests, 'ConfigMap', 'redis-users').data)).toEqual(['rules']);
    expect(Object.keys(rules(manifests))).toEqual(['internal-config', 'internal-console', 'internal-healing', 'internal-probe', 'internal-replication', 'shop']);
  });

  test('makes a user of `connect` one of the Sentinels too', () => {
    const manifests = synth((chart) => replication(chart).connect(workload(chart, 'Job', { containers: [{ name: 'web', image: 'web' }] }, 'web'), {
      user: 'web', passwordSecret: SHOP.passwordSecret, keys: ['a'],
    }));
    for (const file of ['rules', 'sentinel-rules']) expect(Object.keys(rules(manifests, file))).toContain('web');
    for (const set of ['redis', 'redis-sentinel']) expect(secrets(only(manifests, 'StatefulSet', set), 'config-reloader')).toContain('web');
    expect(variables(container(only(manifests, 'Job'), 'web'))).toMatchObject({ REDIS_USERNAME: 'web', REDIS_SENTINEL_MASTER: 'redis' });
  });

  test('waits for the Secrets of this library, and never for that of an application', () => {
    const { sources } = podOf(only(synth((chart) => standalone(chart, SHOP, { ...SHOP, name: 'ours', passwordSecret: { secretName: 'redis-internal', key: 'ours' } })), 'StatefulSet'))
      .spec.volumes.find(({ name }: Manifest) => name === 'users').projected;
    expect(sources.filter(({ secret }: Manifest) => secret).map(({ secret }: Manifest) => [secret.name, secret.optional, secret.items.length]))
      .toEqual([['redis-internal', undefined, 3], ['shop-password', true, 1], ['redis-internal', true, 1]]);
  });

  test('changes no pod where only rules change, and the pods where a user comes', () => {
    const pod = (...users: RedisAclUser[]) => JSON.stringify(only(synth((chart) => standalone(chart, ...users)), 'StatefulSet'));
    expect(pod({ ...SHOP, keys: ['cart:*'] })).toBe(pod(SHOP));
    expect(pod(SHOP, { ...SHOP, name: 'worker' })).not.toBe(pod(SHOP));
  });

  test('brings the script that gives Redis its users', () => {
    for (const make of [standalone, cluster, replication]) expect(Object.keys(only(synth((chart) => make(chart, SHOP)), 'ConfigMap', 'redis-scripts').data)).toContain('users.sh');
  });

  test('is nothing to a Redis without it', () => {
    const manifests = synth((chart) => new RedisCluster(chart, 'redis', { auth: RedisAuth.password('redis-password') }));
    expect(manifests.map(({ metadata }) => metadata.name)).not.toContain('redis-users');
    expect(JSON.stringify(manifests.filter(({ kind }) => kind !== 'ConfigMap'))).not.toMatch(/REDIS_USER|internal/);
  });

  test('lets a console read', () => {
    const manifests = synth((chart) => new RedisInsight(chart, 'console', { databases: [standalone(chart, SHOP)], acceptTerms: true }));
    expect(variables(container(only(manifests, 'Deployment'), 'redisinsight'))).toMatchObject({
      RI_REDIS_USERNAME_1: 'internal-console', RI_REDIS_PASSWORD_1: { secretKeyRef: { name: 'redis-internal', key: 'console' } },
    });
  });

  const refusals: Array<[string, Partial<RedisAclUser> | undefined, string]> = [
    ['no name', { name: '' }, '\'auth.users[0].name\' is \'\': it takes at most 63 letters, digits, \'-\', \'_\' and \'.\', of which the first is a letter or digit'],
    ['a name with a blank', { name: 'a b' }, '\'auth.users[0].name\' is \'a b\': it takes at most 63 letters'],
    ['the name of Redis\' own user', { name: 'default' }, '\'auth.users[0].name\' is \'default\', a user that a Redis has anyway: take another name'],
    ['a name of ours', { name: 'internal-probe' }, '\'auth.users[0].name\' is \'internal-probe\', and names that begin with \'internal-\' are for the users of this library'],
    ['a name twice', { name: 'worker' }, '\'auth.users[1].name\' is \'worker\', which another user is called already'],
    ['no Secret', { passwordSecret: undefined }, '\'auth.users[0].passwordSecret\' is no reference'],
    ['a pattern with a blank', { keys: ['a b'] }, '\'auth.users[0].keys[0]\' is \'a b\': it takes a pattern without blanks, quotes and control characters'],
    ['a pattern beside all', { keys: ['*', 'a'] }, '\'auth.users[0].keys\' has \'*\' beside others, which it includes: leave the others out'],
    ['keys to read beside all', { keys: ['*'], readKeys: ['a'] }, '\'auth.users[0].keys\' has \'*\', which is every key: leave \'auth.users[0].readKeys\' out'],
    ['text instead of a list', { channels: 'a' as unknown as string[] }, '\'auth.users[0].channels\' is \'a\': it takes a list, such as [\'events:*\']'],
    ['a command that nobody knows', { commands: ['gett'] }, '\'auth.users[0].commands[0]\': \'gett\' is no command of Redis 8.0.2: did you mean \'get\'?'],
    ['a subcommand that nobody knows', { commands: ['config|gat'] }, '\'config|gat\' is no command of Redis 8.0.2: did you mean \'config|get\'?'],
    ['a category that nobody knows', { commands: ['@reed'] }, '\'@reed\' is no category of commands of Redis 8.0.2: did you mean \'@read\'?'],
    ['a command of a later Redis', { commands: ['msetex'] }, '\'msetex\' needs Redis 8.4 or newer, the image has 8.0.2'],
    ['a rule of keys among commands', { commands: ['~*'] }, '\'auth.users[0].commands[0]\': it is \'~*\': it takes a category such as \'@read\' or a command'],
  ];

  test.each(refusals)('refuses %s', (_, change, problem) => {
    const user = { ...SHOP, ...change } as RedisAclUser;
    const users = user.name === 'worker' ? [user, user] : [user];
    expect(() => synth((chart) => new RedisStandalone(chart, 'redis', { auth: acl(...users), image: RedisImage.official('8.0.2', { accept: [] }) }))).toThrow(problem);
  });

  test('refuses everything at once, and what is no struct', () => {
    const make = (options: unknown) => () => synth((chart) => new RedisStandalone(chart, 'redis', { auth: RedisAuth.acl(options as RedisAclOptions) }));
    expect(make({ users: [{ ...SHOP, name: '', keys: [''] }], internalSecret: 'No' })).toThrow(/'auth\.internalSecret' is 'No'[^]*'auth\.users\[0\]\.name'[^]*'auth\.users\[0\]\.keys\[0\]'/);
    expect(make(undefined)).toThrow('\'auth.internalSecret\' is undefined');
    expect(make('redis-internal')).toThrow('\'auth\' is made with \'redis-internal\': RedisAuth.acl takes { users, internalSecret }');
    expect(make({ internalSecret: 'a', users: [undefined] })).toThrow('\'auth.users[0]\' is undefined: it takes an object of properties');
    expect(() => Redis.fromAttributes({ host: 'example.com', auth: acl(SHOP) })).toThrow('\'auth\' is RedisAuth.acl, which makes users in a Redis of this library');
  });
});

describe('connect to a Redis with users', () => {
  const connected = (options: RedisConnectOptions, ...users: RedisAclUser[]) => {
    const manifests = synth((chart) => standalone(chart, ...users).connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }), options));
    return variables(container(only(manifests, 'Deployment'), 'web'));
  };
  const WORKER = { ...SHOP, name: 'worker', passwordSecret: { secretName: 'worker-password', key: 'text' } };

  test('tells the name and the password of the user', () => {
    expect(connected({ user: 'worker', as: 'STORE' }, SHOP, WORKER))
      .toMatchObject({ STORE_USERNAME: 'worker', STORE_PASSWORD: { secretKeyRef: { name: 'worker-password', key: 'text' } } });
    expect(connected({}, SHOP)).toMatchObject({ REDIS_USERNAME: 'shop' });
  });

  test('makes a user with the rights that are given, named like the workload', () => {
    const manifests = synth((chart) => cluster(chart, SHOP).connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }, 'web'), {
      passwordSecret: { secretName: 'web-password', key: 'text' }, keys: ['web:*'], commands: ['@read', 'set'],
    }));
    const { metadata: { name } } = only(manifests, 'Deployment');
    expect(variables(container(only(manifests, 'Deployment'), 'web')))
      .toMatchObject({ REDIS_USERNAME: name, REDIS_PASSWORD: { secretKeyRef: { name: 'web-password', key: 'text' } } });
    expect(rules(manifests)[name])
      .toBe('~web:* +@read +@connection -@dangerous -@admin +info +role +cluster|info +cluster|nodes +cluster|shards +cluster|slots +set');
    expect(secrets(only(manifests, 'StatefulSet'), 'redis')).toContain(name);
    expect(secrets(only(manifests, 'StatefulSet'), 'healer')).toEqual(['internal-healing']);
  });

  test('finds the password of a user that it makes in the Secret of both names, unless it is told of another one', () => {
    const made = (options: RedisConnectOptions) => {
      const manifests = synth((chart) => standalone(chart).connect(workload(chart, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }), options), 'prod');
      const { sources } = podOf(only(manifests, 'StatefulSet')).spec.volumes.find(({ name }: Manifest) => name === 'users').projected;
      expect(sources.at(-1).secret).toMatchObject({ optional: true, items: [{ path: `passwords/${variables(container(only(manifests, 'Deployment'), 'web')).REDIS_USERNAME}` }] });
      const { REDIS_PASSWORD: { secretKeyRef } } = variables(container(only(manifests, 'Deployment'), 'web'));
      expect([sources.at(-1).secret.name, sources.at(-1).secret.items[0].key]).toEqual([secretKeyRef.name, secretKeyRef.key]);
      return `${secretKeyRef.name}/${secretKeyRef.key}`;
    };
    expect(made({ user: 'web', keys: ['web:*'] })).toBe('redis-web/password');
    expect(made({ keys: ['web:*'] })).toMatch(/^redis-test-workload-\w+\/password$/);
    expect(made({ user: 'report', commands: ['@read'] })).toBe('redis-report/password');
    expect(made({ user: 'Web_1', passwordSecret: { secretName: 'web-password', key: 'text' } })).toBe('web-password/text');
  });

  test('finds it under the same name in the namespace of the workload', () => {
    const app = Testing.app();
    const redis = standalone(new Chart(app, 'redis', { namespace: 'prod' }));
    const shop = new Chart(app, 'shop', { namespace: 'shop' });
    redis.connect(workload(shop, 'Deployment', { containers: [{ name: 'web', image: 'web' }] }), { user: 'web', keys: ['*'] });
    expect(variables(container(only(Testing.synth(shop), 'Deployment'), 'web')).REDIS_PASSWORD).toEqual({ secretKeyRef: { name: 'redis-web', key: 'password' } });
  });

  test.each<[string, RedisConnectOptions, string]>([
    ['capitals', { user: 'Web' }, '\'passwordSecret\' is missing, and \'redis-Web\', the names of the Redis and of the user, cannot be the name of a Secret, which is made of lower case '
      + 'letters, digits, \'-\' and \'.\': give it, { secretName, key }, or another \'user\''],
    ['a sign that no name of a Secret has', { user: 'web_1' }, '\'redis-web_1\', the names of the Redis and of the user, cannot be the name of a Secret'],
    ['a sign at its end', { user: 'web-' }, '\'redis-web-\', the names of the Redis and of the user, cannot be the name of a Secret'],
    ['the name of the Secret with the passwords of all', { user: 'internal' }, '\'passwordSecret\' is missing, and \'redis-internal\', the names of the Redis and of the user, is a Secret of '
      + 'the Redis itself: give it, { secretName, key }, or another \'user\''],
    ['that of the certificate', { user: 'tls' }, '\'redis-tls\', the names of the Redis and of the user, is a Secret of the Redis itself'],
  ])('asks where the password is of a user whose name has %s', (_, options, problem) => {
    const redis = (chart: Chart) => new RedisStandalone(chart, 'redis', { auth: acl(), tls: RedisTls.certManager({ issuer: 'ca' }) });
    const connect = (more: RedisConnectOptions) => () => (
      synth((chart) => redis(chart).connect(workload(chart, 'Pod', { containers: [{ name: 'web' }] }), { ...options, keys: ['*'], ...more }), 'prod'));
    expect(connect({})).toThrow(problem);
    expect(connect({ passwordSecret: { secretName: 'web-password', key: 'password' } })).not.toThrow();
  });

  test('says nothing of the Secret of a user whose name no user may have', () => {
    expect(() => connected({ user: 'a b', keys: ['*'] })).toThrow(/^connect 'test-workload-\w+' cannot be made:\n {2}- 'user' is 'a b': .*$/);
  });

  test('never lets a workload come as the user that was made for another one', () => {
    const both = (options: RedisConnectOptions, ...users: RedisAclUser[]) => {
      const manifests = synth((chart) => {
        const redis = standalone(chart, ...users);
        const deployment = (id: string) => workload(chart, 'Deployment', { containers: [{ name: 'main', image: 'web' }] }, id);
        redis.connect(deployment('web'), { user: 'web', passwordSecret: { secretName: 'web-password', key: 'text' }, keys: ['web:*'] });
        redis.connect(deployment('report'), options);
      });
      return manifests.filter(({ kind }) => kind === 'Deployment').map((each) => variables(container(each, 'main')).REDIS_USERNAME);
    };
    expect(() => both({})).toThrow('it is not known as whom the workload comes: say it with { user }, one of \'web\'');
    expect(both({ user: 'web' })).toEqual(['web', 'web']);
    expect(both({}, SHOP)).toEqual(['web', 'shop']);
  });

  test('refuses a user that cannot be made, with all that is wrong, and then makes none', () => {
    const web = { passwordSecret: { secretName: 'web-password', key: 'text' } };
    expect(() => connected({ user: 'web', passwordSecret: { secretName: 'No', key: '' }, keys: ['a b'], commands: ['gett'] }, SHOP))
      .toThrow(/'passwordSecret\.secretName' is 'No'[^]*'passwordSecret\.key' is ''[^]*'keys\[0\]' is 'a b'[^]*'commands\[0\]': 'gett' is no command/);
    expect(() => connected({ ...web, user: 'shop' }, SHOP)).toThrow('\'user\' is \'shop\', which another user is called already');
    expect(() => connected({ ...web, user: 'default' }, SHOP)).toThrow('\'user\' is \'default\', a user that a Redis has anyway');
    expect(() => synth((chart) => new RedisStandalone(chart, 'redis').connect(workload(chart, 'Pod', { containers: [{ name: 'web' }] }), { keys: ['*'] })))
      .toThrow('\'keys\' is ["*"], but the Redis has no users: leave it out');
  });

  test('refuses a user that is not there, and asks which one of several', () => {
    expect(() => connected({ user: 'web' }, SHOP)).toThrow('\'user\' is \'web\', but the Redis has the users \'shop\': take one of them, give it in \'users\' of RedisAuth.acl, or have it made with { user, keys }');
    expect(() => connected({}, SHOP, WORKER)).toThrow('it is not known as whom the workload comes: say it with { user }, one of \'shop\', \'worker\'');
    expect(() => connected({})).toThrow('the Redis has no user for applications');
    expect(() => synth((chart) => new RedisStandalone(chart, 'redis').connect(workload(chart, 'Pod', { containers: [{ name: 'web' }] }), { user: 'web' })))
      .toThrow('\'user\' is \'web\', but the Redis has no users: leave it out');
  });

  test('takes the user of a Redis that exists already, and no other one', () => {
    const existing = Redis.fromAttributes({ host: 'example.com', auth: RedisAuth.password('a'), username: 'shop' });
    const connect = (options: RedisConnectOptions) => synth((chart) => existing.connect(workload(chart, 'Pod', { containers: [{ name: 'web' }] }), options));
    expect(variables(container(only(connect({ user: 'shop' }), 'Pod'), 'web'))).toMatchObject({ REDIS_USERNAME: 'shop' });
    expect(() => connect({ user: 'web' })).toThrow('\'user\' is \'web\', but the Redis exists already, with users of its own: leave it out, and name its user in \'username\' of Redis.fromAttributes');
    expect(() => connect({ user: 'shop', keys: ['*'] })).toThrow('\'keys\' is ["*"], but the Redis exists already');
  });
});
