import { spawnSync } from 'child_process';
import { describeRedis, Machine, Running, until } from './processes';
import { onPath } from '../tools';

/** The loopback of a machine has no IPv6 address but ::1, and a cluster needs one for each node. */
const SETUP = 'ip link set lo up && for i in $(seq 40); do ip address add "fd00::$i/128" dev lo nodad && ip address add "10.0.0.$i/32" dev lo || exit 1; done';

/** As root, and as anybody else where the machine lets everybody have namespaces. */
const WAYS = [
  { make: ['unshare', '--net'], enter: ['nsenter', '--net'] },
  { make: ['unshare', '--map-root-user', '--net'], enter: ['nsenter', '--user', '--preserve-credentials', '--net'] },
];
const way = onPath('ip').length === 0 ? undefined : WAYS.find(({ make: [unshare, ...args] }) => spawnSync(unshare, [...args, 'sh', '-c', SETUP]).status === 0);

/** A network of its own with forty addresses of each kind, all on one interface; it ends with the test. */
export class Network {
  public static async make(machine: Machine): Promise<Network> {
    const network = new Network(machine);
    await until(() => network.process.output.includes('ready'), () => network.process.output);
    return network;
  }

  private readonly process: Running;
  private addresses = 0;

  private constructor(machine: Machine) {
    this.process = new Running(machine, [...way!.make, 'sh', '-c', `${SETUP} && echo ready && exec sleep 3600`]);
  }

  /** The command, run in here. */
  public command(words: readonly string[]): string[] {
    const [nsenter, ...args] = way!.enter;
    return [nsenter, '--target', `${this.process.pid}`, ...args, ...words];
  }

  /** An address that nobody had before; in a dual-stack network 10.0.0.7 and fd00::7 belong to the same node. */
  public address(prefix: '10.0.0.' | 'fd00::'): string {
    return `${prefix}${++this.addresses}`;
  }
}

/** As `describeRedis`, on machines that let a test have a network of its own. */
export function describeNetwork(name: string, body: (machines: Machine[]) => void): void {
  if (way) return describeRedis(name, body);
  describe.skip(`needs unshare: ${name}`, () => test('with it', () => undefined));
}
