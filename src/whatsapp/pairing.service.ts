import { Injectable } from '@nestjs/common';
import { filter, firstValueFrom, fromEvent, map, merge, of, race, timer } from 'rxjs';
import { AccountDirectory } from './account-directory.js';
import { AccountQueue } from './account-queue.js';
import type { AccountId } from './domain/account-id.js';
import type { AccountStatus } from './domain/account-status.js';
import { AuthStateCorrupt, DomainError, NoPairing, StorageFailed } from './domain/errors.js';
import type { PairingCode, PairingView } from './domain/pairing-view.js';
import { isPairing, type Link } from './domain/session-state.js';
import { Clock } from './ports/clock.js';
import { ConfigRepository } from './ports/config.repository.js';
import { SessionPool } from './session-pool.js';
import type { Session } from './session.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/** A code, and the session it belongs to: a replaced session begins again at 1 and must not look unchanged. */
export interface ShownCode extends PairingCode {
  readonly sessionId: string;
}

export interface CodeWait {
  /** How long to wait for a code that `isNews` accepts. Milliseconds. */
  readonly waitMs: number;
  readonly isNews: (code: ShownCode) => boolean;
  /** Aborts when the reader has gone. */
  readonly signal: AbortSignal;
}

/** Links accounts, tells how they are, and takes them down again. What the REST API does, for code in the same process. */
@Injectable()
export class PairingService {
  constructor(
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly directory: AccountDirectory,
    private readonly calls: AccountQueue,
    private readonly config: ConfigRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a pairing session, or replaces one that is still pairing. An account whose connection is open is left alone; one
   * that is linked and down is tried at once.
   * @throws TooManySessions · AuthStateCorrupt · StorageFailed · DomainError `session_start_failed`, `busy`, `shutting_down`
   */
  pair(accountId: AccountId): Promise<'pending' | 'connected'> {
    return this.serially(accountId, async () => {
      const current = this.pool.find(accountId);
      if (current?.state.phase === 'open') return 'connected';
      if (!current || !isPairing(current.state)) await this.pool.takeSlot(accountId);
      try {
        const link = await this.linkFor(accountId, current);
        if (current && (await this.replace(current)) === 'open') return await this.connected(accountId);
        await this.pool.takeSlot(accountId);
        this.assertStarted(await this.pool.pair(accountId, link()));
        return 'pending';
      } catch (error) {
        const session = this.pool.find(accountId);
        if (!session || !isPairing(session.state)) await this.pool.freeSlot(accountId);
        // The session that was to be replaced may be gone already: a link does not stay down because this call failed.
        if (!session) this.pool.restore(accountId);
        throw error;
      }
    });
  }

  /** Ends a session that `pair` started and that is not open yet; stored credentials stay, and so does a link. Clears `error`. */
  stop(accountId: AccountId): Promise<void> {
    return this.serially(accountId, async () => {
      const current = this.pool.find(accountId);
      await current?.send({ type: 'stop' });
      if (current?.state.phase === 'ended') await current.over;
      await this.directory.clear(accountId);
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
      this.directory.forgetFailure(accountId);
    });
  }

  /** Reads memory only, and creates nothing. */
  status(accountId: AccountId): AccountStatus {
    return this.accounts.status(accountId);
  }

  /** What a client needs to draw the pairing. */
  pairing(accountId: AccountId): PairingView {
    const session = this.pairingSession(accountId);
    return {
      accountId,
      status: this.accounts.status(accountId).status,
      startedAt: session?.startedAt ?? null,
      expiresAt: session?.expiresAt ?? null,
      qr: session?.code ?? null,
      error: this.accounts.failure(accountId),
    };
  }

  /**
   * The code on the screen, waiting for one that is news if asked to; what is there when the wait ends, news or not.
   * @throws NoPairing · DomainError `qr_not_ready`, `shutting_down`
   */
  async code(accountId: AccountId, { waitMs, isNews, signal }: CodeWait): Promise<ShownCode> {
    const first = this.pairingSession(accountId);
    const settled = (): boolean => {
      const session = this.pairingSession(accountId);
      const shown = session && this.shown(session);
      return session !== first || (shown !== null && shown !== undefined && isNews(shown));
    };
    if (first && !settled() && waitMs > 0 && !signal.aborted) {
      const news = merge(of({ accountId }), this.pool.changes).pipe(
        filter((changed) => changed.accountId === accountId && settled()),
        map(() => undefined),
      );
      const late = timer(waitMs).pipe(map(() => undefined));
      const gone = fromEvent(signal, 'abort').pipe(map(() => undefined));
      await firstValueFrom(race(news, late, gone), { defaultValue: undefined });
    }
    const session = this.pairingSession(accountId);
    if (!session) {
      this.pool.assertAccepting();
      throw new NoPairing(this.status(accountId).status);
    }
    const shown = this.shown(session);
    if (!shown)
      throw new DomainError('qr_not_ready', 'WhatsApp has not sent a code yet; try again in a moment.');
    return shown;
  }

  private serially<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    this.pool.assertAccepting();
    return this.calls.run(accountId, () => {
      this.pool.assertAccepting();
      return call();
    });
  }

  /** It has become open by itself while we were about to try. */
  private async connected(accountId: AccountId): Promise<'connected'> {
    await this.pool.freeSlot(accountId);
    return 'connected';
  }

  /** Finds out now that the store cannot be read or written, and not after the scan. */
  private async linkFor(accountId: AccountId, current: Session | undefined): Promise<() => Link> {
    if (this.directory.isLinked(accountId)) await this.assertReadable(accountId, current);
    await this.config.saveSetting('lastPairingStartedAt', this.clock.now().toISOString());
    // Asked again once the old session is gone: it may have been accepted meanwhile.
    return () => this.directory.linkOf(accountId) ?? 'new';
  }

  /** A session that would log in with credentials that cannot be read has nothing to wait for. */
  private async assertReadable(accountId: AccountId, current: Session | undefined): Promise<void> {
    try {
      await this.directory.assertReadable(accountId);
    } catch (error) {
      if (!(error instanceof AuthStateCorrupt)) throw error;
      if (current) await this.replace(current);
      this.directory.noteCorrupt(accountId);
      throw error;
    }
  }

  /** Whether the session that was to be replaced became `open` before it could be. */
  private async replace(session: Session): Promise<'open' | 'gone'> {
    await session.send({ type: 'replace' });
    if (session.state.phase === 'open') return 'open';
    await session.over;
    return 'gone';
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
      this.directory.isLinked(accountId) && this.directory.failure(accountId)?.code !== 'auth_state_corrupt'
    );
  }

  private pairingSession(accountId: AccountId): Session | undefined {
    const session = this.pool.find(accountId);
    return session && isPairing(session.state) ? session : undefined;
  }

  private shown(session: Session): ShownCode | null {
    return session.code && { ...session.code, sessionId: session.id };
  }
}
