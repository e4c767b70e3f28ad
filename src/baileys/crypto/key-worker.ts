import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';

/** What the worker makes: credentials in 20 ms, a batch of pre-keys as they are stored in a tenth of a second. */
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

/** A worker that owes something and is silent for so long has died without a word. */
const ANSWER_TIMEOUT_MS = 5_000;

const WORKER = new URL('./key-generation.worker.js', import.meta.url);

/** The worker thread that makes keys, and what is on order. Started with the first order; once it has failed, it stays away. */
export class KeyWorker {
  private readonly logger = new Logger('CredentialPool');
  private readonly onJob = new Map<number, (made: KeyResult['made'] | null) => void>();
  private worker: Worker | null = null;
  private answerTimer: NodeJS.Timeout | null = null;
  private usable = existsSync(WORKER);
  private jobs = 0;

  get isAvailable(): boolean {
    return this.usable;
  }

  /** Null when there is no worker to make it. Never rejects. */
  make<P extends keyof KeyProducts>(product: P): Promise<KeyProducts[P] | null> {
    const worker = this.start();
    if (!worker) return Promise.resolve(null);
    const job: KeyJob = { number: ++this.jobs, kind: product };
    const made = new Promise<KeyProducts[P] | null>((resolve) => {
      this.onJob.set(job.number, resolve as (made: KeyResult['made'] | null) => void);
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
    const resolve = this.onJob.get(number);
    if (!resolve) return;
    this.onJob.delete(number);
    if (this.onJob.size > 0) this.startAnswerTimer();
    else this.stopAnswerTimer();
    resolve(made);
  }

  private startAnswerTimer(): void {
    this.stopAnswerTimer();
    this.answerTimer = setTimeout(() => {
      void this.worker?.terminate();
      this.fail('it no longer answers');
    }, ANSWER_TIMEOUT_MS).unref();
  }

  private stopAnswerTimer(): void {
    if (this.answerTimer) clearTimeout(this.answerTimer);
    this.answerTimer = null;
  }

  private fail(reason: string): void {
    this.logger.warn(
      `The key worker died (${reason}): keys are made on the main thread from now on, which holds up everything else. Restart the service when it suits you, and report this.`,
    );
    this.discard();
  }

  private discard(): void {
    this.usable = false;
    this.worker = null;
    this.stopAnswerTimer();
    for (const resolve of this.onJob.values()) resolve(null);
    this.onJob.clear();
  }
}
