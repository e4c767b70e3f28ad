import { parentPort, workerData } from 'node:worker_threads';
import { HistoryRefused, type HistoryRefusal } from './history.errors.js';
import { openPayload, type HistoryPayload } from './history-payload.js';
import type { HistoryPiece } from './history-pieces.js';
import { historyPieces, type Wanted } from './history-reader.js';

// The worker thread of one history. It sends a piece for every message that it gets, so that pieces never pile up.

/** What the worker needs to begin. */
export interface HistoryJob {
  readonly payload: HistoryPayload;
  readonly wanted: Wanted;
}

/** A piece; null after the last one; or the reason why the history is refused. */
export type HistoryAnswer = { readonly piece: HistoryPiece | null } | { readonly refused: HistoryRefusal };

const { payload, wanted } = workerData as HistoryJob;
let pieces: Iterator<HistoryPiece, void> | undefined;

function answer(): HistoryAnswer {
  try {
    pieces ??= historyPieces(openPayload(payload), wanted);
    const { done, value } = pieces.next();
    return { piece: done ? null : value };
  } catch (error) {
    return { refused: error instanceof HistoryRefused ? error.reason : 'unreadable' };
  }
}

parentPort?.on('message', () => {
  parentPort?.postMessage(answer());
});
