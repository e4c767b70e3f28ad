import { Inject, Injectable } from '@nestjs/common';
import { map, merge, Observable, Subject } from 'rxjs';
import { AccountRegistry } from './accounts/account-registry.js';
import { logAccountEvent } from './accounts/account-event-log.js';
import { changeFor, type AccountEvent, type AccountChange } from './domain/account-event.js';
import type { AccountId } from './domain/account-id.js';
import type { AccountState, AccountStatus } from './domain/account.js';
import type { Failure } from './domain/failure.js';
import { isPairing, type Outcome } from './domain/session/session-state.js';
import { Clock } from './ports/clock.js';
import { SessionPool, type SessionChange } from './sessions/session-pool.js';
import type { Session } from './sessions/session.js';
import { WHATSAPP_OPTIONS, type WhatsappOptions } from './whatsapp-options.js';

/** An account of the list: its status and the dates of its link. It holds no secrets. */
export interface Account extends AccountStatus {
  /** When WhatsApp accepted the device; null: never. Kept as long as the connector, so also after an unlink. */
  readonly linkedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  /** Why the account is in `error`, or why its connection is down at the moment. */
  readonly lastError: Failure | null;
  /** Received messages that could not be decrypted, since the start of the service or the linking. */
  readonly unreadableMessages: number;
  /** Whether the latest five messages, or more, could not be decrypted; status updates and newsletters do not count. */
  readonly cannotReadMessages: boolean;
}

export interface AccountQuery {
  readonly after: AccountId | null;
  readonly limit: number;
  readonly only?: ((accountId: AccountId) => boolean) | undefined;
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  /** `after` for the next page; null: this page is the last one. */
  readonly next: AccountId | null;
}

/** The numbers of accounts by state. */
export interface AccountCounts {
  /** Accounts with stored credentials that WhatsApp accepted. */
  readonly linked: number;
  readonly connected: number;
  /** Linked accounts whose connection is down and that reconnect automatically. */
  readonly reconnecting: number;
  readonly pairing: number;
  /** Accounts in `error`: the user or the operator has to act. */
  readonly failed: number;
}

/** Returns the event of the end of a session. Null for a failed deletion: `disconnect` throws instead. */
function changeForOutcome(outcome: Outcome, unconfirmed: Failure | null): AccountChange | null {
  switch (outcome.kind) {
    case 'idle':
      return { type: 'stopped', reason: null };
    case 'failed':
      return { type: 'failed', reason: outcome.failure };
    case 'unlinked':
      return { type: 'unlinked', reason: outcome.failure };
    case 'disconnected':
      return { type: 'disconnected', reason: unconfirmed };
    case 'eraseFailed':
      return null;
  }
}

/** The status and the events of all accounts, for code in the same process. */
@Injectable()
export class WhatsappAccounts {
  private readonly eventSubject = new Subject<AccountEvent>();
  private sequence = 0;

  constructor(
    private readonly pool: SessionPool,
    private readonly registry: AccountRegistry,
    private readonly clock: Clock,
    @Inject(WHATSAPP_OPTIONS) private readonly options: WhatsappOptions,
  ) {
    pool.changes.subscribe({
      next: (change) => {
        this.publish(change);
      },
      complete: () => {
        this.eventSubject.complete();
      },
    });
  }

  /**
   * The events of all accounts from the time of subscription on, in order for each account. Completes at shutdown,
   * after the last event. Subscribers run synchronously within the state change and should return quickly. They must
   * not throw: RxJS throws their errors again in a timer, which ends the process unless the host sets RxJS'
   * `config.onUnhandledError`.
   */
  readonly events: Observable<AccountEvent> = this.eventSubject.asObservable();

  /** The ids of accounts whose answers may have changed, for readers that compare the answers. */
  readonly possibleChanges: Observable<AccountId> = merge(
    this.pool.changes.pipe(map(({ accountId }) => accountId)),
    this.registry.changes,
  );

  /** Returns the status of any account id. Reads memory only and creates nothing. */
  status(accountId: AccountId): AccountStatus {
    const session = this.pool.find(accountId);
    const open = session?.state.phase === 'open' ? session.state : null;
    return {
      accountId,
      status: this.stateOf(accountId, session),
      authExists: this.registry.isLinked(accountId),
      serviceConnected: open !== null,
      servicePhone: open?.phone ?? null,
    };
  }

  /** Returns why the account is in `error`. For an idle account it returns a logout that WhatsApp did not confirm. */
  failure(accountId: AccountId): Failure | null {
    const status = this.stateOf(accountId, this.pool.find(accountId));
    if (status === 'error') return this.errorOf(accountId, this.pool.find(accountId));
    return status === 'idle' ? this.registry.logoutUnconfirmed(accountId) : null;
  }

  /**
   * Returns the accounts that are or were linked, are pairing, or failed to pair, in order of id. Reads memory only.
   * @param after returns accounts after this id
   * @param limit the maximum number of accounts
   * @param only returns accounts for which it is true. Default: all
   */
  list({ after, limit, only = () => true }: AccountQuery): AccountPage {
    const ids = this.registry.accountIds();
    for (const { lease } of this.pool.all()) ids.add(lease.accountId);
    const following = [...ids].filter((id) => (after === null || id > after) && only(id)).sort();
    const accounts = following.slice(0, limit).map((accountId) => this.account(accountId));
    return { accounts, next: following.length > limit ? (accounts.at(-1)?.accountId ?? null) : null };
  }

  counts(): AccountCounts {
    const states = this.pool.all().map(({ state }) => state);
    const count = (test: (state: Session['state']) => boolean): number => states.filter(test).length;
    return {
      linked: this.registry.linkedIds().length,
      connected: count(({ phase }) => phase === 'open'),
      reconnecting: count(({ phase }) => phase === 'down' || phase === 'queued' || phase === 'restoring'),
      pairing: count(isPairing),
      failed: [...this.registry.accountIds()].filter((id) => this.status(id).status === 'error').length,
    };
  }

  /** The number of received messages of all accounts that could not be decrypted since the start. A counter. */
  get unreadableMessages(): number {
    return this.registry.messages.total;
  }

  /** Returns any account id as an item of the list. Reads memory only and creates nothing. */
  account(accountId: AccountId): Account {
    const known = this.registry.find(accountId);
    const state = this.pool.find(accountId)?.state;
    const outage = state && 'outage' in state ? state.outage.reason : null;
    return {
      ...this.status(accountId),
      linkedAt: known?.linkedAt ?? null,
      lastConnectedAt: known?.lastConnectedAt ?? null,
      lastError: outage ?? this.failure(accountId),
      unreadableMessages: this.registry.messages.unreadable(accountId),
      cannotReadMessages: this.registry.messages.readsNothing(accountId),
    };
  }

  private stateOf(accountId: AccountId, session: Session | undefined): AccountState {
    if (session?.state.phase === 'open') return 'connected';
    if (session && isPairing(session.state)) return 'pending';
    return this.errorOf(accountId, session) ? 'error' : 'idle';
  }

  private errorOf(accountId: AccountId, session: Session | undefined): Failure | null {
    const state = session?.state;
    if (state && 'outage' in state) return state.outage.isError ? state.outage.reason : null;
    // A session ends before the registry records its failure: status reads in between take the failure from the
    // session.
    if (state?.phase === 'ended' && 'failure' in state.outcome) return state.outcome.failure;
    return this.registry.failure(accountId);
  }

  private publish({ accountId, before, after, ended }: SessionChange): void {
    const change = ended
      ? changeForOutcome(ended, this.registry.logoutUnconfirmed(accountId))
      : changeFor(before, after);
    if (!change) return;
    this.sequence += 1;
    const event: AccountEvent = {
      ...change,
      accountId,
      sequence: this.sequence,
      at: this.clock.now(),
      status: this.status(accountId),
    };
    logAccountEvent(event, after.attempt, this.options.logPhoneNumbers ?? false);
    this.eventSubject.next(event);
  }
}
