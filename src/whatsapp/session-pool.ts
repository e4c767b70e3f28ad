import { Inject, Injectable, Logger, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Subject } from 'rxjs';
import { AccountDirectory } from './account-directory.js';
import type { AccountId } from './domain/account-id.js';
import { DomainError, TooManySessions } from './domain/errors.js';
import type { Link, Outcome } from './domain/session-state.js';
import { DEFAULT_TIMINGS, SessionTimings } from './domain/session-timings.js';
import { AccountOwnership } from './ports/account-ownership.js';
import { AuthStateStore } from './ports/auth-state.store.js';
import { Clock } from './ports/clock.js';
import { ConfigRepository } from './ports/config.repository.js';
import { PairingSlots } from './ports/pairing-slots.js';
import { WhatsappGateway } from './ports/whatsapp.gateway.js';
import { SessionEffects } from './session-effects.js';
import { Session } from './session.js';
import { WHATSAPP_OPTIONS } from './whatsapp-options.js';
import type { WhatsappOptions } from './whatsapp-options.js';
import { WebVersions } from './web-versions.js';

/** The sessions of this process: at most one per account, and none without the account's hold. */
@Injectable()
export class SessionPool implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('WhatsappSession');
  private readonly sessions = new Map<AccountId, Session>();
  private readonly changed = new Subject<AccountId>();
  private stopping = false;
  private readonly timings: SessionTimings;

  constructor(
    @Inject(WHATSAPP_OPTIONS) options: WhatsappOptions,
    private readonly ownership: AccountOwnership,
    private readonly store: AuthStateStore,
    private readonly config: ConfigRepository,
    private readonly slots: PairingSlots,
    private readonly clock: Clock,
    private readonly gateway: WhatsappGateway,
    private readonly directory: AccountDirectory,
    private readonly webVersions: WebVersions,
  ) {
    this.timings = { ...DEFAULT_TIMINGS, ...options.timings };
  }

  /** An account of which something that a reader can see has changed. Completes at shutdown. */
  readonly changes = this.changed.asObservable();

  async onModuleInit(): Promise<void> {
    await this.directory.restore();
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
  async pair(accountId: AccountId, link: Link): Promise<Session> {
    const session = await this.create(accountId);
    this.directory.clearFailure(accountId);
    await session.send({ type: 'pair', link });
    return session;
  }

  /** A session that does nothing but log out and delete. */
  async unlink(accountId: AccountId): Promise<Outcome> {
    const session = await this.create(accountId);
    await session.send({ type: 'disconnect' });
    return session.over;
  }

  /** Deletes what is stored for an account that has no session. @throws StorageFailed */
  async erase(accountId: AccountId): Promise<void> {
    const hold = await this.ownership.acquire(accountId);
    try {
      const writer = await this.store.open(hold);
      try {
        await writer.erase();
      } finally {
        await writer.close('drop');
      }
      this.directory.unlink(accountId);
    } finally {
      await this.ownership.release(hold);
    }
  }

  private async create(accountId: AccountId): Promise<Session> {
    const hold = await this.ownership.acquire(accountId);
    if (this.stopping) {
      await this.ownership.release(hold);
      this.assertAccepting();
    }
    const { gateway, store, config, slots, clock, directory, webVersions, timings } = this;
    const session = new Session({
      hold,
      clock,
      timings,
      effects: new SessionEffects({ gateway, store, config, slots, clock, directory, webVersions }),
      onChange: (changed) => {
        this.note(changed);
      },
      onEnded: (ended, outcome) => this.ended(ended, outcome),
    });
    hold.lost.addEventListener('abort', () => void session.send({ type: 'ownershipLost' }), { once: true });
    this.sessions.set(accountId, session);
    return session;
  }

  private note(session: Session): void {
    const { accountId } = session.hold;
    const { phase, attempt } = session.state;
    const milestone = phase === 'accepted' || phase === 'open';
    this.logger[milestone ? 'log' : 'debug'](`${accountId}: ${phase}, attempt ${attempt}`);
    this.changed.next(accountId);
  }

  private async ended(session: Session, outcome: Outcome): Promise<void> {
    const { hold } = session;
    this.sessions.delete(hold.accountId);
    if (outcome.kind === 'disconnected' && outcome.unreached) {
      this.logger.warn(`${hold.accountId}: the logout could not be sent, remove the device on the phone`);
    }
    if (outcome.kind === 'failed') {
      const { failure, parked } = outcome;
      this.logger.warn(`${hold.accountId}: ${failure.code}: ${failure.message} (${failure.userAction})`);
      this.directory.fail(hold.accountId, failure);
      await this.config
        .update(hold.accountId, { lastError: failure, ...(parked ? { parked: { until: null } } : {}) })
        .catch((error: unknown) => {
          this.logger.warn(`${hold.accountId}: the failure could not be recorded: ${String(error)}`);
        });
    }
    await this.ownership.release(hold);
  }
}
