import { Program } from './program.js';

const PROGRAM = 'dist/test/support/processes/idle-connections.program.js';

/** A child process with open connections over which no data is sent. */
export class IdleConnections extends Program {
  static async open(url: string, count: number): Promise<IdleConnections> {
    const connections = new IdleConnections(PROGRAM, { args: [url, String(count)] });
    await connections.ready();
    return connections;
  }

  /** Returns the number of connections that the server has not closed. */
  stillOpen(): Promise<number> {
    return this.ask('open');
  }
}
