import { connect } from 'node:net';

export interface Habits {
  /** Sent at once. */
  readonly first?: string;
  /** Sent when the first part of an answer has come. */
  readonly reply?: string;
  /** Sent again and again. */
  readonly drop?: string;
  /** Keeps its half of the connection open when the server has closed the other. */
  readonly lingers?: boolean;
}

const BETWEEN_DROPS_MS = 50;

/** A client that takes its time. */
export class SlowClient {
  /** All that it was sent, once the connection is closed on both sides. */
  readonly ended: Promise<string>;

  constructor(url: string, { first = '', reply = '', drop = '', lingers = false }: Habits) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: lingers });
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    if (reply !== '') socket.once('data', () => socket.write(reply));
    // The server may close while we still write.
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
