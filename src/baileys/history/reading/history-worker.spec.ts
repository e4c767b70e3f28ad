import { describe, expect, it } from '@jest/globals';
import { HistoryWorkers } from './history-worker.js';
import type { HistoryPiece } from './history-pieces.js';

const PIECE: HistoryPiece = { mappings: [], tokens: [], chats: [], messages: [], names: [] };
const JOB = { payload: { bytes: new Uint8Array(1), file: null }, wanted: 'mappings' } as const;

/** The program of a worker that handles each wish for a piece with this code. */
function program(code: string): URL {
  const source = `import { parentPort } from 'node:worker_threads'; let asked = 0;
    parentPort.on('message', () => { asked += 1; ${code} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

const answer = `parentPort.postMessage({ piece: asked > 2 ? null : ${JSON.stringify(PIECE)} });`;

async function read(workers: HistoryWorkers, signal = new AbortController().signal): Promise<number> {
  let pieces = 0;
  for await (const _ of workers.read(JOB, signal)) pieces += 1;
  return pieces;
}

describe('HistoryWorkers', () => {
  it('the pieces of a worker are returned until there is none', async () => {
    expect(await read(new HistoryWorkers(program(answer)))).toBe(2);
  });

  it.each([
    ['ends', 'process.exit(0);'],
    ['throws', "throw new Error('a fault');"],
    ['needs more memory than it may', 'for (const kept = [];;) kept.push({ asked: [asked] });'],
  ])('a worker that %s is a refused history', async (_what, code) => {
    await expect(read(new HistoryWorkers(program(code)))).rejects.toThrow('worker_failed');
  });

  it('a worker that does not answer in time is a refused history', async () => {
    await expect(read(new HistoryWorkers(program('for (;;);'), 100))).rejects.toThrow('worker_failed');
  });

  it('the reason that a worker names is the reason of the refusal', async () => {
    const workers = new HistoryWorkers(program("parentPort.postMessage({ refused: 'too_large' });"));
    await expect(read(workers)).rejects.toThrow('too_large');
  });

  it('two histories are read at the same time, and each ended one makes place for the next', async () => {
    const workers = new HistoryWorkers(program('if (asked === 1) parentPort.postMessage({ piece: null });'));
    const silent = new HistoryWorkers(program(''), 100_000);
    const ends = [new AbortController(), new AbortController(), new AbortController()];
    const ended: number[] = [];
    const reads = ends.map(async ({ signal }, index) => {
      await expect(read(silent, signal)).rejects.toThrow('stop');
      ended.push(index);
    });
    // The third one waits for a place, so its end has no effect yet.
    ends[2]?.abort(new Error('stop'));
    await read(workers);
    expect(ended).toEqual([]);
    ends[0]?.abort(new Error('stop'));
    await Promise.all([reads[0], reads[2]]);
    expect(ended).toEqual([0, 2]);
    ends[1]?.abort(new Error('stop'));
    await Promise.all(reads);
    expect(await read(workers)).toBe(0);
  });
});
