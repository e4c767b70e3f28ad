import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = 'dist/test/support/processes/idle-connections.program.js';

/** Connections on which nothing is said. */
export class IdleConnections {
  private constructor(private readonly child: ChildProcess) {}

  static async open(url: string, count: number): Promise<IdleConnections> {
    const child = fork(PROGRAM, [url, String(count)]);
    await once(child, 'message');
    return new IdleConnections(child);
  }

  /** How many of them the server has not closed. */
  async stillOpen(): Promise<number> {
    const told = once(this.child, 'message');
    this.child.send({});
    const [{ open }] = (await told) as [{ open: number }];
    return open;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
