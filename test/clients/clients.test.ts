import { Connected } from './connected';
import { LANGUAGES, Snippet, versionOnPage } from './snippets';
import { Authority } from '../scripts/certificates';
import { clean, describeNewestRedis, file, Outcome, reap, until } from '../scripts/processes';

const CLIENTS = Object.keys(LANGUAGES);

/** What each says of a certificate of an authority that it does not know. */
const DISTRUST: { [client: string]: RegExp } = {
  'ioredis': /Connection is closed/,
  'node-redis': /self-signed certificate in certificate chain/,
  'redis-py': /CERTIFICATE_VERIFY_FAILED/,
  'go-redis': /certificate signed by unknown authority/,
  'Jedis': /unable to find valid certification path/,
};

const DONE = { code: 0, text: expect.stringMatching(/^500 of 500 are there$/m) };

test.each(CLIENTS)('the page names the version of %s that is tested', (client) => {
  expect(versionOnPage(client)).toBe(LANGUAGES[client].version());
});

describeNewestRedis('a cluster with TLS', ([machine]) => {
  let cluster: Connected;

  beforeAll(async () => { cluster = await Connected.make(machine); });
  afterAll(async () => {
    await reap();
    clean();
  });

  test.each(CLIENTS)('%s, as a user with few rights, loses nothing when each shard is handed over and then one master no longer answers', async (client) => {
    await cluster.empty();
    const program = new Snippet(client, 'cluster').run(machine, cluster.asUser(), cluster.hosts);
    const written = (count: number) => until(async () => program.code !== undefined || await cluster.keys() >= count, () => program.output);
    await written(50);
    await cluster.handOver();
    await written(await cluster.keys() + 50);
    const back = await cluster.freeze();
    // It was still writing when the last replica had taken over, or this is no proof.
    const early = program.code;
    const outcome = await program.ended();
    back();
    expect({ ...outcome, early }).toEqual({ ...DONE, early: undefined });
    await cluster.whole();
  });

  test('none gets in with another authority or password, each says why, and with the right ones all do', async () => {
    await cluster.empty();
    const strangers = file(new Authority('strangers').certificate);
    const tried = CLIENTS.map((client): [string, Promise<Outcome>[]] => {
      const snippet = new Snippet(client, 'cluster');
      const run = (changed: Record<string, string>) => snippet.run(machine, { ...cluster.withPassword(), ...changed }, cluster.hosts).ended();
      return [client, [run({}), run({ REDIS_CA_FILE: strangers }), run({ REDIS_PASSWORD: 'wrong' })]];
    });
    for (const [client, runs] of tried) {
      const [right, distrusting, refused] = await Promise.all(runs);
      expect([client, right]).toEqual([client, DONE]);
      expect([client, distrusting.text]).toEqual([client, expect.stringMatching(DISTRUST[client])]);
      expect([client, refused.text]).toEqual([client, expect.stringMatching(/WRONGPASS|invalid username-password pair/)]);
      expect([distrusting.code, refused.code]).not.toContain(0);
    }
  });
});
