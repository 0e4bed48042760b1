import { ApiObject, Chart, Testing } from 'cdk8s';
import { Redis, RedisAuth, RedisStandalone } from '../src';
import { ANY_PLUS } from './any-plus';
import { container, Manifest, only, synth, variables, workload } from './kit';

const POD = { containers: [{ name: 'web', image: 'web' }] };

/** The pod's specification in a workload of any kind. */
function podSpec({ kind, spec }: Manifest): Manifest {
  return { Pod: spec, CronJob: spec.jobTemplate?.spec.template.spec }[kind as string] ?? spec.template.spec;
}

describe('connect', () => {
  test.each(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])('gives a %s host, port and URL', (kind) => {
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis').connect(workload(chart, kind, POD)), 'prod');
    const connected = manifests.find((each) => each.kind === kind && !each.metadata.labels?.['app.kubernetes.io/name']);
    expect(podSpec(connected).containers[0].env).toEqual([
      { name: 'REDIS_HOST', value: 'redis.prod.svc' },
      { name: 'REDIS_PORT', value: '6379' },
      { name: 'REDIS_URL', value: 'redis://redis.prod.svc:6379' },
      { name: 'REDIS_NODES', value: 'redis.prod.svc:6379' },
    ]);
  });

  test('names the Service alone where the chart has no namespace', () => {
    const manifests = synth((chart) => new RedisStandalone(chart, 'redis').connect(workload(chart, 'Job', POD)));
    expect(variables(container(only(manifests, 'Job'), 'web')).REDIS_HOST).toBe('redis');
  });

  test.each(ANY_PLUS)('takes a construct of cdk8s-plus-%s, with containers that come later and init containers', (_, plus) => {
    const manifests = synth((chart) => {
      const web = new plus.Deployment(chart, 'web', { containers: [{ image: 'web', name: 'first' }] });
      new RedisStandalone(chart, 'redis').connect(web, { as: 'CACHE' });
      web.addContainer({ image: 'web', name: 'second', envVariables: { OWN: plus.EnvValue.fromValue('$(CACHE_HOST)') } });
      web.addInitContainer({ image: 'web', name: 'init' });
    });
    const { containers, initContainers } = only(manifests, 'Deployment').spec.template.spec;
    for (const each of [...containers, ...initContainers]) expect(variables(each).CACHE_URL).toBe('redis://redis:6379');
    expect(containers[1].env.map(({ name }: Manifest) => name)).toEqual(['CACHE_HOST', 'CACHE_PORT', 'CACHE_URL', 'CACHE_NODES', 'OWN']);
  });

  test.each(ANY_PLUS)('renders a workload of cdk8s-plus-%s as often as it would be without it', (_, plus) => {
    const render = (connected: boolean) => synth((chart) => {
      const web = new plus.Deployment(chart, 'web', { containers: [{ image: 'web' }], replicas: 2 });
      if (connected) Redis.fromAttributes({ host: 'redis.example.com' }).connect(web);
    });
    const [plain, connected] = [render(false), render(true)].map((manifests) => only(manifests, 'Deployment').spec.template.spec);
    expect(connected.affinity).toEqual(plain.affinity);
  });

  test('refers to the password and never copies it', () => {
    const manifests = synth((chart) => {
      const redis = new RedisStandalone(chart, 'redis', { auth: RedisAuth.password('redis-secret', 'pass') });
      redis.connect(workload(chart, 'Deployment', POD));
    });
    expect(variables(container(only(manifests, 'Deployment'), 'web')).REDIS_PASSWORD).toEqual({ secretKeyRef: { name: 'redis-secret', key: 'pass' } });
  });

  test('names the user of a Redis that exists already, where its password is not that of the default one', () => {
    const auth = RedisAuth.password('store-secret');
    const manifests = synth((chart) => {
      const web = workload(chart, 'Deployment', POD);
      Redis.fromAttributes({ host: 'redis.example.com', auth, username: 'shop' }).connect(web, { as: 'STORE' });
      Redis.fromAttributes({ host: 'other.example.com', auth }).connect(web, { as: 'OTHER' });
    });
    const env = variables(container(only(manifests, 'Deployment'), 'web'));
    expect(env).toMatchObject({ STORE_USERNAME: 'shop', STORE_PASSWORD: { secretKeyRef: { name: 'store-secret', key: 'password' } } });
    expect(env).not.toHaveProperty('OTHER_USERNAME');
  });

  test('hands over a name as it is, also where Kubernetes would read it in another way', () => {
    const manifests = synth((chart) => Redis.fromAttributes({ host: 'redis.example.com', auth: RedisAuth.password('store-secret'), username: 'a$$b$(HOME)$c' })
      .connect(workload(chart, 'Deployment', POD)));
    expect(variables(container(only(manifests, 'Deployment'), 'web'))).toMatchObject({ REDIS_USERNAME: 'a$$$$b$$(HOME)$$c' });
  });

  test('connects one workload to two Redis under two names', () => {
    const manifests = synth((chart) => {
      const web = workload(chart, 'Deployment', POD);
      new RedisStandalone(chart, 'cache').connect(web, { as: 'CACHE' });
      Redis.fromAttributes({ host: '2001:db8::1', port: 6380 }).connect(web, { as: 'STORE' });
    });
    expect(variables(container(only(manifests, 'Deployment'), 'web'))).toMatchObject({
      CACHE_URL: 'redis://cache:6379', STORE_HOST: '2001:db8::1', STORE_URL: 'redis://[2001:db8::1]:6380',
    });
  });

  test('keeps what the user\'s own patches say', () => {
    const manifests = synth((chart) => {
      const web = workload(chart, 'Deployment', POD);
      new RedisStandalone(chart, 'redis').connect(web);
      web.metadata.addLabel('tier', 'web');
    });
    expect(only(manifests, 'Deployment').metadata.labels).toEqual({ tier: 'web' });
  });

  test('refuses the same names twice', () => {
    const chart = Testing.chart();
    const web = workload(chart, 'Deployment', POD);
    new RedisStandalone(chart, 'cache').connect(web);
    expect(() => new RedisStandalone(chart, 'store').connect(web)).toThrow(
      '\'test/workload\' is connected to a Redis as \'REDIS_HOST\' already: give this one another name with { as }');
  });

  test('refuses a variable that a container has of its own', () => {
    expect(() => synth((chart) => {
      const pod = { containers: [{ name: 'web', image: 'web', env: [{ name: 'REDIS_URL', value: 'mine' }] }] };
      new RedisStandalone(chart, 'redis').connect(workload(chart, 'Deployment', pod));
    })).toThrow('the container \'web\' of \'test/workload\' has a variable \'REDIS_URL\' of its own: remove it, or connect the Redis under another name with { as }');
  });

  test('refuses what has no pod', () => {
    const chart = Testing.chart();
    const redis = new RedisStandalone(chart, 'redis');
    const service = new ApiObject(chart, 'service', { apiVersion: 'v1', kind: 'Service' });
    expect(() => redis.connect(service)).toThrow('\'test/service\' is a Service, and \'connect\' takes a Pod, Deployment, StatefulSet, DaemonSet, Job, CronJob, '
      + 'or a construct that makes one');
    expect(() => redis.connect(new Chart(chart, 'inner'))).toThrow('\'test/inner\' is no Kubernetes object');
  });

  test('refuses a name that no variable can have', () => {
    const chart = Testing.chart();
    const redis = new RedisStandalone(chart, 'redis');
    expect(() => redis.connect(workload(chart, 'Job', POD), { as: '1-CACHE' })).toThrow(
      '\'as\' is \'1-CACHE\': it takes the beginning of a variable\'s name, made of letters, digits and \'_\', the first no digit');
  });

  test('refuses a workload of another namespace while its own is unknown', () => {
    const app = Testing.app();
    const redis = new RedisStandalone(new Chart(app, 'here'), 'redis');
    const web = workload(new Chart(app, 'there', { namespace: 'web' }), 'Job', POD);
    expect(() => redis.connect(web)).toThrow('\'there/workload\' is in the namespace \'web\', where the name \'redis\' leads nowhere: give the chart of \'here/redis\' its '
      + 'namespace, so that the whole name is known');
    expect(() => new RedisStandalone(new Chart(app, 'known', { namespace: 'prod' }), 'redis').connect(web)).not.toThrow();
  });
});
