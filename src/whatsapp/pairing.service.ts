import { Injectable } from '@nestjs/common';
import { filter, firstValueFrom, fromEvent, NEVER, Observable, race } from 'rxjs';
import type { AccountStatus } from './domain/account.js';
import type { AccountId } from './domain/account-id.js';
import { CoreError, NoPairing } from './domain/errors.js';
import { BY_QR, type PairingRequest, type PairingStep, type PairingView } from './domain/pairing.js';
import { isPairing } from './domain/session/session-state.js';
import { Clock } from './ports/clock.js';
import { AccountQueue } from './sessions/account-queue.js';
import { PairingStarter } from './sessions/pairing-starter.js';
import { SessionPool } from './sessions/session-pool.js';
import type { Session } from './sessions/session.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/**
 * A QR code with the id of its session. Sequences begin at 1 in each session, so only both together identify a code.
 */
export interface CurrentQr extends PairingStep {
  readonly sessionId: string;
}

/** The conditions of a wait for a QR code. */
export interface QrWait {
  /** The maximum wait for a code that `isNew` accepts, in milliseconds. */
  readonly waitMs: number;
  readonly isNew: (code: CurrentQr) => boolean;
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
}

/** The answer to `pair`. */
export interface PairAnswer {
  readonly status: 'pending' | 'connected';
  /** The phone code to type (`ABCD-EFGH`). Null for a QR pairing, and when WhatsApp has not accepted a code in time. */
  readonly pairingCode: string | null;
}

/** Links, reads and disconnects accounts: the operations of the REST API for code in the same process. */
@Injectable()
export class PairingService {
  private readonly codes = new WeakMap<PairingStep, CurrentQr>();

  constructor(
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly starter: PairingStarter,
    private readonly calls: AccountQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a pairing session, or replaces one that is still pairing. A connected account stays unchanged; an account
   * that is linked and down connects at once. By phone number the call waits up to 10 s for the code; the session
   * continues after it.
   * @param options the way in which the account is linked. Default: by QR code, any number. Aborting `signal` ends the
   * wait for a phone code with the signal's reason; the session continues
   * @throws TooManySessions · AuthStateCorrupt · StorageFailed · DomainError `session_start_failed`, `busy`,
   * `shutting_down`, `other_number_linked`; by phone number also `code_refused`, `pairing_failed`, `no_pairing`
   */
  async pair(
    accountId: AccountId,
    { signal, ...request }: PairingRequest & { readonly signal?: AbortSignal | undefined } = BY_QR,
  ): Promise<PairAnswer> {
    const session = await this.serially(accountId, () => this.starter.start(accountId, request));
    if (!session) return { status: 'connected', pairingCode: null };
    // The wait is outside the account's queue, so that `stop` and `disconnect` can run during it.
    if (request.by === 'qr') return { status: 'pending', pairingCode: null };
    return this.codeOf(session, signal);
  }

  /**
   * Ends a session that `pair` started and that is not open yet. Stored credentials and a link stay. Clears `error`.
   * @param isWanted called when the earlier calls for the account are done; false: the call does nothing. Default: true
   */
  stop(accountId: AccountId, isWanted: () => boolean = () => true): Promise<void> {
    return this.serially(accountId, async () => {
      if (isWanted()) await this.pool.stop(accountId);
    });
  }

  /**
   * Logs out at WhatsApp and deletes credentials, Signal keys and connector. A logout that fails throws nothing:
   * `pairing()` returns it as `logout_unconfirmed` until the account is linked again or `stop` is called.
   * @throws StorageFailed when the local deletion fails; the call can be repeated
   */
  disconnect(accountId: AccountId): Promise<void> {
    return this.serially(accountId, () => this.pool.disconnect(accountId));
  }

  /** Returns the status of any account id. Reads memory only and creates nothing. */
  status(accountId: AccountId): AccountStatus {
    return this.accounts.status(accountId);
  }

  /** Returns everything that a client needs to show the pairing. */
  pairing(accountId: AccountId): PairingView {
    const session = this.pairingSession(accountId);
    return {
      accountId,
      status: this.accounts.status(accountId).status,
      startedAt: session?.startedAt ?? null,
      expiresAt: session?.expiresAt ?? null,
      ...viewOf(session?.step ?? null),
      error: this.accounts.failure(accountId),
    };
  }

  /** Returns `startedBy` of the request that started the current pairing. Null: it has none, or no pairing runs. */
  startedBy(accountId: AccountId): string | null {
    const state = this.pool.find(accountId)?.state;
    return (state && 'request' in state ? state.request.startedBy : null) ?? null;
  }

  /**
   * Returns the current QR code. It first waits up to `waitMs` for a code that `isNew` accepts. The wait ends early
   * when the session ends, is replaced, or pairs by phone code. After the wait it returns the current code, new or not.
   * @throws NoPairing · DomainError `qr_not_ready`, `pairing_by_code`, `shutting_down`
   */
  async qr(accountId: AccountId, { waitMs, isNew, signal }: QrWait): Promise<CurrentQr> {
    const first = this.pairingSession(accountId);
    const isSettled = (): boolean => {
      const session = this.pairingSession(accountId);
      const shown = session && this.currentQr(session);
      return session !== first || isByCode(session) || (!!shown && isNew(shown));
    };
    if (first) await this.waitUntil(accountId, isSettled, waitMs, signal);
    const session = this.pairingSession(accountId);
    if (!session) {
      this.pool.assertAccepting();
      throw new NoPairing(this.accounts.status(accountId).status);
    }
    const shown = this.currentQr(session);
    if (shown) return shown;
    if (isByCode(session))
      throw new CoreError('pairing_by_code', 'This account is pairing by phone code. It has no QR code.');
    throw new CoreError('qr_not_ready', 'No QR code is available yet. Try again in a moment.');
  }

  private serially<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    this.pool.assertAccepting();
    return this.calls.run(accountId, () => {
      this.pool.assertAccepting();
      return call();
    });
  }

  /**
   * Waits for the phone code of a session, for `codeWaitMs` at most. The answer follows from the account as it is then:
   * - the session shows its code: `pending` with the code
   * - the session is still pairing, or another session of the account has replaced it: `pending` without a code,
   *   because the caller that replaced it owns the other session's code
   * - the account is connected: `connected`
   * - the session failed: its failure is thrown
   * - the session was stopped: NoPairing
   * @param signal aborts when the answer is no longer needed or allowed; its reason is thrown
   * @throws NoPairing · DomainError `code_refused`, `pairing_failed`
   */
  private async codeOf(session: Session, signal?: AbortSignal): Promise<PairAnswer> {
    const { accountId } = session.lease;
    const isSettled = (): boolean =>
      this.pairingSession(accountId) !== session || session.step?.type === 'code';
    await this.waitUntil(accountId, isSettled, this.pool.timings.codeWaitMs, signal);
    signal?.throwIfAborted();
    // A session that has ended may be in the middle of a call that ends or replaces it. That call holds the account's
    // queue. An empty call behind it waits until it is done, so that the answer does not describe the moment between
    // two sessions.
    if (session.state.phase === 'ended') await this.calls.runAlways(accountId, () => Promise.resolve());
    const current = this.pairingSession(accountId);
    if (current) {
      const code = current === session && session.step?.type === 'code' ? session.step.value : null;
      return { status: 'pending', pairingCode: code };
    }
    const { state } = session;
    const { status } = this.accounts.status(accountId);
    if (status === 'connected') return { status, pairingCode: null };
    const failure = state.phase === 'ended' && state.outcome.kind === 'failed' ? state.outcome.failure : null;
    const { code, message } = failure ?? this.accounts.failure(accountId) ?? {};
    if (message === undefined) throw new NoPairing(status);
    throw new CoreError(code === 'code_refused' ? code : 'pairing_failed', message);
  }

  /** Resolves when the condition holds, the time is over, or the signal aborts; whichever is first. */
  private async waitUntil(
    accountId: AccountId,
    holds: () => boolean,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    if (holds() || waitMs <= 0 || signal?.aborted) return;
    const fulfilled = this.pool.changes.pipe(filter((changed) => changed.accountId === accountId && holds()));
    const timeout = after(this.clock, waitMs);
    const aborted = signal ? fromEvent(signal, 'abort') : NEVER;
    await firstValueFrom(race<unknown[]>(fulfilled, timeout, aborted), { defaultValue: undefined });
  }

  private pairingSession(accountId: AccountId): Session | undefined {
    const session = this.pool.find(accountId);
    return session && isPairing(session.state) ? session : undefined;
  }

  /** Returns the same object as long as the session shows this code, so that its images are drawn once. */
  private currentQr({ id, step }: Session): CurrentQr | null {
    if (step?.type !== 'qr') return null;
    const code = this.codes.get(step) ?? { ...step, sessionId: id };
    this.codes.set(step, code);
    return code;
  }
}

function isByCode(session: Session | undefined): boolean {
  const state = session?.state;
  return state !== undefined && 'request' in state && state.request.by === 'code';
}

function viewOf(step: PairingStep | null): Pick<PairingView, 'step' | 'qr' | 'pairingCode'> {
  if (!step) return { step, qr: null, pairingCode: null };
  const { type, ...shown } = step;
  return { step, qr: type === 'qr' ? shown : null, pairingCode: type === 'code' ? step.value : null };
}

/** Emits once after the delay. */
function after(clock: Clock, delayMs: number): Observable<void> {
  return new Observable((subscriber) => {
    const timer = clock.after(delayMs, () => {
      subscriber.next();
    });
    return () => {
      timer.cancel();
    };
  });
}
