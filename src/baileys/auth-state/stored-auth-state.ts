import { createHash } from 'node:crypto';
import type { SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys';
import { AttemptOver } from '../../whatsapp/domain/errors.js';
import type { AuthStateChange, AuthStateWriter, KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import type { PairedCredentials } from './auth-state.codec.js';
import { decodeKey, encodeCredentials, encodeKey } from './auth-state.codec.js';
import type { AttemptAuthState } from './auth-state.js';

/** The auth state of an accepted device: every change goes to the writer of this attempt. */
export class StoredAuthState implements AttemptAuthState {
  readonly keys: AttemptAuthState['keys'];
  private credentialsWaiting = false;
  /** Of the credentials that the store has, or was given last. */
  private storedDigest: string | null;
  private retired = false;

  /**
   * @param onFailure the store refused; the attempt cannot go on. Not called once retired
   * @param stored `creds` as they are stored; null when the first announcement is to be written in any case
   */
  constructor(
    readonly creds: PairedCredentials,
    private readonly writer: AuthStateWriter,
    private readonly onFailure: (error: unknown) => void,
    stored: Uint8Array | null = null,
  ) {
    this.storedDigest = stored && digest(stored);
    this.keys = {
      get: (type, ids) => this.get(type, ids),
      set: (data) => this.set(data),
    };
  }

  /**
   * Baileys announces new pre-key numbers within its transaction, before the pre-keys themselves are set, and commits in
   * the same turn. Credentials wait for the end of the turn and ride with the next keys, so that a crash never leaves
   * numbers without pre-keys.
   */
  credentialsChanged(): void {
    if (this.credentialsWaiting || this.retired) return;
    this.credentialsWaiting = true;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Without the credentials that may be waiting for the pre-keys which they announce. */
  async storeNow(data: SignalDataSet): Promise<void> {
    if (this.retired) throw new AttemptOver();
    await this.write({ keys: changesOf(data) });
  }

  retire(mode: 'flush' | 'drop'): void {
    if (this.retired) return;
    if (mode === 'flush') this.flush();
    this.retired = true;
    // An upload that is still under way would otherwise make, and fail to store, up to 3 × 812 pre-keys.
    Object.defineProperty(this.creds, 'nextPreKeyId', {
      get: () => {
        throw new AttemptOver();
      },
    });
  }

  private async get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<Record<string, SignalDataTypeMap[T]>> {
    if (this.retired) throw new AttemptOver();
    return this.orFail(async () => {
      const stored = await this.writer.read(type, ids);
      return Object.fromEntries([...stored].map(([id, bytes]) => [id, decodeKey(type, bytes)]));
    });
  }

  private async set(data: SignalDataSet): Promise<void> {
    if (this.retired) throw new AttemptOver();
    const keys = changesOf(data);
    if (keys.length === 0) return;
    const newPreKeys = keys.some(({ type, value }) => type === 'pre-key' && value !== null);
    await this.write({ keys, ...this.takeCredentials(), powerSafe: newPreKeys });
  }

  private flush(): void {
    if (!this.credentialsWaiting || this.retired) return;
    const change = this.takeCredentials();
    // A failure has been reported by `orFail`; nobody else waits for this write.
    if (change.credentials) this.write(change).catch(() => undefined);
  }

  /** Nothing when they are what the store has: at every login Baileys announces three times what it has announced before. */
  private takeCredentials(): Pick<AuthStateChange, 'credentials'> {
    if (!this.credentialsWaiting) return {};
    this.credentialsWaiting = false;
    const credentials = encodeCredentials(this.creds);
    const before = this.storedDigest;
    this.storedDigest = digest(credentials);
    return this.storedDigest === before ? {} : { credentials };
  }

  private write(change: AuthStateChange): Promise<void> {
    return this.orFail(() => this.writer.write(change));
  }

  private async orFail<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      if (!this.retired && !(error instanceof AttemptOver)) this.onFailure(error);
      throw error;
    }
  }
}

function digest(credentials: Uint8Array): string {
  return createHash('sha256').update(credentials).digest('base64');
}

function changesOf(data: SignalDataSet): KeyChange[] {
  return Object.entries(data).flatMap(([type, values]) =>
    Object.entries(values).map(([id, value]) => ({
      type,
      id,
      value: value === null ? null : encodeKey(type, value),
    })),
  );
}
