import { Injectable } from '@nestjs/common';
import { AccountRegistry } from '../accounts/account-registry.js';
import { AccountStorage } from '../accounts/account-storage.js';
import type { AccountId } from '../domain/account-id.js';
import { AuthStateCorrupt, CoreError, StorageFailed, TooManySessions } from '../domain/errors.js';
import type { PairingRequest } from '../domain/pairing.js';
import { samePhone } from '../domain/phone-number.js';
import { isPairing, type In } from '../domain/session/session-state.js';
import { Clock } from '../ports/clock.js';
import { PairingSlots } from '../ports/pairing-slots.js';
import { SessionPool } from './session-pool.js';
import type { Session } from './session.js';

/**
 * Starts pairing sessions: takes a slot, checks the preconditions, and replaces the previous session of the account.
 */
@Injectable()
export class PairingStarter {
  constructor(
    private readonly pool: SessionPool,
    private readonly registry: AccountRegistry,
    private readonly storage: AccountStorage,
    private readonly slots: PairingSlots,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a pairing session in a free slot, or replaces the one that is pairing. Call it within the account's queue.
   * @returns the session, or null when the account is connected
   * @throws TooManySessions · AuthStateCorrupt · StorageFailed · DomainError `session_start_failed`, `shutting_down`,
   * `other_number_linked`
   */
  async start(accountId: AccountId, request: PairingRequest): Promise<Session | null> {
    const current = this.pool.find(accountId);
    if (current?.state.phase === 'open') {
      assertExpected(request, current.state.phone);
      return null;
    }
    if (!current || !isPairing(current.state)) await this.takeSlot(accountId);
    try {
      await this.assertPossible(accountId, request, current);
      const open = current && (await this.replace(current));
      if (open) {
        assertExpected(request, open.phone);
        await this.slots.free({ accountId });
        return null;
      }
      // The replaced session may have been accepted in the meantime, by a phone with another number.
      if (current && request.expected !== null) await this.assertNumber(accountId, request);
      // Renews the slot, whose time began with this call or with the replaced session.
      await this.takeSlot(accountId);
      const link = this.registry.linkOf(accountId) ?? 'new';
      const session = await this.pool.pair(accountId, link, request);
      this.assertStarted(session);
      return session;
    } catch (error) {
      const session = this.pool.find(accountId);
      if (!session || !isPairing(session.state)) await this.slots.free({ accountId });
      // The replaced session may have ended already. The link is restored, so that it does not stay down after a failed
      // call.
      await this.pool.restore(accountId);
      throw error;
    }
  }

  /** Reads and writes the store once, so that a broken store fails the call now and not after the scan. */
  private async assertPossible(
    accountId: AccountId,
    request: PairingRequest,
    current: Session | undefined,
  ): Promise<void> {
    await this.assertNumber(accountId, request, current);
    await this.storage.savePairingStart(this.clock.now());
  }

  /** @throws DomainError `other_number_linked` */
  private async assertNumber(
    accountId: AccountId,
    request: PairingRequest,
    current?: Session,
  ): Promise<void> {
    if (!this.registry.isLinked(accountId)) return;
    const phone = await this.readPhone(accountId, current);
    if (phone !== null) assertExpected(request, phone);
  }

  /**
   * Returns the linked number. Unreadable credentials end the current session, because it can never log in with them.
   */
  private async readPhone(accountId: AccountId, current: Session | undefined): Promise<string | null> {
    try {
      return await this.storage.phone(accountId);
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      if (current) await this.replace(current);
      this.registry.markCorrupt(accountId);
      throw error;
    }
  }

  /**
   * Ends a session. Resolves with null when it has ended, or with its state when it became `open` before it could end.
   */
  private async replace(session: Session): Promise<In<'open'> | null> {
    await session.send({ type: 'replace' });
    if (session.state.phase === 'open') return session.state;
    await session.over;
    return null;
  }

  /** Takes a pairing slot, or renews the one that the account has, which never fails. @throws TooManySessions */
  private async takeSlot(accountId: AccountId): Promise<void> {
    const expiresAtMs = this.clock.monotonicMs() + this.pool.timings.sessionLimitMs;
    const answer = await this.slots.take({ accountId }, expiresAtMs);
    if (!answer.taken) throw new TooManySessions(answer.retryAfterMs);
  }

  private assertStarted({ state }: Session): void {
    const failed = state.phase === 'ended' && state.outcome.kind === 'failed' ? state.outcome.failure : null;
    const { code } = failed ?? (state.phase === 'down' ? state.outage.reason : null) ?? {};
    if (code === 'auth_state_corrupt') throw new AuthStateCorrupt();
    if (code === 'storage_failed') throw new StorageFailed();
    if (code === 'session_start_failed') {
      throw new CoreError(
        'session_start_failed',
        'The pairing session could not be started. Try again later.',
      );
    }
  }
}

/** @throws DomainError `other_number_linked` */
function assertExpected({ expected }: PairingRequest, linked: string): void {
  if (expected === null || samePhone(expected, linked)) return;
  throw new CoreError(
    'other_number_linked',
    'This account is linked to another number. Disconnect it first.',
  );
}
