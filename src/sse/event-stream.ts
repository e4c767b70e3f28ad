import type { ServerResponse } from 'node:http';
import { DEFAULT_EVENT_LIMITS, type EventLimits } from './event-limits.js';
import { EventLog, type NewBeginning, type Reading, type Selection, type Topics } from './event-log.js';
import { encodeRetry, encodeSeries } from './event-message.js';
import { EventReader, type Source } from './event-reader.js';

export interface Subscription extends Selection {
  /** What the reader says that it has: the header of the same name. */
  readonly lastEventId: string | undefined;
  /**
   * The messages (JSON) that tell how everything is now, for a reader that cannot go on where it was. Taken at once and
   * written as quickly as the reader reads, while other things may happen: it must not change any more.
   */
  readonly snapshot: (reason: NewBeginning) => Iterable<string>;
}

/** What a reader that takes nothing is given at the end, in milliseconds. */
const LAST_WRITES_MS = 250;

const HEAD = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // `no-transform`: an event in a compressor's buffer is one that nobody hears of.
  'Cache-Control': 'no-store, no-transform',
  // nginx would collect events before it hands them on.
  'X-Accel-Buffering': 'no',
  // When the events end, so does the connection: it cannot hold up the end of the server.
  Connection: 'close',
};

/**
 * Server-sent events to any number of readers: each event is encoded once and kept for a while in one log, from which all of
 * them are served. Knows nothing of what is told.
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

  /** No more readers are let in for now. */
  get isFull(): boolean {
    return this.readers.size >= this.limits.readers;
  }

  /** How many events there have been. */
  get position(): number {
    return this.log.position;
  }

  /**
   * @param data JSON
   * @param redactedData what readers get who are not told everything. Default: the same
   */
  publish(topic: string, type: string, data: string, redactedData = data): void {
    this.log.append(topic, type, data, redactedData);
    // With all that happens in this turn of the event loop: one write for each reader.
    this.delivery ??= setImmediate(() => {
      this.deliver();
    });
  }

  /** What is asked for with HEAD. */
  writeHead(response: ServerResponse): void {
    response.writeHead(200, HEAD).end();
  }

  /**
   * Answers with events, until the reader goes, is too slow, or the stream ends.
   * @returns to be called when nothing more may be told to this reader: ends its answer
   */
  open(response: ServerResponse, subscription: Subscription): () => void {
    const { lastEventId, snapshot } = subscription;
    // All readers have come equally far, the new one included.
    this.deliver();
    const resumed = this.log.resume(lastEventId);
    const position = typeof resumed === 'number' ? resumed : this.log.position;
    const first =
      typeof resumed === 'number' ? [] : encodeSeries(this.log.idOf(position), 'snapshot', snapshot(resumed));
    // Not before the snapshot: what it throws can be answered.
    response.writeHead(200, HEAD);
    response.write(encodeRetry(this.limits.retryMs));
    // A server may have time limits for connections on which little happens.
    response.socket?.setTimeout(0);
    response.socket?.setNoDelay(true);
    const reader = new EventReader(response, this.log, {
      selection: subscription,
      position,
      first: first[Symbol.iterator](),
    });
    this.readers.add(reader);
    let farewell: NodeJS.Timeout | undefined;
    const dismiss = (): void => {
      reader.end();
      farewell = setTimeout(() => {
        reader.drop();
      }, LAST_WRITES_MS);
    };
    response.once('close', () => {
      clearTimeout(farewell);
      this.remove(reader);
    });
    this.heartbeat ??= setInterval(() => {
      for (const each of this.readers) each.beat();
    }, this.limits.heartbeatMs);
    reader.write();
    return dismiss;
  }

  /** Ends every answer behind the last event. */
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

/** What most readers are to be sent next is put together once for all of them, and once for each selection of topics. */
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
