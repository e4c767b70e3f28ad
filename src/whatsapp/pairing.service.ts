import { Injectable } from '@nestjs/common';
import type { AccountStatus } from './domain/account.js';
import type { AccountId } from './domain/account-id.js';
import { BY_QR, type PairingRequest, type PairingView } from './domain/pairing.js';
import { PairingProgress, type CurrentQr, type PairAnswer, type QrWait } from './pairing-progress.js';
import { AccountQueue } from './sessions/account-queue.js';
import { PairingStarter } from './sessions/pairing-starter.js';
import { SessionPool } from './sessions/session-pool.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/** Links accounts, tells how they are, and takes them down again. What the REST API does, for code in the same process. */
@Injectable()
export class PairingService {
  constructor(
    private readonly pool: SessionPool,
    private readonly accounts: WhatsappAccounts,
    private readonly progress: PairingProgress,
    private readonly starter: PairingStarter,
    private readonly calls: AccountQueue,
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
    const session = await this.serially(accountId, () => this.starter.start(accountId, request));
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
      if (isWanted()) await this.pool.stop(accountId);
    });
  }

  /**
   * Logs out at WhatsApp, deletes credentials, Signal keys and connector. A logout that fails is suppressed, and
   * `pairing()` tells of it until the account is linked again or asked to stop.
   * @throws StorageFailed when the local deletion fails; repeating is safe
   */
  disconnect(accountId: AccountId): Promise<void> {
    return this.serially(accountId, () => this.pool.disconnect(accountId));
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

  private serially<T>(accountId: AccountId, call: () => Promise<T>): Promise<T> {
    this.pool.assertAccepting();
    return this.calls.run(accountId, () => {
      this.pool.assertAccepting();
      return call();
    });
  }
}
