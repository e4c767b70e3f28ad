import type { ServerResponse } from 'node:http';
import { DEFAULT_EVENT_LIMITS, type EventLimits } from './event-limits.js';
import { EventLog, type NewBeginning, type Reading, type Selection, type Topics } from './event-log.js';
import { encodeRetry, encodeSeries } from './event-message.js';
import { EventReader, type Source } from './event-reader.js';

interface Subscription extends Selection {
  /** The `Last-Event-ID` header. */
  readonly lastEventId: string | undefined;
  /**
   * Returns the messages (JSON) with the present state, for a reader that cannot resume. The stream calls it at once,
   * but iterates at the speed of the reader, while new events happen. So the returned messages must not change.
   */
  readonly snapshot: (reason: NewBeginning) => Iterable<string>;
}

/** How long a reader that does not read may take for the last bytes, in milliseconds. */
const LAST_WRITES_MS = 250;

const HEAD = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // `no-transform`: a compressor would hold events back in its buffer.
  'Cache-Control': 'no-store, no-transform',
  // nginx would buffer events.
  'X-Accel-Buffering': 'no',
  // The connection ends with the events, so it cannot delay the shutdown of the server.
  Connection: 'close',
};

/**
 * Server-sent events for many readers. Each event is encoded once and kept for a time in one log, which serves all
 * readers. It does not know the content of the events.
 */
export class EventStream {
  private readonly limits: EventLimits;
  private readonly log: EventLog;
  private readonly readers = new Set<EventReader>();
  private delivery: NodeJS.Immediate | null = null;
  private delivered = 0;
  private heartbeat: NodeJS.Timeout | null = null;
  private ending: NodeJS.Timeout | null = null;

  constructor(limits: Partial<EventLimits> = {}) {
    this.limits = { ...DEFAULT_EVENT_LIMITS, ...limits };
    this.log = new EventLog(this.limits);
  }

  /** Whether the limit of readers is reached. */
  get isFull(): boolean {
    return this.readers.size >= this.limits.readers;
  }

  /** The number of the latest event; 0 before the first one. */
  get position(): number {
    return this.log.position;
  }

  /**
   * @param data JSON
   * @param redactedData JSON for readers that may not see everything. Default: the same
   */
  publish(topic: string, type: string, data: string, redactedData = data): void {
    this.log.append(topic, type, data, redactedData);
    // All events of this turn of the event loop leave together, in one write for each reader.
    this.delivery ??= setImmediate(() => {
      this.deliver();
    });
  }

  /** Answers a HEAD request. */
  writeHead(response: ServerResponse): void {
    response.writeHead(200, HEAD).end();
  }

  /**
   * Answers with events until the reader disconnects, is too slow, or the stream ends.
   * @returns a function that ends the answer, for example when the caller loses its access
   */
  open(response: ServerResponse, subscription: Subscription): () => void {
    const { lastEventId, snapshot } = subscription;
    // After this all readers, also the new one, have the same position.
    this.deliver();
    const resumed = this.log.resume(lastEventId);
    const position = typeof resumed === 'number' ? resumed : this.log.position;
    const first =
      typeof resumed === 'number' ? [] : encodeSeries(this.log.idOf(position), 'snapshot', snapshot(resumed));
    // After the snapshot, because an error of the snapshot still needs an error answer.
    response.writeHead(200, HEAD);
    response.write(encodeRetry(this.limits.retryMs));
    // The server may have a time limit for idle connections.
    response.socket?.setTimeout(0);
    response.socket?.setNoDelay(true);
    const reader = new EventReader(response, this.log, {
      selection: subscription,
      position,
      first: first[Symbol.iterator](),
    });
    this.readers.add(reader);
    let dropTimer: NodeJS.Timeout | undefined;
    const dismiss = (): void => {
      reader.end();
      dropTimer = setTimeout(() => {
        reader.drop();
      }, LAST_WRITES_MS);
    };
    response.once('close', () => {
      clearTimeout(dropTimer);
      this.remove(reader);
    });
    this.heartbeat ??= setInterval(() => {
      for (const each of this.readers) each.beat();
    }, this.limits.heartbeatMs);
    reader.write();
    return dismiss;
  }

  /** Ends every answer after the last event. */
  end(): void {
    this.deliver();
    for (const reader of this.readers) reader.end();
    this.stopHeartbeat();
    if (this.readers.size === 0) return;
    this.ending = setTimeout(() => {
      for (const reader of this.readers) reader.drop();
    }, LAST_WRITES_MS);
  }

  private deliver(): void {
    if (this.delivery) clearImmediate(this.delivery);
    this.delivery = null;
    if (this.delivered === this.log.position) return;
    const source = sharedBy(this.log, this.delivered);
    this.delivered = this.log.position;
    for (const reader of this.readers) reader.write(source);
  }

  private remove(reader: EventReader): void {
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.stopHeartbeat();
    if (this.ending) clearTimeout(this.ending);
  }

  private stopHeartbeat(): void {
    if (this.heartbeat) clearInterval(this.heartbeat);
    this.heartbeat = null;
  }
}

/**
 * Returns a source for readers that are up to date. It reads once for each selection of topics, not once for each
 * reader.
 */
function sharedBy(log: EventLog, delivered: number): Source {
  const full = new Map<Topics, Reading>();
  const redacted = new Map<Topics, Reading>();
  return {
    position: log.position,
    covers: (position) => log.covers(position),
    read: (after, selection) => {
      if (after !== delivered) return log.read(after, selection);
      const readings = selection.redacted ? redacted : full;
      const reading = readings.get(selection.topics) ?? log.read(after, selection);
      readings.set(selection.topics, reading);
      return reading;
    },
  };
}
