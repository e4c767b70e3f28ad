import { Inject, Injectable, OnApplicationBootstrap, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Subject } from 'rxjs';
import { AccountRegistry } from '../accounts/account-registry.js';
import { AccountQueue } from './account-queue.js';
import type { AccountId } from '../domain/account-id.js';
import { DomainError, TooManySessions } from '../domain/errors.js';
import type { PairingRequest } from '../domain/pairing.js';
import type { Link, Outcome, SessionEvent, SessionState } from '../domain/session/session-state.js';
import { DEFAULT_TIMINGS, SessionTimings } from '../domain/session/session-timings.js';
import { AccountLeases } from '../ports/account-leases.js';
import { AuthStateStore } from '../ports/auth-state.store.js';
import { Clock } from '../ports/clock.js';
import { PairingSlots } from '../ports/pairing-slots.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { LoginThrottle } from './login-throttle.js';
import { Session } from './session.js';
import { WebVersions } from './web-versions.js';
import { WHATSAPP_OPTIONS } from '../whatsapp-options.js';
import type { WhatsappOptions } from '../whatsapp-options.js';

/** A step of a session. After its last one `ended` tells the outcome, when nothing of the session is left. */
export interface SessionChange {
  readonly accountId: AccountId;
  readonly before: SessionState;
  readonly after: SessionState;
  readonly ended: Outcome | null;
}

/** The sessions of this process: at most one per account, and none without the account's hold. */
@Injectable()
export class SessionPool implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly sessions = new Map<AccountId, Session>();
  private readonly changed = new Subject<SessionChange>();
  private stopping = false;
  readonly timings: SessionTimings;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    private readonly ownership: AccountLeases,
    private readonly store: AuthStateStore,
    private readonly slots: PairingSlots,
    private readonly clock: Clock,
    private readonly gateway: WhatsappGateway,
    private readonly registry: AccountRegistry,
    private readonly loginThrottle: LoginThrottle,
    private readonly webVersions: WebVersions,
    private readonly calls: AccountQueue,
  ) {
    this.timings = { ...DEFAULT_TIMINGS, ...options.timings };
  }

  /** Every step of every session, in order. Completes at shutdown. */
  readonly changes = this.changed.asObservable();

  async onModuleInit(): Promise<void> {
    await this.registry.restore();
  }

  /** Brings linked accounts back, in the background: requests are answered meanwhile. */
  onApplicationBootstrap(): void {
    this.ownership.adopt(this.registry.linkedIds(), (accountId) => {
      this.restore(accountId);
    });
    this.webVersions.newer.subscribe(() => {
      for (const accountId of this.registry.linkedIds()) {
        if (this.registry.failure(accountId)?.code === 'client_outdated') this.restore(accountId);
      }
    });
  }

  /** Ends every session without logging out, in parallel; what they still hold is stored. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    // Again, because a call that was under way may have been about to start one; from now on none can.
    while (this.sessions.size > 0) {
      await Promise.all(
        [...this.sessions.values()].map(async (session) => {
          await session.send({ type: 'shutdown' });
          await session.over;
        }),
      );
    }
    await this.ownership.stop();
    this.changed.complete();
  }

  /** @throws DomainError `shutting_down` */
  assertAccepting(): void {
    if (this.stopping) throw new DomainError('shutting_down', 'The service is shutting down.');
  }

  find(accountId: AccountId): Session | undefined {
    return this.sessions.get(accountId);
  }

  all(): readonly Session[] {
    return [...this.sessions.values()];
  }

  /** Renewing never fails. @throws TooManySessions */
  async takeSlot(accountId: AccountId): Promise<void> {
    const answer = await this.slots.take(
      { accountId },
      this.clock.monotonicMs() + this.timings.sessionLimitMs,
    );
    if (!answer.taken) throw new TooManySessions(answer.retryAfterMs);
  }

  async freeSlot(accountId: AccountId): Promise<void> {
    await this.slots.free({ accountId });
  }

  /** Starts a pairing session in a place that was taken before; resolves when its first socket exists or could not be made. */
  async pair(accountId: AccountId, link: Link, request: PairingRequest): Promise<Session> {
    return this.start(accountId, { type: 'pair', link, request }, () => {
      this.registry.forgetFailure(accountId);
    });
  }

  /** Brings a linked account back that has no session, after the calls for it that are under way; parked ones stay down. */
  restore(accountId: AccountId): void {
    const restored = this.calls.runAlways(accountId, async () => {
      const known = this.registry.find(accountId);
      if (this.stopping || this.sessions.has(accountId) || !known?.link) return;
      const { link, failure, parked } = known;
      const until = parked?.until?.getTime();
      if (failure?.code === 'auth_state_corrupt' || (parked && until === undefined)) return;
      const waitMs = until === undefined ? null : Math.max(0, until - this.clock.now().getTime());
      await this.start(accountId, { type: 'restore', link, reason: failure, waitMs });
    });
    // Only a shutdown that has just begun can keep it from starting.
    restored.catch(() => undefined);
  }

  /** A session that does nothing but log out and delete. */
  async unlink(accountId: AccountId): Promise<Outcome> {
    return (await this.start(accountId, { type: 'disconnect' })).over;
  }

  /** Deletes what is stored for an account that has no session and cannot log in. @throws StorageFailed */
  async erase(accountId: AccountId): Promise<void> {
    const lease = await this.ownership.acquire(accountId);
    const at = this.clock.now();
    // Credentials that cannot be read: the device is still on the phone, and nobody can log it out but the person.
    const record = this.registry.isLinked(accountId) ? ({ kind: 'logoutUnconfirmed', at } as const) : null;
    try {
      const writer = await this.store.open(lease);
      try {
        await writer.erase(record ?? undefined);
      } finally {
        await writer.close('drop');
      }
      this.registry.markErased(accountId, record);
    } finally {
      await this.ownership.release(lease);
    }
  }

  private async start(accountId: AccountId, first: SessionEvent, before?: () => void): Promise<Session> {
    const lease = await this.ownership.acquire(accountId);
    if (this.stopping) {
      await this.ownership.release(lease);
      this.assertAccepting();
    }
    const { gateway, store, slots, clock, registry, timings, loginThrottle, webVersions } = this;
    const session = new Session(
      {
        lease,
        clock,
        timings,
        onChange: (changed, previous) => {
          this.changed.next({ accountId, before: previous, after: changed.state, ended: null });
        },
        onEnded: (ended, outcome) => this.ended(ended, outcome),
      },
      { gateway, store, slots, clock, registry, loginThrottle, webVersions },
    );
    lease.lost.addEventListener('abort', () => void session.send({ type: 'leaseLost' }), { once: true });
    this.sessions.set(accountId, session);
    before?.();
    await session.send(first);
    return session;
  }

  private async ended(session: Session, outcome: Outcome): Promise<void> {
    const { lease, state } = session;
    const { accountId } = lease;
    this.sessions.delete(accountId);
    if (outcome.kind === 'failed') {
      await this.registry.markFailed(
        accountId,
        outcome.failure,
        outcome.parked ? { until: null } : undefined,
      );
    }
    // Its credentials could not be deleted either; they are of no use, and the next login says so again.
    if (outcome.kind === 'unlinked' && this.registry.isLinked(accountId)) {
      await this.registry.markFailed(accountId, outcome.failure);
    }
    await this.ownership.release(lease);
    this.changed.next({ accountId, before: state, after: state, ended: outcome });
  }
}
