import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import type { EventLog, Reading, Selection } from './event-log.js';
import { HEARTBEAT } from './event-message.js';

const logger = new Logger('EventStream');

interface ReaderStart {
  readonly selection: Selection;
  /** The reader's position in the log after the `first` messages. */
  readonly position: number;
  /** Messages before those of the log. */
  readonly first: Iterator<Buffer>;
}

/** The source of events: the log itself, or a view of it that many readers share. */
export type Source = Pick<EventLog, 'position' | 'covers' | 'read'>;

/**
 * Bytes are written in pieces of this size, and only while fewer wait for the connection, so at most two pieces wait.
 * Node's own high-water mark would be 64 KiB from Node 22 on.
 */
const PIECE_BYTES = 16 * 1_024;
/** A reader that has taken no waiting bytes for this many heartbeats counts as disconnected. */
const SILENT_BEATS = 2;

/**
 * The response to one reader, written only as fast as its client reads. Events that were not sent yet stay in the log,
 * which all readers share. So a slow reader and a fast one cost the same memory. A reader is dropped when the log no
 * longer has its next event.
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
    { selection, position, first }: ReaderStart,
  ) {
    this.selection = selection;
    this.position = position;
    this.first = first;
    // `close` follows every error of the connection.
    response.on('error', () => undefined);
  }

  /** Writes the next events until the connection has enough. */
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

  /** Sends a heartbeat. If earlier bytes still wait, checks instead whether the client still reads. */
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

  /** Ends the response after the bytes that were already written. */
  end(): void {
    this.response.end();
  }

  drop(): void {
    this.response.destroy();
  }

  private send(bytes: Buffer): void {
    this.response.write(bytes, this.onSent);
    this.waiting = this.response.writableLength >= PIECE_BYTES;
  }

  private readonly onSent = (): void => {
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
    } catch (error) {
      // Other readers continue; this one gets the error when it reconnects.
      logger.warn(
        `The function that selects the topics of a reader failed: ${error instanceof Error ? error.message : String(error)}. The reader was disconnected. Fix the function.`,
      );
      this.drop();
      return null;
    }
  }
}
