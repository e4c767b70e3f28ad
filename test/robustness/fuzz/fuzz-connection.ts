import { createConnection, type Socket } from 'node:net';
import type { RawAnswer } from '../../support/clients/raw-http.js';
import { atTimeLimit } from '../../support/time/time-limit.js';

/** Time limit for an answer, except for requests with `waitMs`. */
const ANSWER_WITHIN_MS = 8_000;

/** An answer. `isCut`: the test closed the connection before the end of the answer. */
export type Reply = RawAnswer & { readonly isCut: boolean };

/**
 * A keep-alive connection that sends raw bytes, one request after another. It reconnects when the service has closed
 * it. It closes the connection after the first data of an endless answer (an event stream).
 */
export class FuzzConnection {
  private socket: Socket | null = null;

  constructor(private readonly url: string) {}

  /**
   * @param timeoutMs time after which the test closes the connection without an answer; null: an answer is required
   * @param isLast whether the connection must not be used again
   * @returns null when the test closed the connection before an answer
   */
  async send(method: string, bytes: Buffer, timeoutMs: number | null, isLast = false): Promise<Reply | null> {
    const kept = this.socket;
    const socket = kept ?? (await this.connect());
    this.socket = null;
    const answer = await this.exchange(socket, method, bytes, timeoutMs);
    if (answer === 'closed') throw new Error('the connection was closed without an answer');
    const isOver = answer === null || answer.isCut || answer.headers.get('connection') === 'close';
    if (isOver || isLast) socket.destroy();
    else this.socket = socket;
    return answer;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private async connect(): Promise<Socket> {
    const { hostname, port } = new URL(this.url);
    const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket === socket) this.socket = null;
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  }

  private exchange(
    socket: Socket,
    method: string,
    bytes: Buffer,
    timeoutMs: number | null,
  ): Promise<Reply | null | 'closed'> {
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const done = (): void => {
        stop();
        socket.off('data', onData).off('close', onClose);
      };
      const onData = (chunk: Buffer): void => {
        received = Buffer.concat([received, chunk]);
        const reply = replyIn(received, method);
        if (!reply) return;
        done();
        resolve(reply);
      };
      const onClose = (): void => {
        done();
        resolve('closed');
      };
      const late = (): void => {
        done();
        if (timeoutMs !== null) resolve(null);
        else reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
      };
      const timer = timeoutMs === null ? null : setTimeout(late, timeoutMs);
      const stop = timer
        ? () => {
            clearTimeout(timer);
          }
        : atTimeLimit(ANSWER_WITHIN_MS, late);
      socket.on('data', onData).on('close', onClose);
      socket.write(bytes);
    });
  }
}

/** Returns null when the answer is not complete yet. */
function replyIn(received: Buffer, method: string): Reply | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [start = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(start.split(' ')[1]);
  const rest = received.subarray(end + 4);
  if (status < 200) return replyIn(rest, method);
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  if (method === 'HEAD' || status === 204 || status === 304)
    return { status, headers, body: '', isCut: false };
  const length = headers.get('content-length');
  if (length === undefined) {
    return rest.length === 0 ? null : { status, headers, body: rest.toString(), isCut: true };
  }
  return rest.length < Number(length) ? null : { status, headers, body: rest.toString(), isCut: false };
}
