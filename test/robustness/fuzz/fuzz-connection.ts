import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { RawAnswer } from '../../support/clients/raw-http.js';
import { atTimeLimit } from '../../support/time/time-limit.js';

/** No answer of the service takes as long, but for those that were asked to wait. */
const ANSWER_WITHIN_MS = 8_000;

/** `cut`: we hung up before the answer came to its end. */
export type Reply = RawAnswer & { readonly isCut: boolean };

/**
 * A connection that is kept for one request after another, byte by byte as they are given; a new one is made where the
 * service has closed it. Answers without an end are hung up on as soon as they say something.
 */
export class Lane {
  #socket: Socket | null = null;

  constructor(private readonly url: string) {}

  /**
   * @param patienceMs to hang up after, without an answer; null: it has to answer
   * @param isLast the connection is not to be used again
   * @returns null: it was hung up on before it said anything
   */
  async ask(method: string, bytes: Buffer, patienceMs: number | null, isLast = false): Promise<Reply | null> {
    const kept = this.#socket;
    const socket = kept ?? (await this.#connected());
    this.#socket = null;
    const answer = await this.#answer(socket, method, bytes, patienceMs);
    if (answer === 'closed') throw new Error('the connection was closed without an answer');
    const isOver = answer === null || answer.isCut || answer.headers.get('connection') === 'close';
    if (isOver || isLast) socket.destroy();
    else this.#socket = socket;
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #connected(): Promise<Socket> {
    const { hostname, port } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  }

  #answer(
    socket: Socket,
    method: string,
    bytes: Buffer,
    patienceMs: number | null,
  ): Promise<Reply | null | 'closed'> {
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const done = (): void => {
        stop();
        socket.off('data', take).off('close', closed);
      };
      const take = (chunk: Buffer): void => {
        received = Buffer.concat([received, chunk]);
        const reply = replyIn(received, method);
        if (!reply) return;
        done();
        resolve(reply);
      };
      const closed = (): void => {
        done();
        resolve('closed');
      };
      const late = (): void => {
        done();
        if (patienceMs !== null) resolve(null);
        else reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
      };
      const timer = patienceMs === null ? null : setTimeout(late, patienceMs);
      const stop = timer
        ? () => {
            clearTimeout(timer);
          }
        : atTimeLimit(ANSWER_WITHIN_MS, late);
      socket.on('data', take).on('close', closed);
      socket.write(bytes);
    });
  }
}

/** Null: there is more to come. */
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
