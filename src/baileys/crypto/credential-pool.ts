import { initAuthCreds } from '@whiskeysockets/baileys';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { KeyWorker } from './key-worker.js';
import type { KeyProducts } from './key-worker.js';

/** Everything a new device needs. */
export interface FreshDevice {
  /** Handed out once. */
  readonly credentials: AuthenticationCreds;
  /** Pre-keys number 1 and up, as they are stored; none when they could not be made ahead. Handed out once; never rejects. */
  readonly preKeys: () => Promise<readonly KeyChange[]>;
  /** The device was linked, or nobody will: no pre-keys need to be kept ready for it. Repeating is safe. */
  readonly release: () => void;
}

/** However many devices wait to be linked: the others' pre-keys are made while the first are linked. */
const MAX_BATCHES = 16;

/** By then a code is on the screen, or a linked device has logged in: the worker would have taken a core from either. */
const REFILL_AFTER_MS = 100;

/**
 * Makes the keys of new devices in a worker thread, ahead of time: the signature (15 ms), and 812 pre-keys that Baileys
 * would make in one blocking loop at the first login. Without a worker Baileys makes them as it always does.
 *
 * Pre-keys belong to no device before they are stored. So they are taken by whoever is linked, and a pairing that comes to
 * nothing costs none.
 */
export class CredentialPool {
  private readonly worker = new KeyWorker();
  readonly #credentials: Promise<KeyProducts['credentials'] | null>[] = [];
  readonly #batches: Promise<KeyProducts['preKeys'] | null>[] = [];
  private waiting = 0;
  private refillTimer: NodeJS.Timeout | null = null;

  /** @param ahead how many sets are kept ready at least; the worker starts with `prepare` or the first `take` */
  constructor(private readonly ahead: number) {}

  /** Starts the worker, so that the first code does not have to wait for it. */
  prepare(): void {
    this.scheduleRefill();
  }

  /** A linked device logs in: keys that nobody waits for are made when no more do. */
  deferRefill(): void {
    if (this.waiting === 0) this.refillTimer?.refresh();
  }

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

  /** Credentials first: somebody waits for a code. */
  private refill(): void {
    const batches = Math.min(Math.max(this.ahead, this.waiting), MAX_BATCHES);
    while (this.worker.available && this.#credentials.length < this.ahead) {
      this.#credentials.push(this.worker.make('credentials'));
    }
    while (this.worker.available && this.#batches.length < batches) {
      this.#batches.push(this.worker.make('preKeys'));
    }
  }
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
