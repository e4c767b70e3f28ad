import { Program } from './program.js';

const PROGRAM = 'dist/test/support/processes/idle-connections.program.js';

/** Connections on which nothing is said. */
export class IdleConnections extends Program {
  static async open(url: string, count: number): Promise<IdleConnections> {
    const connections = new IdleConnections(PROGRAM, { args: [url, String(count)] });
    await connections.ready();
    return connections;
  }

  /** How many of them the server has not closed. */
  stillOpen(): Promise<number> {
    return this.ask('open');
  }
}
