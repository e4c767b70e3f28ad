import http from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * The one TCP connection of a socket, seized through the public `agent` option: Baileys itself cannot destroy it, and
 * waits up to 30 s for a closing handshake that a dead network never answers.
 */
export class TcpConnection {
  readonly agent: https.Agent | http.Agent;
  /** Resolves when the TCP connection is closed, or was given up before it existed. */
  readonly gone: Promise<void>;
  /** What broke it, when the operating system said so. */
  error: NodeJS.ErrnoException | null = null;
  private resolveGone!: () => void;
  private socket: Socket | null = null;
  private destroyed = false;

  constructor(secure: boolean) {
    this.gone = new Promise((resolve) => {
      this.resolveGone = resolve;
    });
    // Said, and not left to Node's default, which NODE_TLS_REJECT_UNAUTHORIZED would change.
    this.agent = secure ? new https.Agent({ rejectUnauthorized: true }) : new http.Agent();
    const createConnection = this.agent.createConnection.bind(this.agent);
    this.agent.createConnection = (options, callback) => this.adopt(createConnection(options, callback));
  }

  /** Closes now, without a word. */
  destroy(): void {
    this.destroyed = true;
    if (this.socket) this.socket.destroy();
    else this.resolveGone();
  }

  /** Closes as soon as what was written has left. */
  destroySoon(): void {
    if (this.socket && !this.socket.connecting) this.socket.destroySoon();
    else this.destroy();
  }

  private adopt(stream: Duplex | null | undefined): Duplex | null | undefined {
    if (stream instanceof Socket) {
      this.socket = stream;
      stream.once('error', (error) => {
        this.error = error;
      });
      stream.once('close', this.resolveGone);
      writeOncePerTurn(stream);
      if (this.destroyed) stream.destroy();
    }
    return stream;
  }
}

/**
 * What is written in one turn leaves together. Baileys sends its first queries after a login, and much else, at once: a
 * system call and a TCP segment for each would be a tenth of what a login costs. Ending a stream lets it leave, as ever.
 */
function writeOncePerTurn(stream: Socket): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let waiting = false;
  stream.write = (...args: unknown[]): boolean => {
    if (!waiting) {
      waiting = true;
      stream.cork();
      process.nextTick(() => {
        waiting = false;
        stream.uncork();
      });
    }
    return write(...args);
  };
}
