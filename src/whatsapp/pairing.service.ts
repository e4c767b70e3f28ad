import { Injectable } from '@nestjs/common';
import { AccountRegistry } from './accounts/account-registry.js';
import { AccountQueue } from './sessions/account-queue.js';
import type { AccountId } from './domain/account-id.js';
import type { AccountStatus } from './domain/account.js';
import { AuthStateCorrupt, DomainError, StorageFailed } from './domain/errors.js';
import { BY_QR, type PairingRequest, type PairingView } from './domain/pairing.js';
import { samePhone } from './domain/phone-number.js';
import { isPairing, type In } from './domain/session/session-state.js';
import { PairingProgress, type PairAnswer, type QrWait, type CurrentQr } from './pairing-progress.js';
import { Clock } from './ports/clock.js';
import { ConfigRepository } from './ports/config.repository.js';
import { SessionPool } from './sessions/session-pool.js';
import type { Session } from './sessions/session.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/** Links accounts, tells how they are, and takes them down again. What the REST API does, for code in the same process. */
@Injectable()
export class PairingService {
  constructor(
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly progress: PairingProgress,
    private readonly registry: AccountRegistry,
    private readonly calls: AccountQueue,
    private readonly config: ConfigRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a pairing session, or replaces one that is still pairing. An account whose connection is open is left alone; one
   * that is linked and down is tried at once. By phone number it waits for the code, for 10 s at most; the session goes on.
   * @throws TooManySessions · AuthStateCorrupt · StorageFailed · DomainError `session_start_failed`, `busy`, `shutting_down`,
   * `other_number_linked`; by phone number also `code_refused`, `pairing_failed`, `no_pairing`
   * @param options how to link the account. Default: by QR code, any number. `signal` ends the wait for a phone code with the
   * signal's reason; the session goes on
   */
  async pair(
    accountId: AccountId,
    { signal, ...request }: PairingRequest & { readonly signal?: AbortSignal | undefined } = BY_QR,
  ): Promise<PairAnswer> {
    const session = await this.serially(accountId, () => this.start(accountId, request));
    if (!session) return { status: 'connected', pairingCode: null };
    // Outside the queue of calls: the account can be stopped meanwhile.
    if (request.by === 'qr') return { status: 'pending', pairingCode: null };
    return this.progress.codeOf(session, signal);
  }

  /**
   * Ends a session that `pair` started and that is not open yet; stored credentials stay, and so does a link. Clears `error`.
   * @param isWanted asked when its turn has come, behind the calls that came before. Default: it is
   */
  stop(accountId: AccountId, isWanted: () => boolean = () => true): Promise<void> {
    return this.serially(accountId, async () => {
      if (!isWanted()) return;
      const current = this.pool.find(accountId);
      await current?.send({ type: 'stop' });
      if (current?.state.phase === 'ended') await current.over;
      await this.registry.clear(accountId);
    });
  }

  /**
   * Logs out at WhatsApp, deletes credentials, Signal keys and connector. A logout that fails is suppressed, and
   * `pairing()` tells of it until the account is linked again or asked to stop.
   * @throws StorageFailed when the local deletion fails; repeating is safe
   */
  disconnect(accountId: AccountId): Promise<void> {
    return this.serially(accountId, async () => {
      const current = this.pool.find(accountId);
      await current?.send({ type: 'disconnect' });
      let outcome = await current?.over;
      if (outcome?.kind !== 'disconnected' && this.canLogIn(accountId))
        outcome = await this.pool.unlink(accountId);
      if (outcome?.kind === 'eraseFailed') throw new StorageFailed();
      if (outcome?.kind !== 'disconnected') await this.pool.erase(accountId);
      this.registry.forgetFailure(accountId);
    });
  }

  /** Reads memory only, and creates nothing. */
  status(accountId: AccountId): AccountStatus {
    return this.accounts.status(accountId);
  }

  /** What a client needs to draw the pairing. */
  pairing(accountId: AccountId): PairingView {
    return this.progress.view(accountId);
  }

  /**
   * The QR code on the screen, waiting for one that is news if asked to; what is there when the wait ends, news or not.
   * @throws NoPairing · DomainError `qr_not_ready`, `pairing_by_code`, `shutting_down`
   */
  qr(accountId: AccountId, wait: QrWait): Promise<CurrentQr> {
    return this.progress.qr(accountId, wait);
  }

  /** The session that was started, or null: the account is connected. */
  private async start(accountId: AccountId, request: PairingRequest): Promise<Session | null> {
    const current = this.pool.find(accountId);
    if (current?.state.phase === 'open') {
      assertExpected(request, current.state.phone);
      return null;
    }
    if (!current || !isPairing(current.state)) await this.pool.takeSlot(accountId);
    try {
      await this.assertPossible(accountId, request, current);
      const open = current && (await this.replace(current));
      if (open) {
        assertExpected(request, open.phone);
        await this.pool.freeSlot(accountId);
        return null;
      }
      // The one that was replaced may have been accepted meanwhile, by any phone.
      if (current && request.expected !== null) await this.assertNumber(accountId, request);
      await this.pool.takeSlot(accountId);
      const link = this.registry.linkOf(accountId) ?? 'new';
      const session = await this.pool.pair(accountId, link, request);
      this.assertStarted(session);
      return session;
    } catch (error) {
      const session = this.pool.find(accountId);
      if (!session || !isPairing(session.state)) await this.pool.freeSlot(accountId);
      // The session that was to be replaced may be gone already: a link does not stay down because this call failed.
      if (!session) this.pool.restore(accountId);
      throw error;
    }
  }

  private serially<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    this.pool.assertAccepting();
    return this.calls.run(accountId, () => {
      this.pool.assertAccepting();
      return call();
    });
  }

  /** Finds out now that the store cannot be read or written, and not after the scan. */
  private async assertPossible(
    accountId: AccountId,
    request: PairingRequest,
    current: Session | undefined,
  ): Promise<void> {
    await this.assertNumber(accountId, request, current);
    await this.config.saveSetting('lastPairingStartedAt', this.clock.now().toISOString());
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

  /** A session that would log in with credentials that cannot be read has nothing to wait for. */
  private async readPhone(accountId: AccountId, current: Session | undefined): Promise<string | null> {
    try {
      return await this.registry.readPhone(accountId);
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      if (current) await this.replace(current);
      this.registry.markCorrupt(accountId);
      throw error;
    }
  }

  /** Resolves when nothing is left of the session; with its state when it became `open` before it could be replaced. */
  private async replace(session: Session): Promise<In<'open'> | null> {
    await session.send({ type: 'replace' });
    if (session.state.phase === 'open') return session.state;
    await session.over;
    return null;
  }

  private assertStarted({ state }: Session): void {
    const failed = state.phase === 'ended' && state.outcome.kind === 'failed' ? state.outcome.failure : null;
    const { code } = failed ?? (state.phase === 'down' ? state.outage.reason : null) ?? {};
    if (code === 'auth_state_corrupt') throw new AuthStateCorrupt();
    if (code === 'storage_failed') throw new StorageFailed();
    if (code === 'session_start_failed') {
      throw new DomainError('session_start_failed', 'The pairing session could not be started.');
    }
  }

  private canLogIn(accountId: AccountId): boolean {
    return (
      this.registry.isLinked(accountId) && this.registry.failure(accountId)?.code !== 'auth_state_corrupt'
    );
  }
}

/** @throws DomainError `other_number_linked` */
function assertExpected({ expected }: PairingRequest, linked: string): void {
  if (expected === null || samePhone(expected, linked)) return;
  throw new DomainError(
    'other_number_linked',
    'This account is linked to another number; disconnect it first.',
  );
}
