import { Ending, randomly, Story } from './cluster-accidents';
import { some } from './cluster-lab';
import { Ward } from './cluster-ward';
import { clean, describeRedis, reap } from './processes';
import { redisServers } from './servers';

jest.setTimeout(7_200_000);
afterEach(reap);
afterAll(clean);

/** How many with all versions of Redis together, and from which one on: a failure names its seed, and `ACCIDENT_SEED=<seed> ACCIDENTS=1` runs it again. */
const STORIES = Number(process.env.ACCIDENTS ?? 40);
const FIRST = Number(process.env.ACCIDENT_SEED ?? 1);

/** As in a pod: the healers of some clusters at once would keep two cores busy. */
const UNHURRIED = { HEAL_INTERVAL: '1' };

const versions = redisServers().map(({ version }) => version);

describeRedis('accidents at random', ([machine]) => {
  const stories = Math.ceil(STORIES / versions.length);
  const first = FIRST + stories * versions.indexOf(machine.version);
  const seeds = Array.from({ length: stories }, (_, index) => first + index);

  test(`leave the cluster as it was planned, with every write that was copied: stories ${seeds[0]} to ${seeds[stories - 1]}`, async () => {
    const endings: Ending[] = [];
    await some(seeds, async (seed) => {
      const random = randomly(seed);
      // Some begin while the cluster is being formed: the Job is killed, and the healers go on.
      const ward = await (random(3) === 0 ? Ward.halfFormed(machine, 300 + random(1500), UNHURRIED) : Ward.open(machine, {}, UNHURRIED));
      const story = new Story(machine, ward, random);
      const ending = await story.play(3).catch(({ message }: Error) => {
        throw new Error(`seed ${seed}: ${story.told.join('; ')}\n${message}\n${ward.said()}`);
      });
      endings.push(ending);
      await ward.close();
    });
    const sum = (key: keyof Ending) => endings.reduce((total, ending) => total + ending[key], 0);
    process.stdout.write(`${machine.version}: ${stories} stories, ${sum('kept')} copied writes kept, ${sum('excused')} lost that had not been copied\n`);
    expect(sum('kept')).toBeGreaterThan(0);
  });
});
