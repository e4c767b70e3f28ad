import { Logger } from '@nestjs/common';
import {
  HISTORY_SCOPES,
  type HistoryChunk,
  type HistoryListener,
  type HistoryScope,
} from './history-chunk.js';
import type { HistoryRefusal } from './reading/history.errors.js';
import { LISTENER_MS } from './reading/history-limits.js';

/** Histories of all accounts since the start of the process. */
export interface HistoryCounts {
  /** Histories that were read to their end. */
  readonly taken: number;
  /** Refused histories, by reason. */
  readonly refused: Readonly<Partial<Record<HistoryRefusal, number>>>;
}

/** The listeners of the host application for histories, and the counts. */
export class HistoryHost {
  private readonly logger = new Logger('WhatsappHistory');
  private readonly listeners = new Set<HistoryListener>();
  private readonly refused: Partial<Record<HistoryRefusal, number>> = {};
  private taken = 0;

  /** @returns a function that removes the listener */
  onHistory(listener: HistoryListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Hands a chunk to every listener. A listener that throws or does not answer in time does not stop the history. */
  async hand(chunk: HistoryChunk): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => this.call(listener, chunk)));
  }

  countTaken(): void {
    this.taken += 1;
  }

  countRefused(reason: HistoryRefusal): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  counts(): HistoryCounts {
    return { taken: this.taken, refused: { ...this.refused } };
  }

  private async call(listener: HistoryListener, chunk: HistoryChunk): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no result within ${LISTENER_MS / 1000} s`));
      }, LISTENER_MS).unref();
    });
    try {
      await Promise.race([Promise.resolve(listener(chunk)), late]);
    } catch (error) {
      this.logger.error(`listener for histories failed: ${String(error)}; fix the code that added it`);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @throws TypeError for another text */
export function historyScope(scope: HistoryScope): HistoryScope {
  if (HISTORY_SCOPES.includes(scope)) return scope;
  throw new TypeError(`history must be one of ${HISTORY_SCOPES.join(', ')}.`);
}
