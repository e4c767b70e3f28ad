import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ServerUntrusted } from '../baileys.errors.js';

/**
 * The most bytes of the server before its certificate is checked: the HTTP answer and one frame with the certificate
 * chain, decrypted from TLS. The simulator needs 482. The rest is for the headers of WhatsApp's edge and of proxies.
 */
export const MOST_HANDSHAKE_BYTES = 8 * 1024;

/**
 * The TCP connection of one socket, reached through the public `agent` option. Baileys itself cannot destroy it, and
 * waits up to 30 s for a closing handshake that a dead network never answers.
 */
export class TcpConnection {
  readonly agent: https.Agent | http.Agent;
  /** Resolves when the TCP connection is closed, or was abandoned before it existed. */
  readonly closed: Promise<void>;
  /** The error of the connection, when the operating system reported one. */
  error: NodeJS.ErrnoException | null = null;
  private resolveClosed!: () => void;
  private socket: Socket | null = null;
  private destroyed = false;
  private trusted = false;

  constructor(secure: boolean) {
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    // Set explicitly: NODE_TLS_REJECT_UNAUTHORIZED changes Node's default.
    this.agent = secure ? new https.Agent({ rejectUnauthorized: true }) : new http.Agent();
    withoutExtensions(this.agent);
    const createConnection = this.agent.createConnection.bind(this.agent);
    this.agent.createConnection = (options, callback) => this.adopt(createConnection(options, callback));
  }

  /** Ends the limit of the handshake: the server has proved that it is WhatsApp. */
  trustServer(): void {
    this.trusted = true;
  }

  /** Closes at once, without a closing handshake. */
  destroy(): void {
    this.destroyed = true;
    if (this.socket) this.socket.destroy();
    else this.resolveClosed();
  }

  /** Closes as soon as the written data has left. */
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
      stream.once('close', this.resolveClosed);
      writeOncePerTurn(stream);
      this.limitHandshake(stream);
      if (this.destroyed) stream.destroy();
    }
    return stream;
  }

  /** Destroys the connection when the server sends more than a handshake before it has proved that it is WhatsApp. */
  private limitHandshake(stream: Socket): void {
    const before = stream.bytesRead;
    const check = (): void => {
      if (this.trusted) stream.off('data', check);
      else if (stream.bytesRead - before > MOST_HANDSHAKE_BYTES) {
        stream.off('data', check);
        stream.destroy(
          new ServerUntrusted(`more than ${MOST_HANDSHAKE_BYTES} bytes before the certificate was checked`),
        );
      }
    };
    stream.on('data', check);
  }
}

/** The part of an agent that Node calls with each request. */
interface RequestAgent {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/**
 * Removes the offer of compression (permessage-deflate), which ws always makes. WhatsApp does not compress messages
 * of the WebSocket. With it, 20 KB before the certificate inflate to 20 MB.
 */
function withoutExtensions(agent: http.Agent): void {
  const requests = agent as unknown as RequestAgent;
  const addRequest = requests.addRequest.bind(agent);
  requests.addRequest = (request, ...rest) => {
    request.removeHeader('Sec-WebSocket-Extensions');
    addRequest(request, ...rest);
  };
}

/**
 * Sends all data that is written in one turn together.
 * Baileys sends its first queries after a login, and many others, at once. One system call and one TCP segment for
 * each would be a tenth of the cost of a login. Data that is still held leaves when the stream ends.
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
