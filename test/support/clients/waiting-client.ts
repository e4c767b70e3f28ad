import { connect } from 'node:net';

/** A client that waits for an answer on its own connection, and can reset the connection. */
export class WaitingClient {
  private readonly received: Buffer[] = [];
  private readonly socket;
  readonly answered: Promise<string>;

  constructor(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    this.socket.on('data', (chunk) => this.received.push(chunk));
    this.socket.on('error', () => undefined);
    this.answered = new Promise((resolve) => {
      this.socket.on('close', () => {
        resolve(Buffer.concat(this.received).toString());
      });
    });
    const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  hangUp(): void {
    this.socket.resetAndDestroy();
  }
}
