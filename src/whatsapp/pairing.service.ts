import { Injectable } from '@nestjs/common';
import type { AccountStatus } from './domain/account.js';
import type { AccountId } from './domain/account-id.js';
import { BY_QR, type PairingRequest, type PairingView } from './domain/pairing.js';
import { PairingProgress, type CurrentQr, type PairAnswer, type QrWait } from './pairing-progress.js';
import { AccountQueue } from './sessions/account-queue.js';
import { PairingStarter } from './sessions/pairing-starter.js';
import { SessionPool } from './sessions/session-pool.js';
import { WhatsappAccounts } from './whatsapp-accounts.js';

/** Links, reads and disconnects accounts: the operations of the REST API for code in the same process. */
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
    return this.progress.codeOf(session, signal);
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
    return this.progress.view(accountId);
  }

  /**
   * Returns the current QR code, after a wait for a new one if `wait` demands it. After the wait it returns the current
   * code, new or not.
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
