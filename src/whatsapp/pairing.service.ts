import { Injectable } from '@nestjs/common';
import { filter, firstValueFrom, fromEvent, map, merge, of, race, timer } from 'rxjs';
import { AccountDirectory } from './account-directory.js';
import { AccountQueue } from './account-queue.js';
import type { AccountId } from './domain/account-id.js';
import type { AccountState, AccountStatus } from './domain/account-status.js';
import { AuthStateCorrupt, DomainError, NoPairing, StorageFailed } from './domain/errors.js';
import type { Failure } from './domain/failure.js';
import type { PairingCode, PairingView } from './domain/pairing-view.js';
import type { Link } from './domain/session-state.js';
import { Clock } from './ports/clock.js';
import { ConfigRepository } from './ports/config.repository.js';
import { SessionPool } from './session-pool.js';
import type { Session } from './session.js';
import { SessionLogger } from './session.logger.js';

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
  private readonly calls = new AccountQueue();

  constructor(
    private readonly pool: SessionPool,
    private readonly directory: AccountDirectory,
    private readonly config: ConfigRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a pairing session, or replaces one that is still pairing. An account whose connection is open is left alone.
   * @throws TooManySessions · AuthStateCorrupt · StorageFailed · DomainError `session_start_failed`, `busy`, `shutting_down`
   */
  pair(accountId: AccountId): Promise<'pending' | 'connected'> {
    return this.serially(accountId, async () => {
      const current = this.pool.find(accountId);
      if (current?.state.phase === 'open') return 'connected';
      if (!current) await this.pool.takeSlot(accountId);
      try {
        const link = await this.linkFor(accountId);
        if (current && (await this.replace(current)) === 'open') return 'connected';
        await this.pool.takeSlot(accountId);
        this.assertStarted(await this.pool.pair(accountId, link()));
        return 'pending';
      } catch (error) {
        if (!this.pool.find(accountId)) await this.pool.freeSlot(accountId);
        throw error;
      }
    });
  }

  /** Ends a session that is not open yet; stored credentials stay, and so does a live connection. Clears `error`. */
  stop(accountId: AccountId): Promise<void> {
    return this.serially(accountId, async () => {
      const current = this.pool.find(accountId);
      await current?.send({ type: 'stop' });
      if (current && current.state.phase !== 'open') await current.over;
      if (!this.directory.failure(accountId)) return;
      this.directory.clearFailure(accountId);
      await this.config.update(accountId, { lastError: null }).catch((error: unknown) => {
        new SessionLogger(accountId, undefined, 'WhatsappPairing').warn(
          `the cleared error could not be recorded and comes back with the next start, look after the store: ${String(error)}`,
        );
      });
    });
  }

  /**
   * Logs out at WhatsApp, deletes credentials, Signal keys and connector. A logout that fails is suppressed.
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
      this.directory.clearFailure(accountId);
    });
  }

  /** Reads memory only, and creates nothing. */
  status(accountId: AccountId): AccountStatus {
    const session = this.pool.find(accountId);
    const status = this.stateOf(accountId, session);
    const open = session?.state.phase === 'open' ? session.state : null;
    return {
      accountId,
      status,
      authExists: this.directory.isLinked(accountId),
      serviceConnected: open !== null,
      servicePhone: open?.phone ?? null,
    };
  }

  /** What a client needs to draw the pairing. */
  pairing(accountId: AccountId): PairingView {
    const session = this.pairingSession(accountId);
    const status = this.stateOf(accountId, this.pool.find(accountId));
    return {
      accountId,
      status,
      startedAt: session?.startedAt ?? null,
      expiresAt: session?.expiresAt ?? null,
      qr: session?.code ?? null,
      error: status === 'error' ? this.failureOf(accountId) : null,
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
      const news = merge(of(accountId), this.pool.changes).pipe(
        filter((changed) => changed === accountId && settled()),
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

  /** Finds out now that the store cannot be read or written, and not after the scan. */
  private async linkFor(accountId: AccountId): Promise<() => Link> {
    if (this.directory.isLinked(accountId)) await this.assertReadable(accountId);
    await this.config.saveSetting('lastPairingStartedAt', this.clock.now().toISOString());
    // Asked again once the old session is gone: it may have been accepted meanwhile.
    return () => (this.directory.isLinked(accountId) ? 'stored' : 'new');
  }

  private async assertReadable(accountId: AccountId): Promise<void> {
    try {
      await this.directory.readPhone(accountId);
    } catch (error) {
      if (error instanceof AuthStateCorrupt) this.directory.noteCorrupt(accountId);
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
    if (state.phase !== 'ended' || state.outcome.kind !== 'failed') return;
    const { code } = state.outcome.failure;
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
    return session && this.stateOf(accountId, session) === 'pending' ? session : undefined;
  }

  private shown(session: Session): ShownCode | null {
    return session.code && { ...session.code, sessionId: session.id };
  }

  private stateOf(accountId: AccountId, session: Session | undefined): AccountState {
    switch (session?.state.phase) {
      case 'connecting':
      case 'waiting':
      case 'showingCode':
      case 'accepting':
      case 'accepted':
        return 'pending';
      case 'open':
        return 'connected';
      default:
        return this.failureOf(accountId) ? 'error' : 'idle';
    }
  }

  /** A session that has just ended is told about before its failure stands in the directory. */
  private failureOf(accountId: AccountId): Failure | null {
    const state = this.pool.find(accountId)?.state;
    if (state?.phase === 'ended' && state.outcome.kind === 'failed') return state.outcome.failure;
    return this.directory.failure(accountId);
  }
}
