import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { Lab, some } from './cluster-lab';
import { clean, describeNewestRedis, directory, Machine, Outcome, reap } from './processes';

jest.setTimeout(600_000);
afterEach(reap);
afterAll(clean);

/** Three epochs, three times slots, five meetings and three replicas: no way to form six nodes needs less. */
const FEWEST = 14;

const FORMED = { code: 0, text: expect.stringMatching(/the cluster is formed: 3 masters with all slots, 3 replicas$/) };

interface Interrupted {
  readonly outcome: Outcome;
  /** How many commands there were that change something. */
  readonly commands: number;
}

/** Ends the script, and all it has started, right before one of the commands that change something, which is right after the one before it. */
async function interrupted(lab: Lab, { path }: Machine, point: number): Promise<Interrupted> {
  const count = join(directory(), 'count');
  const real = `PATH='${path}' redis-cli "$@"`;
  // Whatever is no question is taken for a change, so that a new kind of command is not left out. All of a look go to one redis-cli.
  lab.program('redis-cli', `
    case "$*" in *'CLUSTER MYID') ${real}; exit ;; esac
    IFS= read -r command
    case $command in
      'CONFIG GET '* | 'CLUSTER INFO' | 'CLUSTER NODES' | INFO* | PING) { echo "$command"; cat; } | ${real}; exit ;;
    esac
    while [ -n "$command" ]; do
      echo "$command" >>'${count}'
      if [ "$(wc -l <'${count}')" -ge ${point} ] && [ ${point} -gt 0 ]; then
        kill -KILL "-$(cut -d ' ' -f 6 /proc/$$/stat)"
        exit
      fi
      echo "$command" | ${real}
      IFS= read -r command || exit 0
    done`);
  const outcome = await lab.form().ended();
  lab.program('redis-cli', `exec env PATH='${path}' redis-cli "$@"`);
  const commands = existsSync(count) ? readFileSync(count, 'utf8').trim().split('\n') : [];
  for (const command of commands) {
    expect(command).toMatch(/^(CLUSTER (SET-CONFIG-EPOCH|ADDSLOTSRANGE|MEET|REPLICATE)|CONFIG SET cluster-node-timeout) /);
  }
  return { outcome, commands: commands.length };
}

describeNewestRedis('an interrupted forming', ([machine]) => {
  test.each([['', false], [', and all nodes were restarted', true]] as const)('goes on wherever it was ended%s', async (_, restart) => {
    const whole = await Lab.make(machine);
    await whole.answering();
    const { outcome: { code }, commands } = await interrupted(whole, machine, 0);
    expect(code).toBe(0);
    expect(commands).toBeGreaterThanOrEqual(FEWEST);
    await whole.stop(...whole.nodes.keys());
    // One more, and another one for each that was reached: so no command is left out.
    const points = Array.from({ length: commands + 1 }, (__, index) => index + 1);
    await some(points, async (point) => {
      const lab = await Lab.make(machine);
      await lab.answering();
      const { outcome } = await interrupted(lab, machine, point);
      if (outcome.code === 0 && point > FEWEST) {
        // There are no more commands than that.
        expect(outcome).toEqual(FORMED);
      } else {
        expect([point, outcome]).toEqual([point, { code: null, text: expect.any(String) }]);
        if (point === points.length) points.push(point + 1);
        // Often the nodes come back at other addresses.
        if (restart) await lab.restart(point % 3 === 0 ? undefined : lab.fresh());
        expect([point, await lab.form().ended()]).toEqual([point, FORMED]);
      }
      expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
      for (const node of lab.nodes.keys()) expect(await lab.ask(node, 'CONFIG', 'GET', 'cluster-node-timeout')).toBe('cluster-node-timeout\n2000');
      await lab.stop(...lab.nodes.keys());
    });
  });
});
