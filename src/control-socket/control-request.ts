import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ANSWER_WAIT_MS } from './control-address.js';

/** HTTP status and body. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: string;
}

/** In characters. Longer requests end the connection. */
const MAX_BODY_LENGTH = 64 * 1024;

/** One request of a command. Its head has arrived; the handler decides whether to read the body. */
export class ControlRequest {
  private readonly socket: Socket;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.socket = request.socket;
  }

  /** @throws when the connection is closed */
  assertOpen(): void {
    if (this.socket.destroyed) throw new Error('the connection is closed');
  }

  /** Reports to the client that the request waits for its turn (102). */
  reportQueued(): void {
    this.response.writeProcessing();
  }

  /**
   * Accepts the request (100) and returns its body, which the client sends only now.
   * @param withinMs time limit for the client; after it the connection is closed
   * @throws when the connection is closed before the body is complete
   */
  async body(withinMs = ANSWER_WAIT_MS): Promise<string> {
    const timer = setTimeout(() => this.socket.destroy(), withinMs).unref();
    try {
      this.response.writeContinue();
      let body = '';
      for await (const chunk of this.request.setEncoding('utf8') as AsyncIterable<string>) {
        body += chunk;
        if (body.length > MAX_BODY_LENGTH) throw new Error('the request is too long');
      }
      return body;
    } catch (error) {
      this.socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
