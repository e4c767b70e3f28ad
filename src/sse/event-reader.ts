import type { ServerResponse } from 'node:http';
import type { EventLog, Reading, Selection } from './event-log.js';
import { HEARTBEAT } from './event-message.js';

export interface ReaderBeginning {
  readonly selection: Selection;
  /** The event that it has come to, once it has been sent what comes before everything else. */
  readonly position: number;
  readonly first: Iterator<Buffer>;
}

/** What reads from the log: the log itself, or many readers together. */
export type Source = Pick<EventLog, 'position' | 'covers' | 'read'>;

/**
 * Written in pieces of this size, and only while less than this waits for the connection: two of them at most. Node's own
 * mark would be 64 KiB from Node 22 on.
 */
const PIECE_BYTES = 16 * 1_024;
/** After so many heartbeats at which nothing of what waits has left, nobody reads any more. */
const SILENT_BEATS = 2;

/**
 * One response that is written for as long as somebody reads it. What it has not been sent yet is in the log, which all
 * share: a slow reader costs no more than a quick one, and is dropped when the log no longer has what comes next for it.
 */
export class EventReader {
  private position: number;
  private readonly selection: Selection;
  private first: Iterator<Buffer> | null;
  private pieces: Buffer | null = null;
  private waiting = false;
  private pendingBefore = 0;
  private silentBeats = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly log: EventLog,
    { selection, position, first }: ReaderBeginning,
  ) {
    this.selection = selection;
    this.position = position;
    this.first = first;
    // Whatever is wrong with the connection: `close` follows.
    response.on('error', () => undefined);
  }

  /** Writes what is there for it, until the connection can take no more for now. */
  write(source: Source = this.log): void {
    if (!source.covers(this.position)) {
      this.drop();
      return;
    }
    while (!this.waiting && !this.response.destroyed && !this.response.writableEnded) {
      const piece = this.next(source);
      if (!piece) return;
      if (piece.length > 0) this.send(piece);
    }
  }

  /** A sign of life, or, where what was written before has not left, the question whether there is still life. */
  beat(): void {
    if (this.response.writableEnded) return;
    if (!this.waiting) {
      this.silentBeats = 0;
      this.send(HEARTBEAT);
      return;
    }
    const pending = this.response.writableLength;
    this.silentBeats = pending === this.pendingBefore ? this.silentBeats + 1 : 0;
    this.pendingBefore = pending;
    if (this.silentBeats === SILENT_BEATS) this.drop();
  }

  /** What is not written yet is not. */
  end(): void {
    this.response.end();
  }

  drop(): void {
    this.response.destroy();
  }

  private send(bytes: Buffer): void {
    this.response.write(bytes, this.left);
    this.waiting = this.response.writableLength >= PIECE_BYTES;
  }

  /** Something that was written has left. */
  private readonly left = (): void => {
    if (!this.waiting || this.response.writableLength >= PIECE_BYTES) return;
    this.waiting = false;
    this.silentBeats = 0;
    this.write();
  };

  private next(source: Source): Buffer | null {
    if (!this.pieces) {
      const message = this.nextMessages(source);
      if (!message || message.length <= PIECE_BYTES) return message;
      this.pieces = message;
    }
    const piece = this.pieces.subarray(0, PIECE_BYTES);
    this.pieces = piece.length < this.pieces.length ? this.pieces.subarray(PIECE_BYTES) : null;
    return piece;
  }

  private nextMessages(source: Source): Buffer | null {
    if (this.first) {
      const { value, done } = this.first.next() as IteratorResult<Buffer, undefined>;
      if (!done) return value;
      this.first = null;
    }
    if (this.position === source.position) return null;
    const reading = this.read(source);
    if (!reading) return null;
    this.position = reading.to;
    return reading.bytes;
  }

  private read(source: Source): Reading | null {
    try {
      return source.read(this.position, this.selection);
    } catch {
      // Whoever says which topics are for this reader has failed: the others go on, and when it comes back it is told.
      this.drop();
      return null;
    }
  }
}
