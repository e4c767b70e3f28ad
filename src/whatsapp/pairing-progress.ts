import { Injectable } from '@nestjs/common';
import { filter, firstValueFrom, fromEvent, map, merge, NEVER, of, race, timer } from 'rxjs';
import { AccountQueue } from './sessions/account-queue.js';
import type { AccountId } from './domain/account-id.js';
import { CoreError, NoPairing } from './domain/errors.js';
import type { PairingStep, PairingView } from './domain/pairing.js';
import { isPairing } from './domain/session/session-state.js';
import { SessionPool } from './sessions/session-pool.js';
import type { Session } from './sessions/session.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/** A QR code, and the session it belongs to: a replaced session begins again at 1 and must not look unchanged. */
export interface CurrentQr extends PairingStep {
  readonly sessionId: string;
}

export interface QrWait {
  /** How long to wait for a code that `isNew` accepts. Milliseconds. */
  readonly waitMs: number;
  readonly isNew: (code: CurrentQr) => boolean;
  /** Aborts when the reader has gone. */
  readonly signal: AbortSignal;
}

export interface PairAnswer {
  readonly status: 'pending' | 'connected';
  /** By phone number: the code to type, `ABCD-EFGH`, where WhatsApp has accepted it in time. */
  readonly pairingCode: string | null;
}

/** What the person in front of a pairing sees, and waiting for it. Reads memory only. */
@Injectable()
export class PairingProgress {
  constructor(
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly calls: AccountQueue,
  ) {}

  /** What a client needs to draw the pairing. */
  view(accountId: AccountId): PairingView {
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

  /**
   * The QR code on the screen, waiting for one that is news if asked to; what is there when the wait ends, news or not.
   * @throws NoPairing · DomainError `qr_not_ready`, `pairing_by_code`, `shutting_down`
   */
  async qr(accountId: AccountId, { waitMs, isNew, signal }: QrWait): Promise<CurrentQr> {
    const first = this.pairingSession(accountId);
    const settled = (): boolean => {
      const session = this.pairingSession(accountId);
      const shown = session && this.currentQr(session);
      return session !== first || isByCode(session) || (!!shown && isNew(shown));
    };
    if (first) await this.until(accountId, settled, waitMs, signal);
    const session = this.pairingSession(accountId);
    if (!session) {
      this.pool.assertAccepting();
      throw new NoPairing(this.accounts.status(accountId).status);
    }
    const shown = this.currentQr(session);
    if (shown) return shown;
    if (isByCode(session))
      throw new CoreError('pairing_by_code', 'This account is pairing by phone code: there is no QR code.');
    throw new CoreError('qr_not_ready', 'WhatsApp has not sent a code yet; try again in a moment.');
  }

  /**
   * The code of a session that pairs by phone number, waiting for it.
   * @param signal aborts when nobody is to be told any more; its reason is thrown
   * @throws NoPairing · DomainError `code_refused`, `pairing_failed`
   */
  async codeOf(session: Session, signal?: AbortSignal): Promise<PairAnswer> {
    const { accountId } = session.lease;
    const settled = (): boolean =>
      this.pairingSession(accountId) !== session || session.step?.type === 'code';
    await this.until(accountId, settled, this.pool.timings.codeWaitMs, signal);
    signal?.throwIfAborted();
    // Whoever has ended it is about to be done: what follows it is told, and not the moment in between.
    if (session.state.phase === 'ended') await this.calls.runAlways(accountId, () => Promise.resolve());
    const current = this.pairingSession(accountId);
    if (current) {
      // Whoever has replaced it has the code, or none.
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

  /** Until the condition holds, it has taken too long, or nobody waits any more. */
  private async until(
    accountId: AccountId,
    holds: () => boolean,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    if (holds() || waitMs <= 0 || signal?.aborted) return;
    const news = merge(of({ accountId }), this.pool.changes).pipe(
      filter((changed) => changed.accountId === accountId && holds()),
      map(() => undefined),
    );
    const late = timer(waitMs).pipe(map(() => undefined));
    const gone = signal ? fromEvent(signal, 'abort').pipe(map(() => undefined)) : NEVER;
    await firstValueFrom(race(news, late, gone), { defaultValue: undefined });
  }

  private pairingSession(accountId: AccountId): Session | undefined {
    const session = this.pool.find(accountId);
    return session && isPairing(session.state) ? session : undefined;
  }

  private currentQr(session: Session): CurrentQr | null {
    return session.step?.type === 'qr' ? { ...session.step, sessionId: session.id } : null;
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
