import { createHash } from 'node:crypto';
import type { SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys';
import { AttemptOver } from '../../whatsapp/domain/errors.js';
import type { AuthStateChange, AuthStateWriter, KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { decodeKey, encodeCredentials, encodeKey, type PairedCredentials } from './auth-state.codec.js';
import type { AttemptAuthState } from './auth-state.js';

/** The auth state of an accepted device. Every change goes to the writer of this attempt. */
export class StoredAuthState implements AttemptAuthState {
  readonly keys: AttemptAuthState['keys'];
  private credentialsPending = false;
  /** Digest of the credentials that the store has or was given last. */
  private storedDigest: string | null;
  private retired = false;

  /**
   * @param onFailure called when the store failed, so that the attempt must end; not called once retired
   * @param stored `creds` in their stored form; null: the first announced credentials are written in any case
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
   * Schedules a write of the credentials at the end of the turn, together with the next keys.
   * Baileys announces new pre-key numbers within its transaction, before it sets the pre-keys, and commits in the
   * same turn. One common write ensures that a crash never leaves numbers without pre-keys.
   */
  credentialsChanged(): void {
    if (this.credentialsPending || this.retired) return;
    this.credentialsPending = true;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Writes the keys only: pending credentials may announce pre-keys that are not set yet. */
  async storeNow(data: SignalDataSet): Promise<void> {
    if (this.retired) throw new AttemptOver();
    await this.write({ keys: changesOf(data) });
  }

  retire(mode: 'flush' | 'drop'): void {
    if (this.retired) return;
    if (mode === 'flush') this.flush();
    this.retired = true;
    // Otherwise a running upload would make up to 3 × 812 pre-keys and fail to store them.
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
    if (!this.credentialsPending || this.retired) return;
    const change = this.takeCredentials();
    // `orFail` has reported a failure; no other code waits for this write.
    if (change.credentials) this.write(change).catch(() => undefined);
  }

  /**
   * Returns the pending credentials, or nothing when the store already has them: at every login Baileys announces
   * unchanged credentials three times.
   */
  private takeCredentials(): Pick<AuthStateChange, 'credentials'> {
    if (!this.credentialsPending) return {};
    this.credentialsPending = false;
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
