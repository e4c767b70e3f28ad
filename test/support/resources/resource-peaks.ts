import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { PairingService } from '../../../src/whatsapp/pairing.service.js';
import type { WhatsappGateway } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import type { SessionPool } from '../../../src/whatsapp/sessions/session-pool.js';

export interface PeaksView {
  /** The largest number of sockets that one account had at one moment. */
  readonly socketsOfOneAccount: number;
  /** The largest number of accounts that were pairing at one moment. */
  readonly pairings: number;
}

/** Records peaks inside the service. A client could only sample them. */
export class Peaks {
  private readonly sockets = new Map<AccountId, number>();
  private readonly pairing = new Set<AccountId>();
  private mostSockets = 0;
  private mostPairings = 0;

  view(): PeaksView {
    return { socketsOfOneAccount: this.mostSockets, pairings: this.mostPairings };
  }

  /** Counts a socket from the call that opens it until its TCP connection is closed. */
  watchSockets(gateway: WhatsappGateway): void {
    const open = gateway.open.bind(gateway);
    gateway.open = async (request) => {
      const { accountId } = request;
      this.add(accountId, 1);
      try {
        const attempt = await open(request);
        void attempt.closed.then(() => {
          this.add(accountId, -1);
        });
        return attempt;
      } catch (error) {
        this.add(accountId, -1);
        throw error;
      }
    };
  }

  watchPairings(pool: SessionPool, service: PairingService): void {
    pool.changes.subscribe(({ accountId }) => {
      if (service.status(accountId).status === 'pending') this.pairing.add(accountId);
      else this.pairing.delete(accountId);
      this.mostPairings = Math.max(this.mostPairings, this.pairing.size);
    });
  }

  private add(accountId: AccountId, change: number): void {
    const sockets = (this.sockets.get(accountId) ?? 0) + change;
    if (sockets === 0) this.sockets.delete(accountId);
    else this.sockets.set(accountId, sockets);
    this.mostSockets = Math.max(this.mostSockets, sockets);
  }
}
