import { initAuthCreds, type AuthenticationCreds } from '@whiskeysockets/baileys';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { KeyWorker, type KeyProducts } from './key-worker.js';

/** The keys of a new device. */
export interface FreshDevice {
  /** Never returned twice. */
  readonly credentials: AuthenticationCreds;
  /**
   * Returns the pre-keys from number 1 up, in their stored form; an empty list when they could not be made ahead.
   * They are never returned twice. Never rejects.
   */
  readonly preKeys: () => Promise<readonly KeyChange[]>;
  /** Ends the reservation of pre-keys for this device, once it is linked or abandoned. Safe to repeat. */
  readonly release: () => void;
}

/**
 * The maximum number of batches of pre-keys that are kept ready. With more waiting devices, the missing batches are
 * made while the first devices are linked.
 */
const MAX_BATCHES = 16;

/**
 * The delay of a refill. After it, the code is shown or the linked device has logged in. Without it, the worker would
 * compete with that work for a processor core.
 */
const REFILL_AFTER_MS = 100;

/**
 * Makes the keys of new devices ahead of time in a worker thread: credentials, whose signature takes 15 ms, and 812
 * pre-keys. Baileys would make the pre-keys in one blocking loop at the first login. Without a worker, Baileys makes
 * all keys as usual.
 *
 * Pre-keys belong to no device before they are stored. Each linked device uses the next batch, so an abandoned
 * pairing uses up none.
 */
export class CredentialPool {
  private readonly worker = new KeyWorker();
  readonly #credentials: Promise<KeyProducts['credentials'] | null>[] = [];
  readonly #batches: Promise<KeyProducts['preKeys'] | null>[] = [];
  private waiting = 0;
  private refillTimer: NodeJS.Timeout | null = null;

  /** @param ahead the least number of key sets kept ready; the worker starts with `prepare` or the first `take` */
  constructor(private readonly ahead: number) {}

  /** Starts the worker, so that the first code does not wait for its start. */
  prepare(): void {
    this.scheduleRefill();
  }

  /** Delays the refill while linked devices log in. No delay while a pairing waits for keys. */
  deferRefill(): void {
    if (this.waiting === 0) this.refillTimer?.refresh();
  }

  /** Returns a key set that no other device gets. */
  async take(): Promise<FreshDevice> {
    const made = this.#credentials.shift() ?? this.worker.make('credentials');
    this.waiting += 1;
    let released = false;
    const release = (): void => {
      if (!released) this.waiting -= 1;
      released = true;
    };
    this.scheduleRefill();
    const credentials = await made;
    return {
      credentials: credentials ? withBuffers(credentials) : initAuthCreds(),
      preKeys: () => this.takePreKeys(),
      release,
    };
  }

  async stop(): Promise<void> {
    if (this.refillTimer) clearTimeout(this.refillTimer);
    this.#credentials.length = 0;
    this.#batches.length = 0;
    await this.worker.stop();
  }

  private async takePreKeys(): Promise<readonly KeyChange[]> {
    const made = this.#batches.shift() ?? this.worker.make('preKeys');
    this.scheduleRefill();
    return ((await made) ?? []).map((value, index) => ({ type: 'pre-key', id: String(index + 1), value }));
  }

  private scheduleRefill(): void {
    this.refillTimer ??= setTimeout(() => {
      this.refillTimer = null;
      this.refill();
    }, REFILL_AFTER_MS).unref();
  }

  /** Orders credentials first, because a user waits for a code. */
  private refill(): void {
    const batches = Math.min(Math.max(this.ahead, this.waiting), MAX_BATCHES);
    while (this.worker.isAvailable && this.#credentials.length < this.ahead) {
      this.#credentials.push(this.worker.make('credentials'));
    }
    while (this.worker.isAvailable && this.#batches.length < batches) {
      this.#batches.push(this.worker.make('preKeys'));
    }
  }
}

/**
 * Converts plain Uint8Arrays to Buffers: Buffers from another thread arrive as plain Uint8Arrays, which libsignal
 * refuses.
 */
function withBuffers(credentials: AuthenticationCreds): AuthenticationCreds {
  const buffers = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Buffer.from(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, buffers(member)]));
  };
  return buffers(credentials) as AuthenticationCreds;
}
