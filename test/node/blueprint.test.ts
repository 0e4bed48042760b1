import { Blueprint } from '../../src/node/blueprint';
import { asArguments, renderRedisConf, restartHash } from '../../src/node/redis-conf';

describe('a blueprint', () => {
  test('adds up what its contributions say, in their order', () => {
    const blueprint = new Blueprint([
      { owner: 'a', directives: [{ name: 'x', value: '1' }], env: [{ name: 'A', value: '1' }] },
      { owner: 'b', directives: [{ name: 'y', value: '2' }], volumes: [{ name: 'v' }], mounts: [{ name: 'v', mountPath: '/v' }] },
    ]);
    expect(blueprint.directives).toEqual([{ name: 'x', value: '1', owner: 'a' }, { name: 'y', value: '2', owner: 'b' }]);
    expect(blueprint.volumes).toEqual([{ name: 'v' }]);
    expect(blueprint.problems).toEqual([]);
  });

  test('refuses a directive that has an owner, in the words of both', () => {
    const save = [{ name: 'appendonly', value: 'yes' }];
    expect(new Blueprint([{ owner: 'persistence', directives: save }, { owner: 'config', directives: save }]).problems).toEqual([
      '\'config\' cannot set the directive \'appendonly\': \'persistence\' owns it',
    ]);
  });

  test('refuses two variables, volumes or mounts in one place', () => {
    const one = { env: [{ name: 'A' }], volumes: [{ name: 'v' }], mounts: [{ name: 'v', mountPath: '/v' }] };
    const two = { clientEnv: [{ name: 'A' }], volumes: [{ name: 'v' }], clientMounts: [{ name: 'v', mountPath: '/v' }] };
    expect(new Blueprint([{ owner: 'one', ...one }, { owner: 'two', ...two }]).problems).toEqual([
      '\'two\' cannot set the variable \'A\': \'one\' owns it',
      '\'two\' cannot set the volume \'v\': \'one\' owns it',
      '\'two\' cannot set the mount \'/v\': \'one\' owns it',
    ]);
  });

  test('reports what its contributions find wrong', () => {
    expect(new Blueprint([{ owner: 'a', problems: ['one'] }, { owner: 'b', problems: ['two'] }]).problems).toEqual(['one', 'two']);
  });
});

describe('redis.conf', () => {
  const directives = [{ name: 'save', value: '""' }, { name: 'databases', value: '8', comment: 'why' }, { name: 'hz', value: '20' }];

  test('is sorted and says why', () => {
    expect(renderRedisConf(directives)).toBe('# why\ndatabases 8\nhz 20\nsave ""\n');
  });

  test('has one hash whatever its order, its comments and its live directives', () => {
    expect(restartHash([...directives].reverse())).toBe(restartHash(directives));
    expect(restartHash([{ name: 'databases', value: '8' }])).toBe(restartHash(directives));
    expect(restartHash([{ name: 'databases', value: '9' }])).not.toBe(restartHash(directives));
  });

  test('becomes arguments', () => {
    expect(asArguments(directives)).toEqual(['--databases', '8', '--hz', '20', '--save', '']);
  });
});
