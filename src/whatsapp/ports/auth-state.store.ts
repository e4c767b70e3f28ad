import type { AccountId } from '../domain/account-id.js';
import type { ErasureRecord } from '../domain/account.js';
import type { AccountLease } from './account-leases.js';

/** One Signal key to set, or with `value: null` to delete. The store knows nothing of types and what they hold. */
export interface KeyChange {
  readonly type: string;
  readonly id: string;
  readonly value: Uint8Array | null;
}

/** What is stored together, all of it or nothing. */
export interface AuthStateChange {
  readonly credentials?: Uint8Array;
  readonly keys?: readonly KeyChange[];
  /**
   * Saves the connector of a device that WhatsApp has just accepted. Confirmation, error, parking, the unlinked mark and
   * the remark about a logout that was not confirmed are reset; when it was last connected stays.
   */
  readonly connector?: { readonly phone: string; readonly linkedAt: Date };
  /** True where a loss in a power cut would hurt: accepting a device, pre-keys before their upload. Default false. */
  readonly powerSafe?: boolean;
}

/**
 * Writes the auth state of one hold and attempt. After `close` every write rejects with `AttemptOver`: whatever an
 * ended socket still flushes is dropped here, also when a new session of the same account has begun.
 */
export abstract class AuthStateWriter {
  /** The stored values of these keys; missing ones are left out. @throws AuthStateCorrupt · StorageFailed · AttemptOver */
  abstract read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>>;
  /** All or nothing, in the order of the calls, durable when it resolves. @throws StorageFailed · AttemptOver */
  abstract write(change: AuthStateChange): Promise<void>;
  /**
   * Deletes credentials, Signal keys, phone number and everything in the saved config about the account, except for what
   * `record` says; when it resolves their bytes stand in no file of the store (where the account's part of the store is
   * damaged: as far as it can be reached). All of it happens or nothing, and a power cut does not bring anything back.
   *
   * - `unlinked`: the connector stays with `linkedAt`, `confirmedAt` and `lastConnectedAt`; `unlinkedAt` and `lastError`
   *   are set, `phone` and `parked` null. Without a connector nothing remains.
   * - `logoutUnconfirmed`: only the remark that `ConfigRepository.unconfirmedLogouts` lists.
   *
   * Also for an account of which only a connector or a remark is left, and for one that has nothing. @throws StorageFailed · AttemptOver
   */
  abstract erase(record?: ErasureRecord): Promise<void>;
  /** `drain` lets the writes that were asked for finish first, `drop` rejects those that have not begun. Repeating is safe. */
  abstract close(mode: 'drain' | 'drop'): Promise<void>;
}

export abstract class AuthStateStore {
  /** The stored credentials, or null when there are none. @throws AuthStateCorrupt (never null for it) · StorageFailed */
  abstract load(accountId: AccountId): Promise<Uint8Array | null>;
  /** Accounts with stored credentials, readable or not, in order of id, after the given one; at most `limit`. @throws StorageFailed */
  abstract linked(page: { readonly after: AccountId | null; readonly limit: number }): Promise<AccountId[]>;
  abstract open(lease: AccountLease): Promise<AuthStateWriter>;
}
