import type { WASocket } from '@whiskeysockets/baileys';
import type { AccountId } from '../whatsapp/domain/account-id.js';
import { NotConnected } from '../whatsapp/domain/errors.js';
import type { LiveSockets, SocketListener } from './socket/live-sockets.js';

/**
 * The Baileys sockets of the linked accounts, for code in the same process that sends and receives.
 *
 * What belongs to this module and not to its callers:
 * - the end of a socket: `end()` from outside counts as a broken connection, and the account connects again;
 * - unlinking: `PairingService.disconnect`. After a `logout()` from outside WhatsApp refuses the next login, and the
 *   account is shown as unlinked by the phone;
 * - `authState`: its keys and credentials are stored by this module, and only while the socket serves.
 */
export class WhatsappSockets {
  constructor(private readonly live: LiveSockets) {}

  /**
   * The socket on which the account is logged in now. Ask again for each use: after a drop the account has another one,
   * and on the old one every call rejects, those that wait for an answer included.
   * @throws NotConnected while the account has no open connection; it may be on its way back
   */
  get(accountId: AccountId): WASocket {
    const socket = this.live.find(accountId);
    if (!socket) throw new NotConnected();
    return socket;
  }

  /**
   * Calls `listener` with every new socket of a linked account, before anything has happened on it. Here listeners of `ev`
   * are added, also for what WhatsApp has kept for the account while it was away: that arrives before the connection
   * counts as open. They go with their socket. A listener of `ev` must not throw: Baileys would lose its place in the
   * stream, and the connection ends.
   * @returns stops it
   */
  onSocket(listener: SocketListener): () => void {
    return this.live.onSocket(listener);
  }
}
