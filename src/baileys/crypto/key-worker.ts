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
const SILENCE_MS = 5_000;

const WORKER = new URL('./key-generation.worker.js', import.meta.url);

/** The worker thread that makes keys, and what is on order. Started with the first order; once it has failed, it stays away. */
export class KeyWorker {
  private readonly logger = new Logger('KeyFactory');
  private readonly onJob = new Map<number, (made: KeyResult['made'] | null) => void>();
  private worker: Worker | null = null;
  private silence: NodeJS.Timeout | null = null;
  private isAvailable = existsSync(WORKER);
  private jobs = 0;

  get available(): boolean {
    return this.isAvailable;
  }

  /** Null when there is no worker to make it. Never rejects. */
  make<P extends keyof KeyProducts>(product: P): Promise<KeyProducts[P] | null> {
    const worker = this.running();
    if (!worker) return Promise.resolve(null);
    const job: KeyJob = { number: ++this.jobs, kind: product };
    const made = new Promise<KeyProducts[P] | null>((resolve) => {
      this.onJob.set(job.number, resolve as (made: KeyResult['made'] | null) => void);
    });
    worker.postMessage(job);
    if (!this.silence) this.listen();
    return made;
  }

  async stop(): Promise<void> {
    const worker = this.worker;
    this.abandon();
    await worker?.terminate();
  }

  private running(): Worker | null {
    if (!this.isAvailable || this.worker) return this.worker;
    try {
      const worker = new Worker(WORKER);
      worker.on('message', ({ number, made }: KeyResult) => {
        this.receive(number, made);
      });
      worker.on('error', (error) => {
        this.died(error.message);
      });
      worker.on('exit', (code) => {
        if (this.worker === worker) this.died(`exit code ${code}`);
      });
      worker.unref();
      this.worker = worker;
    } catch (error) {
      this.died(String(error));
    }
    return this.worker;
  }

  private receive(number: number, made: KeyResult['made']): void {
    const deliver = this.onJob.get(number);
    if (!deliver) return;
    this.onJob.delete(number);
    if (this.onJob.size > 0) this.listen();
    else this.stopListening();
    deliver(made);
  }

  private listen(): void {
    this.stopListening();
    this.silence = setTimeout(() => {
      void this.worker?.terminate();
      this.died('it no longer answers');
    }, SILENCE_MS).unref();
  }

  private stopListening(): void {
    if (this.silence) clearTimeout(this.silence);
    this.silence = null;
  }

  private died(reason: string): void {
    this.logger.warn(
      `The key worker died (${reason}): keys are made on the main thread from now on, which holds up everything else. Restart the service when it suits you, and report this.`,
    );
    this.abandon();
  }

  private abandon(): void {
    this.isAvailable = false;
    this.worker = null;
    this.stopListening();
    for (const deliver of this.onJob.values()) deliver(null);
    this.onJob.clear();
  }
}
