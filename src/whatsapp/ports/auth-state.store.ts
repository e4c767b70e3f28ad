import type { AccountId } from '../domain/account-id.js';
import type { ErasureRecord } from '../domain/account.js';
import type { AccountLease } from './account-leases.js';

/** One Signal key to set, or to delete with `value: null`. The store does not interpret types and values. */
export interface KeyChange {
  readonly type: string;
  readonly id: string;
  readonly value: Uint8Array | null;
}

/** One change of the auth state, stored in one transaction. */
export interface AuthStateChange {
  readonly credentials?: Uint8Array;
  readonly keys?: readonly KeyChange[];
  /**
   * Saves the connector of a device that WhatsApp has just accepted. It resets `confirmedAt`, `lastError`, `parked`,
   * `unlinkedAt` and the record of an unconfirmed logout; `lastConnectedAt` stays.
   */
  readonly connector?: { readonly phone: string; readonly linkedAt: Date };
  /** Whether the change must survive a power cut: an accepted device, pre-keys before their upload. Default false. */
  readonly powerSafe?: boolean;
}

/**
 * Writes the auth state for one attempt under one lease. After `close` every write rejects with `AttemptOver`: late
 * writes of an ended socket are dropped, also when a new session of the same account has begun.
 */
export abstract class AuthStateWriter {
  /**
   * Returns the stored values of these keys, without missing ones.
   * @throws AuthStateCorrupt · StorageFailed · AttemptOver
   */
  abstract read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  /** Writes all or nothing, in the order of the calls; durable when it resolves. @throws StorageFailed · AttemptOver */
  abstract write(change: AuthStateChange): Promise<void>;
  /**
   * Deletes credentials, Signal keys, phone number and every entry of the account in the saved config, except the given
   * record. When it resolves, no file of the store contains the deleted bytes. In a damaged part of the store, this
   * holds for the bytes that can be reached. It deletes all or nothing, and a power cut restores nothing.
   *
   * With a record, the store keeps:
   *
   * - `unlinked`: the connector with `linkedAt`, `confirmedAt` and `lastConnectedAt`; `unlinkedAt` and `lastError` are
   *   set, `phone` and `parked` are null. Without a connector nothing remains.
   * - `logoutUnconfirmed`: only the entry that `ConfigRepository.unconfirmedLogouts` lists.
   *
   * It also accepts accounts that have only a connector or a record, and accounts without any data.
   * @throws StorageFailed · AttemptOver
   */
  abstract erase(record?: ErasureRecord): Promise<void>;
  /** `drain` waits for the requested writes, `drop` rejects writes that have not begun. The call can be repeated. */
  abstract close(mode: 'drain' | 'drop'): Promise<void>;
}

export abstract class AuthStateStore {
  /**
   * Returns the stored credentials, or null when there are none.
   * @throws AuthStateCorrupt (unreadable is never null) · StorageFailed
   */
  abstract load(accountId: AccountId): Promise<Uint8Array | null>;
  /**
   * Lists accounts with stored credentials, readable or not, in order of id, after the given id; at most `limit`.
   * @throws StorageFailed
   */
  abstract linked(page: { readonly after: AccountId | null; readonly limit: number }): Promise<AccountId[]>;
  /** Opens a writer for one attempt; its caller closes it. @throws StorageFailed */
  abstract open(lease: AccountLease): Promise<AuthStateWriter>;
}
