import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventParser } from './event-parser.js';

describe('EventParser', () => {
  it('the parser returns events with type and data, and remembers the id and the retry time', () => {
    const parser = new EventParser();
    expect(
      parser.take('retry: 1000\n\n:\n\nid: a-1\nevent: status\ndata: {"n":1}\n\ndata: x\ndata: y\n\n'),
    ).toEqual([
      { type: 'status', data: '{"n":1}' },
      { type: 'message', data: 'x\ny' },
    ]);
    expect([parser.lastEventId, parser.retryMs]).toEqual(['a-1', 1_000]);
  });

  it('the parser remembers an id only when its event is complete', () => {
    const parser = new EventParser();
    parser.take('id: a-1\ndata: 1\n\nid: a-2\ndata: 2\n');
    expect(parser.lastEventId).toBe('a-1');
    parser.begin();
    expect(parser.take('data: 3\n\n')).toEqual([{ type: 'message', data: '3' }]);
    expect(parser.lastEventId).toBe('a-1');
  });

  it('the parser ignores unknown fields and events without data', () => {
    const parser = new EventParser();
    expect(parser.take('colour: red\nretry: soon\nid: a\0b\nevent: status\n\ndata\n\n')).toEqual([
      { type: 'message', data: '' },
    ]);
    expect([parser.lastEventId, parser.retryMs]).toEqual(['', null]);
  });

  it('the parser returns the same events for every division of the stream and both line endings', () => {
    const whole = 'id: 1\nevent: qr\ndata: {"a":"b: c"}\n\n:\n\nid: 2\ndata:none\n\n';
    const expected = new EventParser().take(whole);
    expect(expected).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), fc.boolean(), (cuts, windows) => {
        const text = windows ? whole.replaceAll('\n', '\r\n') : whole;
        const parser = new EventParser();
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(pieces.flatMap((piece) => parser.take(piece))).toEqual(expected);
        expect(parser.lastEventId).toBe('2');
      }),
    );
  });
});
