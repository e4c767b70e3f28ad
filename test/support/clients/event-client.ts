import { once } from 'node:events';
import { get } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { EventParser } from './event-parser.js';
import { eventually } from '../eventually.js';

const EVENTS = '/api/whatsapp/events';

/** An event as the client received it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly accountId: string;
    readonly sequence: number;
    readonly at: string;
  } & Readonly<Record<string, unknown>>;
}

/** One connection that reads events, with all messages received over it. */
export class EventClient {
  private readonly parser = new EventParser();
  private parsed: ReceivedEvent[] = [];
  private ended = false;

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.parser.take(text);
    });
    response.on('error', () => undefined);
    response.once('end', () => {
      this.ended = true;
    });
  }

  /** @throws an error with the status, when the status is not 200 */
  static async open(
    url: string,
    query = '',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventClient> {
    const request = get(`${url}${EVENTS}${query}`, { agent: false, headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // After the answer began, the response reports how the connection ends.
    request.on('error', () => undefined);
    if (response.statusCode === 200) return new EventClient(request, response);
    response.resume();
    throw new Error(`status ${String(response.statusCode)}`);
  }

  /** All messages so far, including the snapshot. */
  get messages(): readonly ReceivedEvent[] {
    for (const { id, type, data } of this.parser.messages.slice(this.parsed.length))
      this.parsed.push({ id, type, data: JSON.parse(data) as ReceivedEvent['data'] });
    return this.parsed;
  }

  /** The lines up to the message with this index: one list for each block, without comments. */
  linesUpTo(index: number): readonly (readonly string[])[] {
    const { blocks } = this.parser;
    const ends = blocks.flatMap((lines, block) =>
      lines.some((line) => line.startsWith('data')) ? block : [],
    );
    return blocks.slice(0, (ends[index] ?? -1) + 1);
  }

  /** The number of messages. Does not parse them. */
  get count(): number {
    return this.parser.messages.length;
  }

  get events(): readonly ReceivedEvent[] {
    return this.messages.filter(({ type }) => type !== 'snapshot');
  }

  get lastEventId(): string {
    return this.parser.lastEventId;
  }

  get retryMs(): number | null {
    return this.parser.retryMs;
  }

  get comments(): number {
    return this.parser.comments;
  }

  /** Whether the service ended its answer completely. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Whether the connection ended in any way. */
  get isGone(): boolean {
    return this.response.destroyed || this.ended;
  }

  async until(
    holds: (messages: readonly ReceivedEvent[]) => boolean,
    what: string,
    withinMs = 10_000,
  ): Promise<void> {
    await eventually(
      () => holds(this.messages),
      withinMs,
      () =>
        `${what}: ${this.messages
          .slice(-20)
          .map(({ type, data }) => `${type} ${JSON.stringify(data).slice(0, 300)}`)
          .join('\n')}`,
    );
  }

  async isDropped(withinMs: number): Promise<void> {
    await eventually(
      () => this.isGone,
      withinMs,
      () => 'the client is still connected',
    );
  }

  /** Stops reading and keeps the connection open. */
  pause(): void {
    this.response.pause();
    this.response.socket.pause();
  }

  resume(): void {
    this.response.socket.resume();
    this.response.resume();
  }

  hangUp(): void {
    this.request.destroy();
  }
}
