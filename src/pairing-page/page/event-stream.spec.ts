import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EventStream as Stream } from './event-stream.js';

/** A browser without an answer: the parts of it that the stream uses. */
const BROWSER = {
  document: { baseURI: 'http://localhost/', addEventListener: () => undefined },
  fetch: jest.fn(() => new Promise<Response>(() => undefined)),
};

describe('EventStream', () => {
  let EventStream: typeof Stream;

  beforeEach(async () => {
    Object.assign(globalThis, BROWSER);
    ({ EventStream } = await import('./event-stream.js'));
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('the stream reports a service that never answers, and connects again', () => {
    const lost = jest.fn();
    const stream = new EventStream('http://localhost/events', {
      opened: () => undefined,
      received: () => undefined,
      lost,
    });
    expect(BROWSER.fetch).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(45_000);
    expect(lost.mock.calls).toEqual([[null]]);
    expect(BROWSER.fetch).toHaveBeenCalledTimes(2);
    stream.end();
  });
});
