import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventLog, type Topics } from './event-log.js';

const ROOMY = { logEvents: 1_000, logBytes: 1_000_000 };

/** Everything after a position, in order, as it would be sent. */
function readAll(log: EventLog, after: number, topics: Topics, redacted = false): string {
  let text = '';
  for (let position = after; position < log.position;) {
    const { bytes, to } = log.read(position, { topics, redacted });
    expect(to).toBeGreaterThan(position);
    text += bytes.toString();
    position = to;
  }
  return text;
}

describe('EventLog', () => {
  it('events are numbered and read in order, for one topic or for all', () => {
    const log = new EventLog(ROOMY);
    log.append('a', 'status', '{"n":1}');
    log.append('b', 'status', '{"n":2}');
    log.append('a', 'qr', '{"n":3}');
    const [id1, id2, id3] = [1, 2, 3].map((position) => log.idOf(position));
    expect(readAll(log, 0, 'a')).toBe(
      `id: ${id1}\nevent: status\ndata: {"n":1}\n\nid: ${id3}\nevent: qr\ndata: {"n":3}\n\n`,
    );
    expect(readAll(log, 1, null)).toBe(
      `id: ${id2}\nevent: status\ndata: {"n":2}\n\nid: ${id3}\nevent: qr\ndata: {"n":3}\n\n`,
    );
    expect(readAll(log, 3, null)).toBe('');
  });

  it('a reader gets the topics that its function accepts, and the function is called for every read', () => {
    const log = new EventLog(ROOMY);
    for (const topic of ['a', 'b', 'c']) log.append(topic, 'x', `"${topic}"`);
    const accepted = new Set(['a', 'c']);
    const read = (): string[] =>
      [...readAll(log, 0, (topic) => accepted.has(topic)).matchAll(/data: (.*)/g)].map(
        ([, data]) => data ?? '',
      );
    expect(read()).toEqual(['"a"', '"c"']);
    accepted.delete('a');
    expect(read()).toEqual(['"c"']);
  });

  it('the log keeps only the memory of the events, without shared buffers', () => {
    const log = new EventLog(ROOMY);
    log.append('a', 'qr', '"secret"', 'null');
    for (const redacted of [true, false]) {
      const { bytes } = log.read(0, { topics: null, redacted });
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
    }
  });

  it('an event can have a redacted form with the same id, and its bytes count too', () => {
    const log = new EventLog(ROOMY);
    log.append('a', 'qr', '"secret"', 'null');
    log.append('a', 'status', '"plain"');
    const [id1, id2] = [1, 2].map((position) => log.idOf(position));
    const plain = `id: ${id2}\nevent: status\ndata: "plain"\n\n`;
    expect(readAll(log, 0, null)).toBe(`id: ${id1}\nevent: qr\ndata: "secret"\n\n${plain}`);
    expect(readAll(log, 0, null, true)).toBe(`id: ${id1}\nevent: qr\ndata: null\n\n${plain}`);
    const small = new EventLog({ ...ROOMY, logBytes: 2_500 });
    for (let count = 0; count < 5; count++)
      small.append('a', 'x', `"${'x'.repeat(600)}"`, `"${'y'.repeat(500)}"`);
    expect([2, 3, 4].map((position) => small.covers(position))).toEqual([false, true, true]);
  });

  it('read returns a part of the events at a time, and skips events of other topics', () => {
    const log = new EventLog(ROOMY);
    const data = `"${'x'.repeat(6_000)}"`;
    for (let count = 0; count < 10; count++) log.append(count < 6 ? 'a' : 'b', 'x', data);
    const first = log.read(0, { topics: null, redacted: false });
    expect([first.to, first.bytes.length > 16 * 1_024, first.bytes.length < 32 * 1_024]).toEqual([
      3,
      true,
      true,
    ]);
    expect(log.read(6, { topics: 'a', redacted: false })).toEqual({ to: 10, bytes: Buffer.alloc(0) });
  });

  it('the oldest events are dropped beyond a number of events and a number of bytes', () => {
    const few = new EventLog({ ...ROOMY, logEvents: 3 });
    for (let count = 0; count < 5; count++) few.append('a', 'x', '{}');
    expect([1, 2, 3, 5].map((position) => few.covers(position))).toEqual([false, true, true, true]);
    const small = new EventLog({ ...ROOMY, logBytes: 2_500 });
    for (let count = 0; count < 5; count++) small.append('a', 'x', `"${'x'.repeat(1_000)}"`);
    expect([2, 3, 4].map((position) => small.covers(position))).toEqual([false, true, true]);
  });

  it('the latest event is kept, even if it is larger than the log', () => {
    const log = new EventLog({ logEvents: 3, logBytes: 10 });
    log.append('a', 'x', '"larger than the log"');
    log.append('a', 'x', '"as large as that"');
    expect([log.covers(0), log.covers(1)]).toEqual([false, true]);
    expect(readAll(log, 1, null)).toContain('as large as that');
  });

  it('resume returns the position of an id, or why a reader cannot resume', () => {
    const log = new EventLog({ ...ROOMY, logEvents: 3 });
    for (let count = 0; count < 5; count++) log.append('a', 'x', '{}');
    expect(log.resume(log.idOf(2))).toBe(2);
    expect(log.resume(log.idOf(5))).toBe(5);
    expect(log.resume(log.idOf(1))).toBe('log_exceeded');
    expect(log.resume(new EventLog(ROOMY).idOf(2))).toBe('restarted');
    expect(log.resume(undefined)).toBe('first');
    const odd = ['', '5', '-', `${log.idOf(2)} `, ` ${log.idOf(2)}`, `${log.idOf(2)}, x`, log.idOf(6)];
    for (const id of [...odd, log.idOf(-1), log.idOf(1e20), `${log.idOf(0)}2`, 'ABCDEFABCDEF-2'])
      expect([id, log.resume(id)]).toEqual([id, 'first']);
  });

  it('a read from any covered position returns exactly the later events', () => {
    const appended = fc.record({ topic: fc.constantFrom('a', 'b', 'c'), size: fc.nat({ max: 9_000 }) });
    fc.assert(
      fc.property(
        fc.array(appended, { maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (events, logEvents) => {
          const log = new EventLog({ logEvents, logBytes: 60_000 });
          for (const [index, { topic, size }] of events.entries())
            log.append(topic, 'x', `"${String(index + 1)} ${'x'.repeat(size)}"`);
          for (const topic of ['a', null]) {
            for (let after = events.length; after >= 0 && log.covers(after); after--) {
              const numbers = [...readAll(log, after, topic).matchAll(/data: "(\d+) /g)].map(([, n]) =>
                Number(n),
              );
              const expected = events.flatMap((event, index) =>
                index >= after && (topic === null || event.topic === topic) ? [index + 1] : [],
              );
              expect(numbers).toEqual(expected);
            }
          }
          expect(log.covers(Math.max(0, events.length - 1))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
