import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { AccountId } from '../domain/account-id.js';
import type { Connector, ErasureRecord } from '../domain/account.js';
import { AuthStateCorrupt } from '../domain/errors.js';
import type { Failure } from '../domain/failure.js';
import type { StoredLink } from '../domain/session/session-state.js';
import { AuthStateStore } from '../ports/auth-state.store.js';
import { Clock } from '../ports/clock.js';
import { ConfigRepository, type ConnectorUpdate } from '../ports/config.repository.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { AccountLogger } from './account-logger.js';

/** What is known of an account that has, or had, a link. */
export interface KnownAccount {
  /** Null: WhatsApp has ended the link, or its logout was never confirmed; there are no credentials. */
  readonly link: StoredLink | null;
  readonly linkedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  readonly failure: Failure | null;
  /** It must not reconnect by itself, or not before. */
  readonly parked: Connector['parked'];
}

const UNKNOWN: KnownAccount = {
  link: null,
  linkedAt: null,
  lastConnectedAt: null,
  failure: null,
  parked: null,
};

const PAGE = 200;

/** How many failures of accounts that were never linked are remembered; the oldest go first. */
const REMEMBERED_FAILURES = 1_000;

export const AUTH_STATE_FAILURE: Failure = {
  code: 'auth_state_corrupt',
  message: 'The stored credentials cannot be read; disconnect the account to clear them.',
  userAction: 'contact_operator',
};

const LOGOUT_UNCONFIRMED: Failure = {
  code: 'logout_unconfirmed',
  message: 'WhatsApp did not confirm the logout: remove the device on the phone, under Linked devices.',
  userAction: 'remove_on_phone',
};

/**
 * What is known of accounts beside their sessions, in memory and behind it in the saved config: the status answers from
 * here without touching the disk. It holds what the saved config holds and a bounded number of failures, so that asking
 * about unknown accounts costs nothing.
 */
@Injectable()
export class AccountRegistry {
  private readonly known = new Map<AccountId, KnownAccount>();
  private readonly failures = new Map<AccountId, Failure>();
  private readonly unconfirmed = new Set<AccountId>();
  /** Whose failure stands in the saved config, also when it is told no more. */
  private readonly recorded = new Set<AccountId>();
  private readonly changed = new Subject<AccountId>();
  /** Accounts of which something else may be told now. Not what was found at the start. */
  readonly changes = this.changed.asObservable();

  constructor(
    private readonly store: AuthStateStore,
    private readonly config: ConfigRepository,
    private readonly gateway: WhatsappGateway,
    private readonly clock: Clock,
  ) {}

  find(accountId: AccountId): KnownAccount | null {
    return this.known.get(accountId) ?? null;
  }

  /** Every account that there is something to say about, in no order. */
  accountIds(): Set<AccountId> {
    return new Set([...this.known.keys(), ...this.failures.keys(), ...this.unconfirmed]);
  }

  /** Credentials that WhatsApp accepted are stored. */
  isLinked(accountId: AccountId): boolean {
    return this.linkOf(accountId) !== null;
  }

  linkOf(accountId: AccountId): StoredLink | null {
    return this.known.get(accountId)?.link ?? null;
  }

  linkedIds(): AccountId[] {
    return [...this.known].filter(([, { link }]) => link !== null).map(([accountId]) => accountId);
  }

  /** Why the account is in `error`. */
  failure(accountId: AccountId): Failure | null {
    return this.known.get(accountId)?.failure ?? this.failures.get(accountId) ?? null;
  }

  /** Not an error: the account is gone here, but WhatsApp may not know. */
  logoutUnconfirmed(accountId: AccountId): Failure | null {
    return this.unconfirmed.has(accountId) ? LOGOUT_UNCONFIRMED : null;
  }

  /** WhatsApp accepted the device, and its credentials are stored; nothing is wrong with the account now. */
  markAccepted(accountId: AccountId, linkedAt: Date): void {
    this.failures.delete(accountId);
    this.unconfirmed.delete(accountId);
    this.recorded.delete(accountId);
    const lastConnectedAt = this.known.get(accountId)?.lastConnectedAt ?? null;
    this.known.set(accountId, { ...UNKNOWN, link: 'unconfirmed', linkedAt, lastConnectedAt });
    this.changed.next(accountId);
  }

  /** The connection is open: the credentials are good, and whatever was wrong is over. */
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
   * A logout is about to leave. From now on WhatsApp may know of the device or not, as before its first connection: should
   * this process die before the answer, a refused login is no unlink that anybody has to be told of.
   */
  async markLogoutSent(accountId: AccountId): Promise<void> {
    const known = this.known.get(accountId);
    if (known?.link !== 'confirmed') return;
    this.known.set(accountId, { ...known, link: 'unconfirmed' });
    await this.save(accountId, { confirmedAt: null });
  }

  /** @param parked it must not reconnect by itself, or not before; undefined leaves that as it is */
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

  /** A pairing begins; what came of the one before is no longer told. A logout that nobody confirmed still is. */
  forgetFailure(accountId: AccountId): void {
    const known = this.known.get(accountId);
    if (known?.failure) this.known.set(accountId, { ...known, failure: null });
    this.failures.delete(accountId);
    this.changed.next(accountId);
  }

  /** Somebody has read what went wrong and wants to hear no more of it. */
  async clear(accountId: AccountId): Promise<void> {
    this.forgetFailure(accountId);
    if (this.recorded.has(accountId)) await this.save(accountId, { lastError: null });
    if (!this.unconfirmed.delete(accountId)) return;
    this.changed.next(accountId);
    await this.config.forgetUnconfirmedLogout(accountId).catch((error: unknown) => {
      this.logSaveFailure(accountId, error);
    });
  }

  /** The auth state has been erased, and this is left. */
  markErased(accountId: AccountId, record: ErasureRecord | null): void {
    const before = this.known.get(accountId);
    this.known.delete(accountId);
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

  /** Reads the saved config once, at start. A damaged account is named and does not keep the others from being found. */
  async restore(): Promise<void> {
    const confirmed = new Set<AccountId>();
    for await (const page of pages((after) => this.config.list({ after, limit: PAGE }), byAccountId)) {
      for (const connector of page) {
        this.known.set(connector.accountId, knownFrom(connector));
        if (connector.lastError) this.recorded.add(connector.accountId);
        if (connector.confirmedAt) confirmed.add(connector.accountId);
      }
    }
    for await (const page of pages(
      (after) => this.store.linked({ after, limit: PAGE }),
      (id) => id,
    )) {
      for (const accountId of page) {
        await this.restoreLink(accountId, confirmed.has(accountId) ? 'confirmed' : 'unconfirmed');
      }
    }
    const unconfirmed = pages((after) => this.config.unconfirmedLogouts({ after, limit: PAGE }), byAccountId);
    for await (const page of unconfirmed) for (const { accountId } of page) this.unconfirmed.add(accountId);
  }

  /** The stored credentials cannot be read. They are kept as they are, never silently replaced by new ones. */
  markCorrupt(accountId: AccountId): void {
    const before = this.known.get(accountId) ?? UNKNOWN;
    this.known.set(accountId, { ...before, failure: AUTH_STATE_FAILURE });
    this.changed.next(accountId);
    new AccountLogger(accountId, undefined, 'WhatsappAccounts').error(
      'the stored credentials cannot be read and are kept as they are; restore a backup, or disconnect the account',
    );
  }

  /** The linked number, from the stored credentials; null when there are none. @throws AuthStateCorrupt · StorageFailed */
  async readPhone(accountId: AccountId): Promise<string | null> {
    const credentials = await this.store.load(accountId);
    return credentials && this.gateway.inspect(credentials).phone;
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
      await this.readPhone(accountId);
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      this.markCorrupt(accountId);
    }
  }

  private async save(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    if (update.lastError) this.recorded.add(accountId);
    try {
      await this.config.update(accountId, update);
      if (update.lastError === null) this.recorded.delete(accountId);
    } catch (error) {
      this.logSaveFailure(accountId, error);
    }
  }

  /** What is known here holds all the same until the next start. */
  private logSaveFailure(accountId: AccountId, error: unknown): void {
    new AccountLogger(accountId, undefined, 'WhatsappAccounts').warn(
      'a change of the saved config could not be stored; see to the disk of the data directory',
      { error: String(error) },
    );
  }
}

/** Whether there are credentials is the store's to say. */
function knownFrom({ linkedAt, lastConnectedAt, lastError, parked }: Connector): KnownAccount {
  return { link: null, linkedAt, lastConnectedAt, failure: lastError, parked };
}

function byAccountId({ accountId }: { readonly accountId: AccountId }): AccountId {
  return accountId;
}

async function* pages<T>(
  read: (after: AccountId | null) => Promise<T[]>,
  idOf: (item: T) => AccountId,
): AsyncGenerator<T[]> {
  for (let after: AccountId | null = null; ;) {
    const page = await read(after);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = idOf(last);
  }
}
