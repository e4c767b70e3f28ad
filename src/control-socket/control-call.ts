import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { ANSWER_WAIT_MS } from './control-address.js';
import type { ControlAnswer } from './control-request.js';

/** In characters. Long enough for a list of very many keys. */
const MAX_ANSWER_LENGTH = 64 * 1024 * 1024;

const CONTINUE = 100;
const PROCESSING = 102;

/** No process has ever listened on the socket, or that process was killed. */
const NO_SERVICE = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/** A service runs, but does not answer in time. */
export class ControlTimeout extends Error {
  override readonly name = 'ControlTimeout';
}

/**
 * One request to the service on its own connection. It sends the head first, and the body once the service accepts it.
 */
export class ControlCall {
  private readonly request: ClientRequest;
  private readonly queued: Promise<number>;
  /** 100, or the status of a refusal. Null: the connection is closed. */
  private readonly decided: Promise<number | null>;
  /** Null: the connection is closed. */
  private readonly response: Promise<IncomingMessage | null>;

  constructor(socketPath: string, path: string) {
    const headers = { expect: '100-continue' };
    this.request = request({ socketPath, path, method: 'POST', agent: false, headers });
    this.queued = this.informed(PROCESSING);
    this.response = new Promise((resolve, reject) => {
      this.request.once('response', resolve);
      this.request.on('error', (error: NodeJS.ErrnoException) => {
        const { syscall, code = '' } = error;
        if (syscall === 'connect' && !NO_SERVICE.includes(code)) reject(error);
        else resolve(null);
      });
    });
    const refused = this.response.then((response) => response?.statusCode ?? null);
    this.decided = Promise.race([this.informed(CONTINUE), refused]);
    this.request.flushHeaders();
  }

  /**
   * Waits until the service has accepted or refused the request.
   * @param queueWaitMs how long the request may wait for its turn, when the service reports that it waits
   * @returns 100 when the service waits for the body; the status of a refusal; null: no service runs, or it has closed
   * the connection
   * @throws ControlTimeout · the system's error when the socket cannot be reached
   */
  async accepted(queueWaitMs = ANSWER_WAIT_MS): Promise<number | null> {
    const first = await within(ANSWER_WAIT_MS, Promise.race([this.queued, this.decided]));
    return first === PROCESSING ? within(queueWaitMs, this.decided) : first;
  }

  /**
   * Sends the body.
   * @returns null: the service has closed the connection without a complete answer
   * @throws ControlTimeout
   */
  async send(body: string): Promise<ControlAnswer | null> {
    this.request.end(body);
    return within(ANSWER_WAIT_MS, this.answer());
  }

  close(): void {
    this.request.destroy();
  }

  private informed(status: number): Promise<number> {
    return new Promise((resolve) => {
      this.request.on('information', ({ statusCode }) => {
        if (statusCode === status) resolve(status);
      });
    });
  }

  private async answer(): Promise<ControlAnswer | null> {
    const response = await this.response;
    if (response === null) return null;
    let body = '';
    try {
      for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
        body += chunk;
        if (body.length > MAX_ANSWER_LENGTH) return null;
      }
    } catch {
      return null;
    }
    return { status: response.statusCode ?? 0, body };
  }
}

/** @throws ControlTimeout */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const waited = `waited ${limitMs / 1000} s`;
      reject(new ControlTimeout(`The service does not answer (${waited}). Is it stopped or frozen?`));
    }, limitMs).unref();
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
