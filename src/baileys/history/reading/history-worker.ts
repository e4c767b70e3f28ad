import { Worker } from 'node:worker_threads';
import { MOST_COMPRESSED_BYTES, MOST_WORKERS, WORKER_ANSWER_MS, WORKER_HEAP_MIB } from './history-limits.js';
import { HistoryRefused } from './history.errors.js';
import type { HistoryPiece } from './history-pieces.js';
import type { HistoryAnswer, HistoryJob } from './history.worker.js';

const WORKER = new URL('./history.worker.js', import.meta.url);

/** Reads histories in worker threads of bounded memory, a bounded number at the same time. */
export class HistoryWorkers {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param worker the program of the thread
   * @param answerMs the time limit for each piece
   */
  constructor(
    private readonly worker = WORKER,
    private readonly answerMs = WORKER_ANSWER_MS,
  ) {}

  /**
   * Returns the pieces of a history. The worker makes the next piece only when it is wanted.
   * @param signal ends the work, also while it waits for a place
   * @throws HistoryRefused
   */
  async *read(job: HistoryJob, signal: AbortSignal): AsyncGenerator<HistoryPiece> {
    if (job.payload.bytes.length > MOST_COMPRESSED_BYTES) throw new HistoryRefused('too_large');
    await this.enter();
    let worker: Worker | undefined;
    try {
      signal.throwIfAborted();
      worker = new Worker(this.worker, {
        workerData: job,
        env: {},
        resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB, maxYoungGenerationSizeMb: 16 },
      });
      worker.unref();
      for (;;) {
        const answer = await nextAnswer(worker, this.answerMs, signal);
        if ('refused' in answer) throw new HistoryRefused(answer.refused);
        if (!answer.piece) return;
        yield answer.piece;
      }
    } finally {
      void worker?.terminate();
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running >= MOST_WORKERS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}

function nextAnswer(worker: Worker, answerMs: number, signal: AbortSignal): Promise<HistoryAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      // A later error of the terminated worker concerns no reader any more.
      worker.on('error', () => undefined);
      signal.removeEventListener('abort', abort);
      then();
    };
    const fail = settle(() => {
      reject(new HistoryRefused('worker_failed'));
    });
    const abort = settle(() => {
      reject(signal.reason as Error);
    });
    const timer = setTimeout(fail, answerMs);
    signal.addEventListener('abort', abort);
    worker.removeAllListeners();
    worker.on('message', (answer: HistoryAnswer) => {
      settle(() => {
        resolve(answer);
      })();
    });
    worker.on('error', fail);
    worker.on('exit', fail);
    worker.postMessage('next');
  });
}
