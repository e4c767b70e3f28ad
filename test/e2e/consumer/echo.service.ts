import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { WAMessage } from '@whiskeysockets/baileys';
import { WhatsappAccounts, WhatsappSockets } from '../../../src/index.js';
import type { AccountId } from '../../../src/index.js';

const ECHO = 'echo: ';
const MOST_KEPT = 100;

export interface Text {
  /** The JID of the conversation, as WhatsApp addresses it. */
  readonly chat: string;
  readonly text: string;
  /** Sent on another device of the same phone. */
  readonly fromMe: boolean;
}

/** Answers every text with the same text. */
@Injectable()
export class EchoService implements OnModuleInit {
  private readonly logger = new Logger(EchoService.name);
  private readonly received = new Map<AccountId, Text[]>();
  private readonly unanswered = new Map<AccountId, Text[]>();

  constructor(
    private readonly accounts: WhatsappAccounts,
    private readonly sockets: WhatsappSockets,
  ) {}

  onModuleInit(): void {
    // The listener covers every socket: after a drop the account has a new one. Messages that WhatsApp kept meanwhile
    // arrive before the new socket is open.
    this.sockets.onSocket((accountId, socket) => {
      socket.ev.on('messages.upsert', ({ messages }) => {
        for (const message of messages) this.receive(accountId, message);
      });
    });
    this.accounts.events.subscribe(({ type, accountId, reason }) => {
      this.logger.log(`${accountId}: ${type}${reason ? `, ${reason.code}` : ''}`);
      if (type === 'connected') void this.answer(accountId);
      if (type === 'disconnected' || type === 'unlinked') this.unanswered.delete(accountId);
    });
  }

  /** The latest texts that the account received. */
  texts(accountId: AccountId): readonly Text[] {
    return this.received.get(accountId) ?? [];
  }

  private receive(accountId: AccountId, { key, message }: WAMessage): void {
    const text = message?.conversation ?? message?.extendedTextMessage?.text;
    const chat = key.remoteJid;
    if (!text || !chat) return;
    const incoming = { chat, text, fromMe: key.fromMe === true };
    keep(this.received, accountId, incoming);
    if (incoming.fromMe || text.startsWith(ECHO)) return;
    keep(this.unanswered, accountId, incoming);
    void this.answer(accountId);
  }

  private async answer(accountId: AccountId): Promise<void> {
    const waiting = this.unanswered.get(accountId) ?? [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await this.sockets.get(accountId).sendMessage(next.chat, { text: ECHO + next.text });
      } catch (error) {
        if (this.accounts.status(accountId).serviceConnected) {
          this.logger.warn(`${accountId}: a text could not be answered: ${String(error)}`);
        } else {
          // The account reconnects. The event `connected` starts the next try.
          waiting.unshift(next);
          return;
        }
      }
    }
  }
}

function keep(texts: Map<AccountId, Text[]>, accountId: AccountId, text: Text): void {
  texts.set(accountId, [...(texts.get(accountId) ?? []), text].slice(-MOST_KEPT));
}
