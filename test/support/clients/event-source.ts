import { setTimeout as delay } from 'node:timers/promises';
import { EventClient, type ReceivedEvent } from './event-client.js';
import { eventually } from '../eventually.js';

/** Reads like a browser's `EventSource`: reconnects automatically, with the id of its last message. */
export class EventSource {
  /** All messages over all connections. */
  readonly messages: ReceivedEvent[] = [];
  /** The number of connections that were opened so far. */
  connections = 0;
  private client: EventClient | null = null;
  private lastEventId = '';
  private readonly closing = new AbortController();
  private retryMs = 3_000;
  private readonly running: Promise<void>;

  constructor(
    private readonly url: () => string,
    private readonly query = '',
  ) {
    this.running = this.run();
  }

  /** Ends the current connection as a network failure does. */
  cut(): void {
    this.client?.hangUp();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.cut();
    await this.running;
  }

  async until(
    holds: (messages: readonly ReceivedEvent[]) => boolean,
    what: string,
    withinMs = 10_000,
  ): Promise<void> {
    await eventually(
      () => holds(this.messages),
      withinMs,
      () => `${what}: ${this.messages.map(({ type, data }) => `${type} ${data.sequence}`).join(', ')}`,
    );
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const headers = this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId };
      // The service may be stopped at this moment.
      this.client = await EventClient.open(this.url(), this.query, headers).catch(() => null);
      if (this.client) await this.read(this.client);
      await delay(this.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async read(client: EventClient): Promise<void> {
    this.connections += 1;
    let taken = 0;
    const take = (): void => {
      this.messages.push(...client.messages.slice(taken));
      taken = client.messages.length;
      this.lastEventId = client.lastEventId;
      this.retryMs = client.retryMs ?? this.retryMs;
    };
    await new Promise<void>((resolve) => {
      client.response.on('data', take);
      client.response.once('close', resolve);
    });
    take();
  }
}
