import { connect } from 'node:net';

export interface Habits {
  /** Sent immediately. */
  readonly first?: string;
  /** Sent after the first part of an answer. */
  readonly reply?: string;
  /** Sent repeatedly. */
  readonly drop?: string;
  /** Whether the client keeps its half of the connection open after the server closed the other half. */
  readonly lingers?: boolean;
}

const BETWEEN_DROPS_MS = 50;

/** A client that sends a request slowly or never completes it. */
export class SlowClient {
  /** Everything that the client received. Resolves when the connection is closed on both sides. */
  readonly ended: Promise<string>;

  constructor(url: string, { first = '', reply = '', drop = '', lingers = false }: Habits) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: lingers });
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    if (reply !== '') socket.once('data', () => socket.write(reply));
    // The server may close the connection during a write.
    socket.on('error', () => undefined);
    if (first !== '') socket.write(first);
    const dropping = setInterval(() => {
      if (drop !== '' && socket.writable) socket.write(drop);
    }, BETWEEN_DROPS_MS);
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        clearInterval(dropping);
        resolve(Buffer.concat(received).toString());
      });
    });
  }
}
