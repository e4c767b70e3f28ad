import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { initAuthCreds } from '@whiskeysockets/baileys';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import type { KeyChange } from '../whatsapp/ports/auth-state.store.js';

export type KeyFactoryAnswer = { readonly order: number } & (
  { readonly credentials: AuthenticationCreds } | { readonly preKeys: readonly Uint8Array[] }
);

/** Everything a new device needs; handed out once. */
export interface FreshDevice {
  readonly credentials: AuthenticationCreds;
  /** Pre-keys number 1 and up, as they are stored; none when they could not be made ahead. Never rejects. */
  readonly preKeys: Promise<readonly KeyChange[]>;
}

interface Order {
  readonly number: number;
  readonly credentials: PromiseWithResolvers;
  readonly preKeys: Promise<readonly KeyChange[]>;
  readonly resolvePreKeys: (preKeys: readonly KeyChange[]) => void;
}

interface PromiseWithResolvers {
  readonly promise: Promise<AuthenticationCreds | null>;
  readonly resolve: (credentials: AuthenticationCreds | null) => void;
}

/** A set takes a tenth of a second. A worker that owes something and is silent for so long has died without a word. */
const SILENCE_MS = 5_000;

const WORKER = new URL('./key-factory.worker.js', import.meta.url);

/**
 * Makes the keys of new devices in a worker thread, a few sets ahead: the signature (15 ms), and 812 pre-keys that Baileys
 * would make in one blocking loop at the first login. Without a worker Baileys makes them as it always does.
 */
export class KeyFactory {
  readonly #logger = new Logger(KeyFactory.name);
  readonly #ahead: Order[] = [];
  readonly #open = new Map<number, Order>();
  #worker: Worker | null = null;
  #silence: NodeJS.Timeout | null = null;
  #unavailable = !existsSync(WORKER);
  #orders = 0;

  /** @param setsAhead how many sets are kept ready; the worker starts with the first `take` */
  constructor(private readonly setsAhead: number) {}

  async take(): Promise<FreshDevice> {
    const order = this.#ahead.shift() ?? this.#order();
    while (!this.#unavailable && this.#ahead.length < this.setsAhead) this.#ahead.push(this.#order());
    const credentials = await order.credentials.promise;
    return credentials
      ? { credentials: withBuffers(credentials), preKeys: order.preKeys }
      : { credentials: initAuthCreds(), preKeys: Promise.resolve([]) };
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#giveUp();
    await worker?.terminate();
  }

  #order(): Order {
    const order = newOrder(++this.#orders);
    const worker = this.#running();
    if (worker) {
      this.#open.set(order.number, order);
      worker.postMessage(order.number);
      if (!this.#silence) this.#listen();
    } else {
      order.credentials.resolve(null);
      order.resolvePreKeys([]);
    }
    return order;
  }

  #running(): Worker | null {
    if (this.#unavailable) return null;
    if (this.#worker) return this.#worker;
    try {
      const worker = new Worker(WORKER);
      worker.on('message', (answer: KeyFactoryAnswer) => {
        this.#receive(answer);
      });
      worker.on('error', (error) => {
        this.#died(error.message);
      });
      worker.on('exit', (code) => {
        if (this.#worker === worker) this.#died(`exit code ${code}`);
      });
      worker.unref();
      this.#worker = worker;
    } catch (error) {
      this.#logger.warn(
        `The key worker could not start (${String(error)}); keys are made on the main thread.`,
      );
      this.#giveUp();
    }
    return this.#worker;
  }

  #receive(answer: KeyFactoryAnswer): void {
    const order = this.#open.get(answer.order);
    if (!order) return;
    this.#listen();
    if ('credentials' in answer) {
      order.credentials.resolve(answer.credentials);
    } else {
      this.#open.delete(answer.order);
      if (this.#open.size === 0) this.#stopListening();
      order.resolvePreKeys(
        answer.preKeys.map((value, index) => ({ type: 'pre-key', id: String(index + 1), value })),
      );
    }
  }

  #listen(): void {
    this.#stopListening();
    this.#silence = setTimeout(() => {
      void this.#worker?.terminate();
      this.#died('it no longer answers');
    }, SILENCE_MS).unref();
  }

  #stopListening(): void {
    if (this.#silence) clearTimeout(this.#silence);
    this.#silence = null;
  }

  #died(reason: string): void {
    this.#logger.warn(`The key worker died (${reason}); keys are made on the main thread from now on.`);
    this.#giveUp();
  }

  #giveUp(): void {
    this.#unavailable = true;
    this.#worker = null;
    this.#stopListening();
    for (const order of this.#open.values()) {
      order.credentials.resolve(null);
      order.resolvePreKeys([]);
    }
    this.#open.clear();
    this.#ahead.length = 0;
  }
}

function newOrder(number: number): Order {
  let resolve!: PromiseWithResolvers['resolve'];
  let resolvePreKeys!: Order['resolvePreKeys'];
  const promise = new Promise<AuthenticationCreds | null>((done) => {
    resolve = done;
  });
  const preKeys = new Promise<readonly KeyChange[]>((done) => {
    resolvePreKeys = done;
  });
  return { number, credentials: { promise, resolve }, preKeys, resolvePreKeys };
}

/** Buffers arrive from another thread as plain Uint8Arrays, which libsignal refuses. */
function withBuffers(credentials: AuthenticationCreds): AuthenticationCreds {
  const buffers = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, buffers(member)]));
  };
  return buffers(credentials) as AuthenticationCreds;
}
