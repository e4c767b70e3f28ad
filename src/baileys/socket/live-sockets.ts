import { Logger } from '@nestjs/common';
import type { WASocket } from '@whiskeysockets/baileys';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { SocketAttempt } from './socket-attempt.js';

export type SocketListener = (accountId: AccountId, socket: WASocket) => void;

/** The sockets that serve an account now, and who wants to see the new ones. Nothing of a socket is kept after its end. */
export class LiveSockets {
  private readonly logger = new Logger('WhatsappSockets');
  readonly #attempts = new Map<AccountId, SocketAttempt>();
  private readonly listeners = new Set<SocketListener>();

  find(accountId: AccountId): WASocket | null {
    return this.#attempts.get(accountId)?.liveSocket() ?? null;
  }

  /** @returns stops it */
  listen(listener: SocketListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  made(accountId: AccountId, socket: WASocket): void {
    for (const listener of this.listeners) {
      try {
        listener(accountId, socket);
      } catch (error) {
        this.logger.error(
          `a listener for new sockets failed, see to the code that added it: ${String(error)}`,
        );
      }
    }
  }

  opened(accountId: AccountId, attempt: SocketAttempt): void {
    this.#attempts.set(accountId, attempt);
    void attempt.closed.then(() => {
      if (this.#attempts.get(accountId) === attempt) this.#attempts.delete(accountId);
    });
  }
}
