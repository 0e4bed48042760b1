import { Lab } from './cluster-lab';
import { describeNetwork, Network } from './network';
import { clean, Machine, reap, until } from './processes';

jest.setTimeout(300_000);
afterEach(reap);
afterAll(clean);

describeNetwork('a cluster where names have addresses of IPv6', ([machine]) => {
  const KINDS = [['and nodes have no others', false], ['and nodes prefer those of IPv4', true]] as const;

  async function formed(on: Machine, dualStack: boolean): Promise<Lab> {
    const lab = await Lab.make(on, { network: await Network.make(on), dualStack });
    const { code, text } = await lab.form().ended();
    expect([code, text]).toEqual([0, expect.stringMatching(/the cluster is formed: 3 masters with all slots, 3 replicas$/)]);
    return lab;
  }

  const ready = (lab: Lab, node: number) => lab.script('cluster-ready.sh', [], lab.env(node)).ended();
  const addresses = async (lab: Lab) => (await lab.list(0)).map(({ address }) => address).sort();

  test.each(KINDS)('is formed, %s', async (_, dualStack) => {
    const lab = await formed(machine, dualStack);
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual([...lab.slots].sort());
    expect(await addresses(lab)).toEqual([...lab.addresses].sort());
    expect(lab.addresses[0]).toMatch(dualStack ? /^10\.0\.0\.\d+$/ : /^fd00::\d+$/);
    await until(async () => (await Promise.all(lab.nodes.map((__, node) => ready(lab, node)))).every(({ code }) => code === 0), () => 'never ready');
  });

  test.each(KINDS)('finds together again at new addresses, %s', async (_, dualStack) => {
    const lab = await formed(machine, dualStack);
    const owners = await lab.expectFormed();
    await lab.restart(lab.fresh());
    lab.nodes.forEach((__, node) => lab.script('cluster-heal.sh', [], lab.env(node)));
    await until(async () => (await Promise.all(lab.nodes.map((__, node) => ready(lab, node)))).every(({ code }) => code === 0), () => 'never healed');
    await until(() => lab.expectFormed().then(() => true, () => false), () => 'never whole');
    expect(Object.values(await lab.expectFormed()).flat().sort()).toEqual(Object.values(owners).flat().sort());
    expect(await addresses(lab)).toEqual([...lab.addresses].sort());
  });

  test.each(KINDS)('a master hands over before it stops, %s', async (_, dualStack) => {
    const lab = await formed(machine, dualStack);
    const master = lab.nodes.indexOf((await lab.list(0)).find(({ slots }) => slots.length > 0)!.name);
    expect(await lab.script('cluster-pre-stop.sh', [], lab.env(master)).ended()).toEqual({ code: 0, text: '' });
    expect(await lab.ask(master, 'ROLE')).toMatch(/^slave/);
    expect((await lab.ownSlots(master)).size).toBe(0);
  });

  test('finds together also with a name service that is behind', async () => {
    const lab = await formed(machine, false);
    // The name service is behind, so that nodes.conf keeps the addresses of before.
    const old = [...lab.addresses];
    await lab.stop(...lab.nodes.keys());
    lab.addresses.splice(0, 6, ...lab.fresh());
    lab.announce(old);
    lab.nodes.forEach((_, node) => lab.start(node));
    await lab.answering();
    lab.nodes.forEach((_, node) => lab.script('cluster-heal.sh', [], lab.env(node)));
    lab.announce();
    await until(async () => (await Promise.all(lab.nodes.map((__, node) => ready(lab, node)))).every(({ code }) => code === 0), () => 'never healed');
    await until(() => lab.expectFormed().then(() => true, () => false), () => 'never whole');
  });
});
