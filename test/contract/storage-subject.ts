import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { AccountLease } from '../../src/whatsapp/ports/account-leases.js';
import type { AuthStateStore, AuthStateWriter } from '../../src/whatsapp/ports/auth-state.store.js';
import type { ConfigRepository } from '../../src/whatsapp/ports/config.repository.js';

/** The two storage ports on one store, and the interventions that the tests need. */
export interface StorageSubject {
  readonly store: AuthStateStore;
  readonly config: ConfigRepository;
  /** Simulates a restart: afterwards `store` and `config` are new objects on the same data. */
  reopen(): Promise<void>;
  /** Flips a bit of the stored credentials. */
  damageCredentials(accountId: AccountId): Promise<void>;
  /** While `work` runs, a write of 1 MB does not fit into the store. */
  whileFull(work: () => Promise<void>): Promise<void>;
  dispose(): Promise<void>;
}

let epoch = 0;

/** Returns a lease as `AccountLeases` would give it. Each lease is newer than the ones before. */
export function holdOf(
  accountId: string,
  lost: AccountLease['lost'] = new AbortController().signal,
): AccountLease {
  return { accountId: accountId as AccountId, epoch: ++epoch, lost };
}

export function writerOf({ store }: StorageSubject, accountId: string): Promise<AuthStateWriter> {
  return store.open(holdOf(accountId));
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export const ids = (...texts: string[]): AccountId[] => texts as AccountId[];
export const id = (text: string): AccountId => text as AccountId;

/** Returns bytes in hex, so that values of different classes can be compared and a failed comparison is readable. */
export function hex(value: Uint8Array | null | undefined): string | null {
  return value ? Buffer.from(value).toString('hex') : null;
}

export function hexOf(values: ReadonlyMap<string, Uint8Array>): Record<string, string | null> {
  return Object.fromEntries(
    [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, hex(value)]),
  );
}

export const LINKED_AT = new Date('2026-01-02T03:04:05.678Z');

/** Returns the write that follows when WhatsApp accepts a device. */
export function accepted(text: string, phone = '491700000001') {
  return { credentials: bytes(text), connector: { phone, linkedAt: LINKED_AT }, powerSafe: true } as const;
}
