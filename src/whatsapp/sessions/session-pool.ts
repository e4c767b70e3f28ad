import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Subject } from 'rxjs';
import { AccountLogger } from '../accounts/account-logger.js';
import { AccountRegistry } from '../accounts/account-registry.js';
import type { AccountId } from '../domain/account-id.js';
import { CoreError, StorageFailed } from '../domain/errors.js';
import type { PairingRequest } from '../domain/pairing.js';
import type { Link, Outcome, SessionEvent, SessionState } from '../domain/session/session-state.js';
import { DEFAULT_TIMINGS, type SessionTimings } from '../domain/session/session-timings.js';
import { AccountLeases } from '../ports/account-leases.js';
import { Clock } from '../ports/clock.js';
import { WHATSAPP_OPTIONS, type WhatsappOptions } from '../whatsapp-options.js';
import { EffectServices } from './session-effects.js';
import { Session, type SessionContext } from './session.js';

/** A change of the state or the step of a session. */
export interface SessionChange {
  readonly accountId: AccountId;
  readonly before: SessionState;
  readonly after: SessionState;
  /** The outcome, in one change after the session has released everything that it held. Otherwise null. */
  readonly ended: Outcome | null;
}

/** The sessions of this process: at most one per account, and none without the account's lease. */
@Injectable()
export class SessionPool implements OnModuleDestroy {
  private readonly sessions = new Map<AccountId, Session>();
  private readonly changed = new Subject<SessionChange>();
  private stopping = false;
  readonly timings: SessionTimings;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    private readonly leases: AccountLeases,
    private readonly clock: Clock,
    private readonly registry: AccountRegistry,
    private readonly services: EffectServices,
  ) {
    this.timings = { ...DEFAULT_TIMINGS, ...options.timings };
  }

  /** Every change of every session, in order. Completes at shutdown. */
  readonly changes = this.changed.asObservable();

  /** Ends every session in parallel, without a logout. Pending writes are stored. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    // A call that was in progress may still start a session once; the loop ends that one too.
    while (this.sessions.size > 0) {
      await Promise.all(
        [...this.sessions.values()].map(async (session) => {
          await session.send({ type: 'shutdown' });
          await session.over;
        }),
      );
    }
    await this.leases.stop();
    this.changed.complete();
  }

  /** @throws DomainError `shutting_down` */
  assertAccepting(): void {
    if (this.stopping) throw new CoreError('shutting_down', 'The service is shutting down.');
  }

  find(accountId: AccountId): Session | undefined {
    return this.sessions.get(accountId);
  }

  all(): readonly Session[] {
    return [...this.sessions.values()];
  }

  /**
   * Starts a pairing session; the caller holds its slot. Resolves when its first socket exists or could not be created.
   */
  async pair(accountId: AccountId, link: Link, request: PairingRequest): Promise<Session> {
    return this.start(accountId, { type: 'pair', link, request }, () => {
      this.registry.forgetFailure(accountId);
    });
  }

  /**
   * Reconnects a linked account that has no session. An account that is parked without an end stays down. Never rejects:
   * a failure is logged.
   */
  async restore(accountId: AccountId): Promise<void> {
    const current = this.find(accountId);
    if (current?.state.phase === 'ended') await current.over;
    const known = this.registry.find(accountId);
    if (this.stopping || this.sessions.has(accountId) || !known?.link) return;
    const { link, failure, parked } = known;
    const until = parked?.until?.getTime();
    if (failure?.code === 'auth_state_corrupt' || (parked && until === undefined)) return;
    const waitMs = until === undefined ? null : Math.max(0, until - this.clock.now().getTime());
    try {
      await this.start(accountId, { type: 'restore', link, reason: failure, waitMs });
    } catch (error) {
      if (error instanceof CoreError && error.code === 'shutting_down') return;
      new AccountLogger(accountId, undefined, 'WhatsappAccounts').error(
        'reconnect could not start; pair the account again or restart the service',
        { error: String(error) },
      );
    }
  }

  /** Ends a pairing session and clears the error of the account. A link and stored credentials stay. */
  async stop(accountId: AccountId): Promise<void> {
    const session = this.find(accountId);
    await session?.send({ type: 'stop' });
    if (session?.state.phase === 'ended') await session.over;
    await this.registry.clear(accountId);
  }

  /** Logs out at WhatsApp and deletes the stored data of the account. @throws StorageFailed */
  async disconnect(accountId: AccountId): Promise<void> {
    const session = this.find(accountId);
    await session?.send({ type: 'disconnect' });
    let outcome = await session?.over;
    if (outcome?.kind !== 'disconnected' && this.canLogIn(accountId)) outcome = await this.unlink(accountId);
    if (outcome?.kind === 'eraseFailed') throw new StorageFailed();
    if (outcome?.kind !== 'disconnected') await this.erase(accountId);
    this.registry.forgetFailure(accountId);
  }

  private canLogIn(accountId: AccountId): boolean {
    return (
      this.registry.isLinked(accountId) && this.registry.failure(accountId)?.code !== 'auth_state_corrupt'
    );
  }

  /** Starts a session that only logs out and deletes. */
  private async unlink(accountId: AccountId): Promise<Outcome> {
    return (await this.start(accountId, { type: 'disconnect' })).over;
  }

  /** Deletes the stored data of an account that has no session and cannot log in. @throws StorageFailed */
  private async erase(accountId: AccountId): Promise<void> {
    const lease = await this.leases.acquire(accountId);
    try {
      // With unreadable credentials no logout is possible: the phone still shows the device, and only the user can
      // remove it.
      const isLinked = this.registry.isLinked(accountId);
      await this.registry.erase(lease, isLinked ? { kind: 'logoutUnconfirmed' } : null);
    } finally {
      await this.leases.release(lease);
    }
  }

  private async start(accountId: AccountId, first: SessionEvent, before?: () => void): Promise<Session> {
    const lease = await this.leases.acquire(accountId);
    if (this.stopping) {
      await this.leases.release(lease);
      this.assertAccepting();
    }
    const context: SessionContext = {
      lease,
      clock: this.clock,
      timings: this.timings,
      onChange: (changed, previous) => {
        this.changed.next({ accountId, before: previous, after: changed.state, ended: null });
      },
      onEnded: (ended, outcome) => this.ended(ended, outcome),
    };
    const session = new Session(context, this.services);
    lease.lost.addEventListener('abort', () => void session.send({ type: 'leaseLost' }), { once: true });
    this.sessions.set(accountId, session);
    before?.();
    const started = session.send(first);
    // The lease can be lost before the listener exists.
    if (lease.lost.aborted) void session.send({ type: 'leaseLost' });
    await started;
    return session;
  }

  /** The session stays in the pool until its lease is released, so that no other session starts before that. */
  private async ended(session: Session, outcome: Outcome): Promise<void> {
    const { lease, state } = session;
    const { accountId } = lease;
    try {
      await this.recordFailure(accountId, outcome).finally(() => this.leases.release(lease));
    } finally {
      this.sessions.delete(accountId);
      this.changed.next({ accountId, before: state, after: state, ended: outcome });
    }
  }

  private async recordFailure(accountId: AccountId, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'failed') {
      await this.registry.markFailed(
        accountId,
        outcome.failure,
        outcome.parked ? { until: null } : undefined,
      );
    }
    // The deletion of the credentials failed. WhatsApp refuses the next login with them, which repeats the deletion.
    if (outcome.kind === 'unlinked' && this.registry.isLinked(accountId)) {
      await this.registry.markFailed(accountId, outcome.failure);
    }
  }
}
