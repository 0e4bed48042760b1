import { connect, Socket } from 'net';
import { ReplicationLab } from './replication-lab';
import { Node, pause } from './replication-members';

/** Sends a line, and waits for the line that answers it. */
function send(socket: Socket, line: string): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (data) => resolve(data.toString().trim()));
    socket.once('close', () => resolve('closed'));
    socket.write(`${line}\r\n`);
  });
}

/** A client that writes one key after the other, as fast as it can, to whoever takes it. */
export class Writer {
  /** The number of each key whose write was acknowledged. */
  public readonly acknowledged: number[] = [];
  private over = false;
  private readonly writing: Promise<void>;

  constructor(private readonly lab: ReplicationLab) {
    this.writing = this.write();
  }

  public async end(): Promise<void> {
    this.over = true;
    await this.writing;
  }

  /** How many of the acknowledged ones a node does not have, and which is the first. */
  public async lostBy(node: Node): Promise<{ count: number; first?: number }> {
    const lost: number[] = [];
    for (let at = 0; at < this.acknowledged.length; at += 1000) {
      const some = this.acknowledged.slice(at, at + 1000);
      const values = (await node.ask('MGET', ...some.map((key) => `key-${key}`))).split('\n');
      lost.push(...some.filter((key, index) => values[index] !== `${key}`));
    }
    return { count: lost.length, first: lost[0] };
  }

  private async write(): Promise<void> {
    let key = 0;
    for (let turn = 0; !this.over; turn++) {
      const socket = connect({ host: this.lab.nodes[turn % this.lab.nodes.length].host, port: this.lab.port, noDelay: true });
      socket.on('error', () => undefined).setMaxListeners(0);
      for (let answer = '+OK'; !this.over && answer === '+OK'; key++) {
        answer = await send(socket, `SET key-${key} ${key}`);
        if (answer === '+OK') this.acknowledged.push(key);
      }
      socket.destroy();
      await pause(10);
    }
  }
}

/** Looks at all nodes all the time, for two that would both take writes as a master. */
export class Watch {
  /** What it saw of that. */
  private readonly doubles: string[] = [];
  private over = false;
  private readonly watching: Promise<void>;

  constructor(private readonly lab: ReplicationLab) {
    this.watching = this.watch();
  }

  /** The times when there were two. */
  public async end(): Promise<string[]> {
    this.over = true;
    await this.watching;
    return this.doubles;
  }

  private async watch(): Promise<void> {
    let before: string[] = [];
    while (!this.over) {
      const facts = await Promise.all(this.lab.nodes.map((node) => node.info()));
      const takesWrites = facts.map(({ role, min_slaves_good_slaves: good }) => role === 'master' && good !== '0');
      const leaders = this.lab.nodes.filter((_, index) => takesWrites[index]).map(({ name }) => name);
      // They do not answer at the same moment: one may have followed the other.
      if (leaders.length > 1 && before.length > 1) this.doubles.push(leaders.join(' and '));
      before = leaders;
      await pause(20);
    }
  }
}

/** Writes some keys that are called after a moment of the test, and has all replicas acknowledge them. */
export async function keep(node: Node, moment: string): Promise<void> {
  for (let key = 0; key < 20; key++) await node.ask('SET', `${moment}-${key}`, 'kept');
  await node.ask('WAIT', '2', '2000');
}
