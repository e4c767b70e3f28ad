import { randomBytes } from 'node:crypto';
import { encodeMessage } from './event-message.js';
import type { EventLimits } from './event-limits.js';

interface Entry {
  /** Whom it is about. */
  readonly topic: string;
  /** Encoded once for all readers. */
  readonly bytes: Buffer;
  /** What readers get who are not told everything; where that makes no difference, the same. */
  readonly redacted: Buffer;
}

/** One topic, those that a function accepts (asked of every event anew), or null: all. */
export type Topics = string | ((topic: string) => boolean) | null;

/** What of the log a reader is told. */
export interface Selection {
  readonly topics: Topics;
  /** Whether it gets each event in its redacted form; asked of every event anew. */
  readonly redacted: boolean;
}

/** What a reader is to be sent next, and the number of the event that it has come to then. */
export interface Reading {
  readonly bytes: Buffer;
  readonly to: number;
}

/** Why somebody who comes with an id cannot go on from there, or has none. */
export type NewBeginning = 'first' | 'log_exceeded' | 'restarted';

const ID = /^([0-9a-f]{12})-(0|[1-9]\d{0,14})$/;
/** How much is encoded together for one write. */
const READING_BYTES = 16 * 1_024;

/** The latest events in order, numbered from 1 on. Bounded: the oldest are forgotten. */
export class EventLog {
  /** Tells the numbers of this process from those of one before. */
  private readonly epoch = randomBytes(6).toString('hex');
  /** A ring: the event with a number stands at its remainder. */
  private readonly entries: (Entry | undefined)[];
  private count = 0;
  private kept = 0;
  private bytes = 0;

  constructor(private readonly limits: Pick<EventLimits, 'logEvents' | 'logBytes'>) {
    this.entries = new Array<Entry | undefined>(limits.logEvents).fill(undefined);
  }

  /** The number of the latest event; 0: there was none. */
  get position(): number {
    return this.count;
  }

  idOf(position: number): string {
    return `${this.epoch}-${position}`;
  }

  append(topic: string, type: string, data: string, redactedData = data): void {
    if (this.kept === this.limits.logEvents) this.forgetOldest();
    this.count += 1;
    const id = this.idOf(this.count);
    const bytes = toBeKept(encodeMessage({ id, type, data }));
    const redacted =
      redactedData === data ? bytes : toBeKept(encodeMessage({ id, type, data: redactedData }));
    const entry = { topic, bytes, redacted };
    this.entries[this.placeOf(this.count)] = entry;
    this.kept += 1;
    this.bytes += sizeOf(entry);
    while (this.bytes > this.limits.logBytes && this.kept > 1) this.forgetOldest();
  }

  /** Whether everything after this event is still here. */
  covers(position: number): boolean {
    return position <= this.count && position >= this.count - this.kept;
  }

  /** Where a reader with this `Last-Event-ID` goes on, or why it has to begin anew. */
  resume(lastEventId: string | undefined): number | NewBeginning {
    const [, epoch, digits] = ID.exec(lastEventId ?? '') ?? [];
    if (epoch === undefined) return 'first';
    if (epoch !== this.epoch) return 'restarted';
    const position = Number(digits);
    if (position > this.count) return 'first';
    return this.covers(position) ? position : 'log_exceeded';
  }

  /** The next events after one that is covered, only those that are selected; some at a time. */
  read(after: number, { topics, redacted }: Selection): Reading {
    const chosen: Buffer[] = [];
    let to = after;
    for (let size = 0; to < this.count && size < READING_BYTES; to++) {
      const entry = this.entries[this.placeOf(to + 1)];
      if (!entry || !isAmong(topics, entry.topic)) continue;
      const bytes = redacted ? entry.redacted : entry.bytes;
      chosen.push(bytes);
      size += bytes.length;
    }
    const [only] = chosen;
    return { bytes: chosen.length === 1 && only ? only : Buffer.concat(chosen), to };
  }

  private placeOf(position: number): number {
    return position % this.entries.length;
  }

  private forgetOldest(): void {
    const place = this.placeOf(this.count - this.kept + 1);
    const entry = this.entries[place];
    if (entry) this.bytes -= sizeOf(entry);
    this.entries[place] = undefined;
    this.kept -= 1;
  }
}

/** In memory of its own: a short one is else cut from 8 KiB that many share, and would keep all of them. */
function toBeKept(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

function sizeOf({ bytes, redacted }: Entry): number {
  return redacted === bytes ? bytes.length : bytes.length + redacted.length;
}

function isAmong(topics: Topics, topic: string): boolean {
  return typeof topics === 'function' ? topics(topic) : topics === null || topics === topic;
}
