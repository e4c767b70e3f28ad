import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys';
import type { KeyChange } from '../../whatsapp/ports/auth-state.store.js';
import { encodeKey } from './auth-state.codec.js';
import type { AttemptAuthState } from './auth-state.js';

/** The auth state of a device that WhatsApp has not accepted yet: it lives in memory and dies with the attempt. */
export class PairingAuthState implements AttemptAuthState {
  readonly keys: AttemptAuthState['keys'];
  readonly #values = new Map<string, Map<string, unknown>>();

  constructor(readonly creds: AuthenticationCreds) {
    this.keys = {
      get: (type, ids) => this.get(type, ids),
      set: (data) => {
        this.set(data);
      },
    };
  }

  /** Every Signal key written so far. */
  changes(): KeyChange[] {
    return [...this.#values].flatMap(([type, values]) =>
      [...values].map(([id, value]) => ({ type, id, value: encodeKey(type, value) })),
    );
  }

  credentialsChanged(): void {
    // Stored as a whole when WhatsApp accepts the device.
  }

  storeNow(data: SignalDataSet): Promise<void> {
    this.set(data);
    return Promise.resolve();
  }

  retire(): void {
    this.#values.clear();
  }

  private get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Record<string, SignalDataTypeMap[T]> {
    const values = this.#values.get(type);
    return Object.fromEntries(
      ids.flatMap((id) => (values?.has(id) ? [[id, values.get(id) as SignalDataTypeMap[T]]] : [])),
    );
  }

  private set(data: SignalDataSet): void {
    for (const [type, entries] of Object.entries(data)) {
      const values = this.#values.get(type) ?? new Map<string, unknown>();
      this.#values.set(type, values);
      for (const [id, value] of Object.entries(entries)) {
        if (value === null) values.delete(id);
        else values.set(id, value);
      }
    }
  }
}
