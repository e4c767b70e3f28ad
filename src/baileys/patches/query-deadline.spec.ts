import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { WASocket } from '@whiskeysockets/baileys';
import { endUnansweredQueries } from './query-deadline.js';

function emitter(timeoutMs: number): EventEmitter {
  const ws = new EventEmitter();
  endUnansweredQueries(ws as unknown as WASocket['ws'], timeoutMs);
  return ws;
}

const error408 = expect.objectContaining({
  attrs: { id: '7', type: 'error' },
  content: [expect.objectContaining({ tag: 'error', attrs: expect.objectContaining({ code: '408' }) })],
});

describe('endUnansweredQueries', () => {
  it('a query without an answer gets an error 408', async () => {
    const ws = emitter(10);
    const answer = await new Promise((resolve) => ws.on('TAG:7', resolve));
    expect(answer).toEqual(error408);
  });

  it('a query that was answered or given up gets no error', async () => {
    const ws = emitter(10);
    const later = emitter(200);
    const answers: unknown[] = [];
    const listener = (answer: unknown): void => {
      answers.push(answer);
      ws.off('TAG:7', listener);
    };
    ws.on('TAG:7', listener);
    ws.emit('TAG:7', 'the answer');
    await new Promise((resolve) => later.on('TAG:8', resolve));
    expect(answers).toEqual(['the answer']);
  });

  it('a ping, which listens once, is not answered with an error', async () => {
    const ws = emitter(10);
    const later = emitter(200);
    let answered = false;
    ws.once('TAG:7', () => {
      answered = true;
    });
    await new Promise((resolve) => later.on('TAG:8', resolve));
    expect(answered).toBe(false);
  });

  it('other events are not changed', async () => {
    const ws = emitter(10);
    const frame = once(ws, 'frame');
    ws.emit('frame', 1);
    expect(await frame).toEqual([1]);
  });
});
