import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  getHistoryMsg,
  type AuthenticationCreds,
  type BinaryNode,
  type proto,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { LogLine } from '../../whatsapp/domain/log-line.js';
import { AppStateSync } from './app-state-sync.js';
import { chunkOf, kindOf, type HistoryKind, type HistoryScope } from './history-chunk.js';
import { downloadHistory, type FetchOptions } from './history-download.js';
import type { HistoryHost } from './history-host.js';
import { MOST_PARTS, MOST_WAITING } from './reading/history-limits.js';
import type { HistoryPayload } from './reading/history-payload.js';
import { HistoryRefused, type HistoryRefusal } from './reading/history.errors.js';
import type { HistoryWorkers } from './reading/history-worker.js';
import { MappingStorage } from './mapping-storage.js';
import { OwnSenders } from './own-senders.js';

type Notification = proto.Message.IHistorySyncNotification;

/** The account whose history is read. */
export interface HistoryOwner {
  readonly accountId: AccountId;
  readonly attempt: number;
}

/** What the histories of all accounts share. */
export interface HistorySources {
  readonly scope: HistoryScope;
  /** The address of the media host, without a path. */
  readonly mediaOrigin: string;
  readonly workers: HistoryWorkers;
  readonly host: HistoryHost;
}

/** A further refusal for the same reason is counted, and logged after this time at the earliest. */
const LOG_EVERY_MS = 60_000;

/**
 * Reads the history that the phone sends after an account was linked, instead of Baileys, which decompresses and
 * decodes it without bound on the event loop, from any device of the account.
 */
export class AccountHistory {
  private readonly logger = new Logger('WhatsappHistory');
  private readonly end = new AbortController();
  private readonly senders: OwnSenders;
  private readonly appState: AppStateSync;
  private readonly loggedAt = new Map<HistoryRefusal, number>();
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;

  /** @param socket of a linked account, before it emits anything */
  constructor(
    private readonly socket: WASocket,
    private readonly owner: HistoryOwner,
    private readonly sources: HistorySources,
    private readonly fetchOptions: FetchOptions,
  ) {
    this.senders = new OwnSenders(socket.authState.creds);
    this.appState = new AppStateSync(socket, (error) => {
      if (!this.end.signal.aborted)
        this.log(`app state sync failed: ${String(error)}; the next login repeats it`);
    });
    socket.ws.on('CB:message', (stanza: BinaryNode) => {
      this.senders.see(stanza);
    });
    socket.ev.on('messages.upsert', ({ messages }) => {
      for (const message of messages) this.receive(message);
    });
  }

  /** Ends all work. Called when the socket is closed. */
  stop(): void {
    this.appState.stop();
    this.end.abort(new Error('the connection has ended'));
  }

  private receive({ key, message }: WAMessage): void {
    const notification = message && historyIn(message);
    if (!notification) return;
    if (!this.senders.takeIsPhone(key.id ?? '')) {
      this.refuse('not_from_the_phone');
      return;
    }
    const kind = kindOf(notification.syncType, this.sources.scope);
    if (!kind) return;
    if (this.waiting >= MOST_WAITING) {
      this.refuse('busy');
      return;
    }
    if (!this.register(kind, notification)) {
      this.refuse('already_taken');
      return;
    }
    this.waiting += 1;
    this.work = this.work.then(() => this.take(kind, notification));
  }

  /**
   * Stores that this link takes this part of the history, before it is read: a part that ends the process must not be
   * read again. The list is Baileys' own, and begins anew with every link.
   * @returns false when the part was taken before, or when the link has taken as many parts as it may
   */
  private register(kind: HistoryKind, { chunkOrder }: Notification): boolean {
    const { ev, authState } = this.socket;
    const { me, processedHistoryMessages: taken = [] } = authState.creds as Partial<AuthenticationCreds>;
    const id = kind === 'initial' ? kind : `${kind} ${chunkOrder ?? 0}`;
    if (taken.length >= MOST_PARTS || taken.some(({ key }) => key.id === id)) return false;
    const entry = { key: { id }, messageTimestamp: Math.floor(Date.now() / 1000) };
    ev.emit('creds.update', { ...(me && { me }), processedHistoryMessages: [...taken, entry] });
    return true;
  }

  private async take(kind: HistoryKind, notification: Notification): Promise<void> {
    try {
      await this.read(kind, notification);
      this.sources.host.countTaken();
    } catch (error) {
      if (this.end.signal.aborted) return;
      if (error instanceof HistoryRefused) this.refuse(error.reason);
      else this.log(`history not stored: ${String(error)}; check the disk of the data directory`);
    } finally {
      this.waiting -= 1;
      if (kind === 'initial' && !this.end.signal.aborted) this.appState.run();
    }
  }

  private async read(kind: HistoryKind, notification: Notification): Promise<void> {
    const { scope, workers, host } = this.sources;
    const { signal } = this.end;
    const payload = await this.payloadOf(notification);
    const wanted = scope === 'none' ? 'mappings' : 'everything';
    const storage = new MappingStorage(this.socket);
    const { accountId } = this.owner;
    const progress = notification.progress ?? null;
    for await (const piece of workers.read({ payload, wanted }, signal)) {
      const begun = performance.now();
      await storage.store(piece);
      const chunk = scope === 'none' ? null : chunkOf(piece, { accountId, kind, progress });
      // Leaves at least half of the time to other accounts.
      await pause(performance.now() - begun);
      if (chunk) await host.hand(chunk);
    }
    await storage.finish();
  }

  private async payloadOf(notification: Notification): Promise<HistoryPayload> {
    const { initialHistBootstrapInlinePayload: inline, directPath, mediaKey, fileEncSha256 } = notification;
    // A copy: the worker would get the whole stanza with a part of it.
    if (inline?.length) return { bytes: new Uint8Array(inline), file: null };
    if (!mediaKey?.length) throw new HistoryRefused('unreadable');
    const origin = this.sources.mediaOrigin;
    const bytes = await downloadHistory(origin, directPath, this.fetchOptions, this.end.signal);
    return { bytes, file: { mediaKey: new Uint8Array(mediaKey), sha256: fileEncSha256 ?? null } };
  }

  private refuse(reason: HistoryRefusal): void {
    this.sources.host.countRefused(reason);
    const now = performance.now();
    if (now - (this.loggedAt.get(reason) ?? -Infinity) < LOG_EVERY_MS) return;
    this.loggedAt.set(reason, now);
    this.log('history refused; the account continues', reason);
  }

  private log(message: string, reason?: HistoryRefusal): void {
    const { accountId, attempt } = this.owner;
    this.logger.warn(new LogLine(accountId, attempt, message, reason ? { reason } : {}));
  }
}

/** Baileys' types promise a result for every message. */
function historyIn(message: proto.IMessage): Notification | undefined {
  return getHistoryMsg(message);
}
