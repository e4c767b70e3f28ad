import { Logger } from '@nestjs/common';
import type { WASocket } from '@whiskeysockets/baileys';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { SocketAttempt } from './socket-attempt.js';

export type SocketListener = (accountId: AccountId, socket: WASocket) => void | Promise<void>;

/** The open sockets of the accounts, and the listeners for new sockets. An ended socket is not kept. */
export class LiveSockets {
  private readonly logger = new Logger('WhatsappSockets');
  private readonly attempts = new Map<AccountId, SocketAttempt>();
  private readonly listeners = new Set<SocketListener>();

  /** Returns the socket of an account that is logged in, or null. */
  find(accountId: AccountId): WASocket | null {
    return this.attempts.get(accountId)?.liveSocket() ?? null;
  }

  /** @returns a function that removes the listener */
  onSocket(listener: SocketListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Calls the listeners with a new socket. */
  announce(accountId: AccountId, socket: WASocket): void {
    for (const listener of this.listeners) void this.call(listener, accountId, socket);
  }

  /** Registers the attempt of an account that logged in, until it is closed. */
  add(accountId: AccountId, attempt: SocketAttempt): void {
    this.attempts.set(accountId, attempt);
    void attempt.closed.then(() => {
      if (this.attempts.get(accountId) === attempt) this.attempts.delete(accountId);
    });
  }

  /** Calls a listener of the host application. Its error must not end the process, also when the listener is async. */
  private async call(listener: SocketListener, accountId: AccountId, socket: WASocket): Promise<void> {
    try {
      await listener(accountId, socket);
    } catch (error) {
      this.logger.error(`listener for new sockets failed: ${String(error)}; fix the code that added it`);
    }
  }
}
