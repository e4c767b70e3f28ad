import { EventEmitter, once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeWASocket,
  useMultiFileAuthState,
  type BaileysEventMap,
  type WASocket,
} from '@whiskeysockets/baileys';
import { monotonicMs } from '../support/clock.js';
import { forEachConcurrently } from '../support/concurrency.js';
import { serveRequests } from '../support/request-handler.js';
import type { FirstCode } from './side.js';
import { silentLogger } from './silent-logger.js';

export interface LogInRequest {
  readonly accounts: readonly string[];
  readonly atOnce: number;
}

const folder = process.env['WHATSAPP_DATA_DIR'] ?? '';
const url = process.env['WHATSAPP_SERVER_URL'] ?? '';

/**
 * One account on unmodified Baileys with its defaults. Keeps the state in memory across a restart, which is the fastest
 * way to use it.
 */
class BareAccount {
  private readonly events = new EventEmitter();
  private readonly folder: string;
  private socket: WASocket | null = null;

  constructor(account: string) {
    this.folder = join(folder, account);
  }

  async pair(): Promise<FirstCode> {
    const shown = once(this.events, 'qr');
    const nothing = monotonicMs();
    const { state, saveCreds } = await useMultiFileAuthState(this.folder);
    const begun = monotonicMs();
    this.connect(state, saveCreds);
    const [qr, at] = (await shown) as [string, number];
    return { qr, ms: at - begun, fromNothingMs: at - nothing };
  }

  async connectedAt(): Promise<number> {
    const [at] = (await once(this.events, 'open')) as [number];
    return at;
  }

  /** Logs in with the credentials of the folder. Resolves when the connection is open. */
  async logIn(): Promise<number> {
    const ended = once(this.events, 'close').then(([reason]: unknown[]) => {
      throw new Error(`the connection was closed before it was open: ${String(reason)}`);
    });
    const opened = this.connectedAt();
    const { state, saveCreds } = await useMultiFileAuthState(this.folder);
    this.connect(state, saveCreds);
    return Promise.race([opened, ended]);
  }

  async stopPairing(): Promise<void> {
    await this.waitForClose(() => void this.socket?.end(undefined));
  }

  async logOut(): Promise<void> {
    await this.waitForClose(() => void this.socket?.logout());
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private connect(
    auth: Awaited<ReturnType<typeof useMultiFileAuthState>>['state'],
    save: () => Promise<void>,
  ): void {
    const socket = makeWASocket({ waWebSocketUrl: url, auth, logger: silentLogger });
    this.socket = socket;
    socket.ev.on('creds.update', () => void save());
    socket.ev.on('connection.update', (update) => {
      const { connection, qr } = update;
      if (qr) this.events.emit('qr', qr, monotonicMs());
      if (connection === 'open') this.events.emit('open', monotonicMs());
      if (connection !== 'close') return;
      if (codeOf(update) === 515) this.connect(auth, save);
      else this.events.emit('close', update.lastDisconnect?.error);
    });
  }

  private async waitForClose(close: () => void): Promise<void> {
    const closed = once(this.events, 'close');
    close();
    await closed;
  }
}

function codeOf({ lastDisconnect }: BaileysEventMap['connection.update']): number | undefined {
  const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
  return error?.output?.statusCode;
}

const accounts = new Map<string, BareAccount>();

function accountFor(account: string): BareAccount {
  const found = accounts.get(account) ?? new BareAccount(account);
  accounts.set(account, found);
  return found;
}

// A late save finds its folder removed, and a query ends with its socket. Neither affects the measurements.
process.on('unhandledRejection', () => undefined);

serveRequests({
  ready: () => true,
  pair: (account: string) => accountFor(account).pair(),
  connectedAt: (account: string) => accountFor(account).connectedAt(),
  logInAll: async ({ accounts: names, atOnce }: LogInRequest) => {
    const opened: number[] = [];
    await forEachConcurrently(atOnce, names, async (account) => {
      opened.push(await accountFor(account).logIn());
    });
    return Math.max(...opened);
  },
  stopPairing: async (account: string) => {
    await accountFor(account).stopPairing();
    accounts.delete(account);
  },
  logOut: async (account: string) => {
    await accountFor(account).logOut();
    accounts.delete(account);
  },
});
