/* The wire format of server-sent events (HTML standard, "Server-sent events", 9.2.5 and 9.2.6). */

export interface EventMessage {
  /** What a reader that comes back sends as `Last-Event-ID`; null: it keeps the one before. */
  readonly id: string | null;
  readonly type: string;
  /** JSON, which has no line breaks of its own. */
  readonly data: string;
}

export const HEARTBEAT = Buffer.from(':\n\n');

export function encodeMessage({ id, type, data }: EventMessage): Buffer {
  return Buffer.from(`${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`);
}

export function encodeRetry(afterMs: number): Buffer {
  return Buffer.from(`retry: ${afterMs}\n\n`);
}

/**
 * The last message carries the id: a reader that is cut off between two of them has nothing to resume from, and begins
 * anew.
 */
export function* encodeSeries(id: string, type: string, pages: Iterable<string>): Generator<Buffer> {
  let held: string | null = null;
  for (const page of pages) {
    if (held !== null) yield encodeMessage({ id: null, type, data: held });
    held = page;
  }
  if (held !== null) yield encodeMessage({ id, type, data: held });
}
