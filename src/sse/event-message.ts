/* The wire format of server-sent events (HTML standard, "Server-sent events", 9.2.5 and 9.2.6). */

export interface EventMessage {
  /** The id that a reader sends as `Last-Event-ID` when it reconnects; null: it keeps the previous id. */
  readonly id: string | null;
  readonly type: string;
  /** JSON without line breaks. */
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
 * Encodes several messages as one unit. Only the last one has the id, so a reader that is disconnected between two of
 * them cannot resume in the middle, and starts again.
 */
export function* encodeSeries(id: string, type: string, pages: Iterable<string>): Generator<Buffer> {
  let held: string | null = null;
  for (const page of pages) {
    if (held !== null) yield encodeMessage({ id: null, type, data: held });
    held = page;
  }
  if (held !== null) yield encodeMessage({ id, type, data: held });
}
