import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeEventBuffer, type WASocket } from '@whiskeysockets/baileys';
import { silentLogger } from '../baileys.logger.js';
import { limitEventBuffer } from './bounded-event-buffer.js';

/** Baileys' own buffer, with the part of a socket that the limit uses. */
describe('limitEventBuffer', () => {
  let ev: WASocket['ev'] & { destroy(): void };
  let end: () => void;
  let received: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    ev = makeEventBuffer(silentLogger);
    limitEventBuffer({
      ev,
      registerSocketEndHandler: (handler) => {
        end = () => void handler(undefined);
      },
    });
    received = [];
    ev.on('messages.upsert', ({ messages }) => {
      received.push(...messages.map(({ key }) => String(key.id)));
    });
  });
  afterEach(() => {
    ev.destroy();
    jest.useRealTimers();
  });

  function receive(id: string): void {
    const key = { remoteJid: '4915100000001@s.whatsapp.net', id, fromMe: false };
    ev.emit('messages.upsert', { messages: [{ key, message: { conversation: id } }], type: 'append' });
  }

  it('buffered events are emitted 5 s after the first of them', () => {
    ev.buffer();
    jest.advanceTimersByTime(3_000);
    receive('A');
    jest.advanceTimersByTime(4_000);
    receive('B');
    jest.advanceTimersByTime(999);
    expect(received).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(received).toEqual(['A', 'B']);
  });

  it('each buffering has its own 5 s, also after Baileys has ended one', () => {
    ev.buffer();
    receive('A');
    jest.advanceTimersByTime(4_000);
    ev.flush();
    expect(received).toEqual(['A']);
    ev.buffer();
    receive('B');
    jest.advanceTimersByTime(4_999);
    expect(received).toEqual(['A']);
    jest.advanceTimersByTime(1);
    expect(received).toEqual(['A', 'B']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('events are emitted at once while nothing is buffered', () => {
    receive('A');
    expect([received, jest.getTimerCount()]).toEqual([['A'], 0]);
  });

  it('buffered events are emitted when the socket ends, and no timer is left', () => {
    ev.buffer();
    receive('A');
    end();
    expect([received, jest.getTimerCount()]).toEqual([['A'], 0]);
    ev.buffer();
    const ofBaileys = jest.getTimerCount();
    receive('B');
    expect(jest.getTimerCount()).toBe(ofBaileys);
  });
});
