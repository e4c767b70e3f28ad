import type { WASocket } from '@whiskeysockets/baileys';
import type { AccountId } from '../whatsapp/domain/account-id.js';
import { NotConnected } from '../whatsapp/domain/errors.js';
import type { HistoryListener } from './history/history-chunk.js';
import type { HistoryCounts, HistoryHost } from './history/history-host.js';
import type { LiveSockets, SocketListener } from './socket/live-sockets.js';

/**
 * The Baileys sockets of the linked accounts, for code in the same process that sends and receives messages.
 *
 * This module, not its callers, controls:
 * - the end of a socket: `end()` by a caller counts as a broken connection, and the account reconnects;
 * - unlinking: use `PairingService.disconnect`. After a `logout()` by a caller, WhatsApp refuses the next login, and
 *   the account is shown as unlinked by the phone;
 * - `authState`: this module stores its keys and credentials, and only while the socket is in use.
 */
export class WhatsappSockets {
  constructor(
    private readonly live: LiveSockets,
    private readonly histories: HistoryHost,
  ) {}

  /**
   * Returns the socket on which the account is logged in now. Call it again for each use: after a lost connection the
   * account has another socket. Every call on the old one rejects, also a pending query.
   * @throws NotConnected while the account has no open connection; it may be reconnecting
   */
  get(accountId: AccountId): WASocket {
    const socket = this.live.find(accountId);
    if (!socket) throw new NotConnected();
    return socket;
  }

  /**
   * Calls `listener` with every new socket of a linked account, before any event on it. Add listeners of `ev` here:
   * messages that WhatsApp kept while the account was offline arrive before the connection counts as open.
   * The listeners are removed with their socket. A listener of `ev` must not throw: its error is logged and ends the
   * connection, and the account reconnects.
   * @returns a function that stops the calls
   */
  onSocket(listener: SocketListener): () => void {
    return this.live.onSocket(listener);
  }

  /**
   * Calls `listener` with the history that a phone sends after its account was linked, in pieces and in order. There is
   * one only with the option `history: 'recent'` or `'full'` of `BaileysModule`. Add listeners before accounts are
   * linked: WhatsApp sends a history once. An error of a listener is logged, and the next piece follows.
   * @returns a function that stops the calls
   */
  onHistory(listener: HistoryListener): () => void {
    return this.histories.onHistory(listener);
  }

  /** Returns how many histories were read and refused since the start of the process, with the option `none`, too. */
  historyCounts(): HistoryCounts {
    return this.histories.counts();
  }
}
