import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { Connector, ErasureRecord, Undated } from '../domain/account.js';
import type { AccountId } from '../domain/account-id.js';
import { AuthStateCorrupt } from '../domain/errors.js';
import { FAILURES } from '../domain/session/disconnect-policy.js';
import type { Failure } from '../domain/failure.js';
import type { StoredLink } from '../domain/session/session-state.js';
import type { AccountLease } from '../ports/account-leases.js';
import type { AuthStateWriter } from '../ports/auth-state.store.js';
import { Clock } from '../ports/clock.js';
import type { ConnectorUpdate } from '../ports/config.repository.js';
import type { AcceptedDevice, ReceivedMessage } from '../ports/whatsapp.gateway.js';
import { AccountLogger } from './account-logger.js';
import { AccountStorage } from './account-storage.js';
import { MessageCounts } from './message-counts.js';
import { knownFrom, UNKNOWN, type KnownAccount } from './known-account.js';

/** The number of remembered failures of accounts that were never linked; the oldest are dropped first. */
const REMEMBERED_FAILURES = 1_000;

/**
 * In-memory state of the accounts, persisted through `AccountStorage`. Reads never touch the disk. It holds the
 * accounts of the saved config and a limited number of failures, so a read of an unknown account uses no memory.
 */
@Injectable()
export class AccountRegistry {
  private readonly known = new Map<AccountId, KnownAccount>();
  private readonly failures = new Map<AccountId, Failure>();
  private readonly unconfirmed = new Set<AccountId>();
  /** Accounts with a failure in the saved config, also when it is cleared in memory. */
  private readonly recorded = new Set<AccountId>();
  private readonly changed = new Subject<AccountId>();
  /** The messages that the accounts could not read. */
  readonly messages = new MessageCounts();
  /** Emits an account whenever the answers about it may have changed, except for `restore`. */
  readonly changes = this.changed.asObservable();

  constructor(
    private readonly storage: AccountStorage,
    private readonly clock: Clock,
  ) {}

  find(accountId: AccountId): KnownAccount | null {
    return this.known.get(accountId) ?? null;
  }

  /** Returns every account with stored or remembered state, in no order. */
  accountIds(): Set<AccountId> {
    return new Set([...this.known.keys(), ...this.failures.keys(), ...this.unconfirmed]);
  }

  /** Whether credentials that WhatsApp accepted are stored. */
  isLinked(accountId: AccountId): boolean {
    return this.linkOf(accountId) !== null;
  }

  linkOf(accountId: AccountId): StoredLink | null {
    return this.known.get(accountId)?.link ?? null;
  }

  linkedIds(): AccountId[] {
    return [...this.known].filter(([, { link }]) => link !== null).map(([accountId]) => accountId);
  }

  /** Returns why the account is in `error`. */
  failure(accountId: AccountId): Failure | null {
    return this.known.get(accountId)?.failure ?? this.failures.get(accountId) ?? null;
  }

  /**
   * Returns the failure of a logout that WhatsApp did not confirm. The stored data is deleted, so the account is not in
   * `error`.
   */
  logoutUnconfirmed(accountId: AccountId): Failure | null {
    return this.unconfirmed.has(accountId) ? FAILURES.logout_unconfirmed : null;
  }

  /** Stores a device that WhatsApp accepted, in one transaction. @throws StorageFailed · AttemptOver */
  async accept(
    accountId: AccountId,
    writer: AuthStateWriter,
    { phone, credentials, keys }: AcceptedDevice,
  ): Promise<void> {
    const linkedAt = this.clock.now();
    await writer.write({ credentials, keys, connector: { phone, linkedAt }, powerSafe: true });
    this.markAccepted(accountId, linkedAt);
  }

  countMessage(accountId: AccountId, message: ReceivedMessage): void {
    if (this.messages.count(accountId, message)) this.changed.next(accountId);
  }

  /** Records that an accepted device is stored, and clears earlier failures of the account. */
  markAccepted(accountId: AccountId, linkedAt: Date): void {
    this.failures.delete(accountId);
    this.unconfirmed.delete(accountId);
    this.recorded.delete(accountId);
    this.messages.forget(accountId);
    const lastConnectedAt = this.known.get(accountId)?.lastConnectedAt ?? null;
    this.known.set(accountId, { ...UNKNOWN, link: 'unconfirmed', linkedAt, lastConnectedAt });
    this.changed.next(accountId);
  }

  /** Records that the connection is open: the credentials are confirmed, and earlier failures are cleared. */
  async markConnected(accountId: AccountId): Promise<void> {
    const now = this.clock.now();
    const before = this.known.get(accountId);
    this.failures.delete(accountId);
    this.known.set(accountId, {
      link: 'confirmed',
      linkedAt: before?.linkedAt ?? now,
      lastConnectedAt: now,
      failure: null,
      parked: null,
    });
    this.changed.next(accountId);
    const confirmedAt = before?.link === 'confirmed' ? {} : { confirmedAt: now };
    await this.save(accountId, { ...confirmedAt, lastConnectedAt: now, lastError: null, parked: null });
  }

  /**
   * Records that a logout is about to be sent. The credentials become unconfirmed, as before their first login, because
   * WhatsApp may remove the device at any time. If the process ends before the answer, WhatsApp refuses the next login.
   * That refusal must not be reported as an unlink by the user.
   */
  async markLogoutSent(accountId: AccountId): Promise<void> {
    const known = this.known.get(accountId);
    if (known?.link !== 'confirmed') return;
    this.known.set(accountId, { ...known, link: 'unconfirmed' });
    await this.save(accountId, { confirmedAt: null });
  }

  /** @param parked whether and until when the account must not reconnect automatically; undefined: unchanged */
  async markFailed(accountId: AccountId, failure: Failure, parked?: Connector['parked']): Promise<void> {
    const known = this.known.get(accountId);
    this.failures.delete(accountId);
    if (!known) {
      this.failures.set(accountId, failure);
      this.changed.next(accountId);
      if (this.failures.size > REMEMBERED_FAILURES) this.forgetOldestFailure();
      return;
    }
    this.known.set(accountId, { ...known, failure, parked: parked === undefined ? known.parked : parked });
    this.changed.next(accountId);
    await this.save(accountId, { lastError: failure, ...(parked === undefined ? {} : { parked }) });
  }

  /** Clears the failure of the account when a new pairing begins. An unconfirmed logout stays. */
  forgetFailure(accountId: AccountId): void {
    const known = this.known.get(accountId);
    if (known?.failure) this.known.set(accountId, { ...known, failure: null });
    this.failures.delete(accountId);
    this.changed.next(accountId);
  }

  /** Clears the failure that a client dismissed, also an unconfirmed logout. */
  async clear(accountId: AccountId): Promise<void> {
    this.forgetFailure(accountId);
    if (this.recorded.has(accountId)) await this.save(accountId, { lastError: null });
    if (!this.unconfirmed.delete(accountId)) return;
    this.changed.next(accountId);
    await this.storage.forgetUnconfirmedLogout(accountId);
  }

  /**
   * Deletes all data of the account except the record, which gets the current time.
   * @throws StorageFailed · AttemptOver
   */
  async erase(lease: AccountLease, undated: Undated<ErasureRecord> | null): Promise<void> {
    const record = undated && { ...undated, at: this.clock.now() };
    await this.storage.erase(lease, record);
    this.markErased(lease.accountId, record);
  }

  /** Records that the auth state is erased and that only the record is left. */
  markErased(accountId: AccountId, record: ErasureRecord | null): void {
    const before = this.known.get(accountId);
    this.known.delete(accountId);
    this.messages.forget(accountId);
    this.failures.delete(accountId);
    this.unconfirmed.delete(accountId);
    this.recorded.delete(accountId);
    if (record?.kind === 'logoutUnconfirmed') this.unconfirmed.add(accountId);
    if (record?.kind === 'unlinked') {
      this.recorded.add(accountId);
      this.known.set(accountId, {
        ...UNKNOWN,
        linkedAt: before?.linkedAt ?? null,
        lastConnectedAt: before?.lastConnectedAt ?? null,
        failure: record.failure,
      });
    }
    this.changed.next(accountId);
  }

  /**
   * Reads the saved config once, at the start. A damaged account is marked as corrupt and does not prevent the others.
   */
  async restore(): Promise<void> {
    const confirmed = new Set<AccountId>();
    for await (const connector of this.storage.connectors()) {
      this.known.set(connector.accountId, knownFrom(connector));
      if (connector.lastError) this.recorded.add(connector.accountId);
      if (connector.confirmedAt) confirmed.add(connector.accountId);
    }
    for await (const accountId of this.storage.linkedIds()) {
      await this.restoreLink(accountId, confirmed.has(accountId) ? 'confirmed' : 'unconfirmed');
    }
    for await (const accountId of this.storage.unconfirmedLogouts()) this.unconfirmed.add(accountId);
  }

  /** Records that the stored credentials cannot be read. They are kept unchanged and never silently replaced. */
  markCorrupt(accountId: AccountId): void {
    const before = this.known.get(accountId) ?? UNKNOWN;
    this.known.set(accountId, { ...before, failure: FAILURES.auth_state_corrupt });
    this.changed.next(accountId);
    new AccountLogger(accountId, undefined, 'WhatsappAccounts').error(
      'stored credentials cannot be read and are kept unchanged; restore a backup or disconnect the account',
    );
  }

  /** Returns the stored credentials; null when there are none. @throws AuthStateCorrupt · StorageFailed */
  credentials(accountId: AccountId): Promise<Uint8Array | null> {
    return this.storage.credentials(accountId);
  }

  /** Opens a writer for one attempt under the lease. @throws StorageFailed */
  openWriter(lease: AccountLease): Promise<AuthStateWriter> {
    return this.storage.openWriter(lease);
  }

  private forgetOldestFailure(): void {
    const [oldest] = this.failures.keys();
    if (oldest === undefined) return;
    this.failures.delete(oldest);
    this.changed.next(oldest);
  }

  private async restoreLink(accountId: AccountId, link: StoredLink): Promise<void> {
    this.known.set(accountId, { ...(this.known.get(accountId) ?? UNKNOWN), link });
    try {
      await this.storage.phone(accountId);
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      this.markCorrupt(accountId);
    }
  }

  private async save(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    if (update.lastError) this.recorded.add(accountId);
    const isStored = await this.storage.update(accountId, update);
    if (isStored && update.lastError === null) this.recorded.delete(accountId);
  }
}
