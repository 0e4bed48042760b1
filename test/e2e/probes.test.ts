import { RedisStandalone } from 'cdk8s-redis-constructs';
import { apply, expectUntouched, inNamespace, waitFor } from './kit';

const here = inNamespace('probes');

/** About a minute of silence, and the grace that the pod has to stop. */
const SILENCE = { seconds: 300 };

/** Starts a command that does not return, and returns. */
async function start(pod: string, command: string): Promise<void> {
  await here.exec(pod, 'redis', 'sh', '-c', `redis-cli ${command} >/dev/null 2>&1 &`);
}

beforeAll(async () => {
  await apply(here.manifest((chart) => {
    new RedisStandalone(chart, 'busy');
    new RedisStandalone(chart, 'hanging', { config: { extraDirectives: { 'enable-debug-command': 'local' } } });
  }));
  await Promise.all([here.ready('busy-0'), here.ready('hanging-0')]);
});

test('a server that hangs is restarted, and one that runs a long script in all that time is not', async () => {
  const pods = await here.pods('busy-0');
  await start('busy-0', 'EVAL "while true do end" 0');
  await start('hanging-0', 'DEBUG SLEEP 3600');

  await waitFor('the busy server says so', async () => (await here.redisCli('busy-0', 'PING')).startsWith('BUSY'));
  await waitFor('the busy pod gets no new clients', async () => !(await here.pod('busy-0')).ready);
  await waitFor('the hanging server is restarted', async () => (await here.pod('hanging-0')).restarts.redis === 1, {
    ...SILENCE, explain: () => here.explain('hanging-0'),
  });
  expect(await here.kubectl('get', 'events', '--field-selector', 'involvedObject.name=hanging-0')).toContain('Liveness probe failed');
  expect(await here.redisCli('busy-0', 'PING')).toContain('BUSY');

  expect(await here.redisCli('busy-0', 'SCRIPT', 'KILL')).toBe('OK');
  await here.ready('busy-0');
  await expectUntouched(here, pods);
  await here.ready('hanging-0');
  expect(await here.redisCli('hanging-0', 'PING')).toBe('PONG');
});
