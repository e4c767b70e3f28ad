import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';

/**
 * The results of the worker: credentials (20 ms), and a batch of pre-keys in their stored form (a tenth of a
 * second).
 */
export interface KeyProducts {
  readonly credentials: AuthenticationCreds;
  readonly preKeys: readonly Uint8Array[];
}

export interface KeyJob {
  readonly number: number;
  readonly kind: keyof KeyProducts;
}

export interface KeyResult {
  readonly number: number;
  readonly made: KeyProducts[keyof KeyProducts];
}

/** A worker with open jobs that sends no result for this time counts as dead. */
const ANSWER_TIMEOUT_MS = 5_000;

const WORKER = new URL('./key-generation.worker.js', import.meta.url);

/**
 * The worker thread that makes keys, with its open jobs. It starts with the first job. After a failure it is not
 * started again.
 */
export class KeyWorker {
  private readonly logger = new Logger('CredentialPool');
  private readonly pending = new Map<number, (made: KeyResult['made'] | null) => void>();
  private worker: Worker | null = null;
  private answerTimer: NodeJS.Timeout | null = null;
  private usable = existsSync(WORKER);
  private jobs = 0;

  get isAvailable(): boolean {
    return this.usable;
  }

  /** Resolves with the product, or with null when no worker can make it. Never rejects. */
  make<P extends keyof KeyProducts>(product: P): Promise<KeyProducts[P] | null> {
    const worker = this.start();
    if (!worker) return Promise.resolve(null);
    const job: KeyJob = { number: ++this.jobs, kind: product };
    const made = new Promise<KeyProducts[P] | null>((resolve) => {
      this.pending.set(job.number, resolve as (made: KeyResult['made'] | null) => void);
    });
    worker.postMessage(job);
    if (!this.answerTimer) this.startAnswerTimer();
    return made;
  }

  async stop(): Promise<void> {
    const worker = this.worker;
    this.discard();
    await worker?.terminate();
  }

  private start(): Worker | null {
    if (!this.usable || this.worker) return this.worker;
    try {
      const worker = new Worker(WORKER);
      worker.on('message', ({ number, made }: KeyResult) => {
        this.receive(number, made);
      });
      worker.on('error', (error) => {
        this.fail(error.message);
      });
      worker.on('exit', (code) => {
        if (this.worker === worker) this.fail(`exit code ${code}`);
      });
      worker.unref();
      this.worker = worker;
    } catch (error) {
      this.fail(String(error));
    }
    return this.worker;
  }

  private receive(number: number, made: KeyResult['made']): void {
    const resolve = this.pending.get(number);
    if (!resolve) return;
    this.pending.delete(number);
    if (this.pending.size > 0) this.startAnswerTimer();
    else this.stopAnswerTimer();
    resolve(made);
  }

  private startAnswerTimer(): void {
    this.stopAnswerTimer();
    this.answerTimer = setTimeout(() => {
      void this.worker?.terminate();
      this.fail('it did not answer in time');
    }, ANSWER_TIMEOUT_MS).unref();
  }

  private stopAnswerTimer(): void {
    if (this.answerTimer) clearTimeout(this.answerTimer);
    this.answerTimer = null;
  }

  private fail(reason: string): void {
    this.logger.warn(
      `The key worker stopped (${reason}). Keys are made on the main thread from now on, which delays all other work. Restart the service, and report this.`,
    );
    this.discard();
  }

  private discard(): void {
    this.usable = false;
    this.worker = null;
    this.stopAnswerTimer();
    for (const resolve of this.pending.values()) resolve(null);
    this.pending.clear();
  }
}
