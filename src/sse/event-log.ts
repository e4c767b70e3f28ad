import { randomBytes } from 'node:crypto';
import { encodeMessage } from './event-message.js';
import type { EventLimits } from './event-limits.js';

interface Entry {
  readonly topic: string;
  /** Encoded once for all readers. */
  readonly bytes: Buffer;
  /** The form for readers that may not see everything. The same buffer as `bytes` if there is no difference. */
  readonly redacted: Buffer;
}

/** One topic, the topics that a function accepts (called for every event), or null: all. */
export type Topics = string | ((topic: string) => boolean) | null;

/** The events that a reader gets. */
export interface Selection {
  readonly topics: Topics;
  /** Whether the reader gets the redacted form. Read for every event. */
  readonly redacted: boolean;
}

/** The next bytes for a reader, and the number of the last event in them. */
export interface Reading {
  readonly bytes: Buffer;
  readonly to: number;
}

/**
 * Why a reader cannot resume: it has no valid id, its position is no longer in the log, or the process has restarted.
 */
export type NewBeginning = 'first' | 'log_exceeded' | 'restarted';

const ID = /^([0-9a-f]{12})-(0|[1-9]\d{0,14})$/;
/** How many bytes are read together for one write. */
const READING_BYTES = 16 * 1_024;

/** The latest events in order, numbered from 1. Bounded: the oldest events are dropped. */
export class EventLog {
  /** Distinguishes the numbers of this process from those of an earlier one. */
  private readonly epoch = randomBytes(6).toString('hex');
  /** A ring buffer: the index of an event is its number modulo the length. */
  private readonly entries: (Entry | undefined)[];
  private count = 0;
  private kept = 0;
  private bytes = 0;

  constructor(private readonly limits: Pick<EventLimits, 'logEvents' | 'logBytes'>) {
    this.entries = new Array<Entry | undefined>(limits.logEvents).fill(undefined);
  }

  /** The number of the latest event; 0 before the first one. */
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

  /** Whether the log still has every event after this position. */
  covers(position: number): boolean {
    return position <= this.count && position >= this.count - this.kept;
  }

  /** Returns the position at which a reader with this `Last-Event-ID` resumes, or why it cannot resume. */
  resume(lastEventId: string | undefined): number | NewBeginning {
    const [, epoch, digits] = ID.exec(lastEventId ?? '') ?? [];
    if (epoch === undefined) return 'first';
    if (epoch !== this.epoch) return 'restarted';
    const position = Number(digits);
    if (position > this.count) return 'first';
    return this.covers(position) ? position : 'log_exceeded';
  }

  /** Returns the next selected events after a covered position, about 16 KiB at a time. */
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

/**
 * Copies bytes into their own memory. Node cuts a short buffer from a shared pool of 8 KiB, and would keep the whole
 * pool.
 */
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
