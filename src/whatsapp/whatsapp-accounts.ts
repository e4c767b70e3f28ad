import { Inject, Injectable } from '@nestjs/common';
import { Observable, Subject } from 'rxjs';
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
import { WHATSAPP_OPTIONS } from './whatsapp-options.js';
import type { WhatsappOptions } from './whatsapp-options.js';

/** An account of the list: its status, and what is known of its link. No secrets. */
export interface Account extends AccountStatus {
  /** When WhatsApp accepted the device; null when it never did. Kept while the connector is, also after an unlink. */
  readonly linkedAt: Date | null;
  readonly lastConnectedAt: Date | null;
  /** Why the account is in `error`, or why its connection is down just now. */
  readonly lastError: Failure | null;
}

export interface AccountQuery {
  readonly after: AccountId | null;
  readonly limit: number;
  readonly only?: ((accountId: AccountId) => boolean) | undefined;
}

export interface AccountPage {
  readonly accounts: readonly Account[];
  /** The last account of this page where there are more: `after` of the next one. */
  readonly next: AccountId | null;
}

/** How many accounts stand where. */
export interface AccountCounts {
  /** Credentials that WhatsApp has accepted are stored. */
  readonly linked: number;
  readonly connected: number;
  /** Linked, down, and being brought back. */
  readonly reconnecting: number;
  readonly pairing: number;
  /** Somebody has to act. */
  readonly failed: number;
}

/** What ended a session, to those around it. */
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

/** The accounts of this service, for code in the same process: how they are, and what happens to them. */
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
   * What happens to the accounts from now on, in order for each of them; completes at shutdown, behind the last event.
   * A subscriber is called within the step that it is told of: it must not throw and should not compute for long.
   */
  readonly events: Observable<AccountEvent> = this.eventSubject.asObservable();

  /** How an account is. Reads memory only, and creates nothing. */
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

  /** Why the account is in `error`, or what its owner should know although it is not. */
  failure(accountId: AccountId): Failure | null {
    const status = this.stateOf(accountId, this.pool.find(accountId));
    if (status === 'error') return this.errorOf(accountId, this.pool.find(accountId));
    return status === 'idle' ? this.registry.logoutUnconfirmed(accountId) : null;
  }

  /**
   * Every account that is or was linked, is pairing, or failed to, in order of id. Reads memory only.
   * @param after only accounts after this one
   * @param limit at most so many
   * @param only only accounts that it accepts. Default: all
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

  /** An account as the list has it. Reads memory only, and creates nothing. */
  account(accountId: AccountId): Account {
    const known = this.registry.find(accountId);
    const state = this.pool.find(accountId)?.state;
    const outage = state && 'outage' in state ? state.outage.reason : null;
    return {
      ...this.status(accountId),
      linkedAt: known?.linkedAt ?? null,
      lastConnectedAt: known?.lastConnectedAt ?? null,
      lastError: outage ?? this.failure(accountId),
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
    // Readers see the end of a session before the registry records its failure.
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
