import type { WASocket } from '@whiskeysockets/baileys';
import { BaileysGateway } from '../../../src/baileys/baileys.gateway.js';
import type { HistoryChunk } from '../../../src/baileys/history/history-chunk.js';
import type { HistoryCounts } from '../../../src/baileys/history/history-host.js';
import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import { WhatsappSockets } from '../../../src/baileys/whatsapp-sockets.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { DeviceRefused, StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { phoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { AuthStateWriter, type AuthStateChange } from '../../../src/whatsapp/ports/auth-state.store.js';
import type { AcceptedDevice, Attempt, AttemptEvent } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { answerParent } from '../../support/processes/answer-parent.js';
import { PauseMeter } from '../../support/resources/pause-meter.js';
import { shiftDate } from '../../support/time/shifted-date.js';

/*
 * A gateway in its own process, controlled over IPC. Inside Jest, the crypto of Baileys is ten times slower, and the
 * patches for AsyncLocalStorage and unhandled rejections cannot be tested.
 */

/** The commands of the test to the gateway. */
export type Command =
  | {
      readonly name: 'open';
      readonly attempt: number;
      readonly stored: boolean;
      readonly acceptance: Acceptance;
      /** Registers by a code for this number instead of by QR code. */
      readonly phoneNumber: string | null;
    }
  | {
      readonly name: 'accept' | 'destroy' | 'close' | 'logout' | 'waitUntilClosed';
      readonly attempt: number;
    }
  | { readonly name: 'failStore'; readonly failing: 'writes' | 'reads' | 'nothing' }
  | { readonly name: 'stored' }
  /** Returns what the host got of histories. */
  | { readonly name: 'history' }
  /** Returns the longest pause of the event loop since the last call. See `PauseMeter`. */
  | { readonly name: 'longestPause' }
  /** Fetches the version of WhatsApp Web. */
  | { readonly name: 'fetchVersion' }
  /** Uses the socket of the account as a host application does. */
  | { readonly name: 'host'; readonly act: HostAct }
  /** Sets the wall clock forward. */
  | { readonly name: 'jumpClock'; readonly byMs: number };

/**
 * How the host stores an accepted device. `fail` cannot store it, and `hold` waits for the command `accept`. `reject`
 * rejects the device, and `rejectAndClose` also closes the attempt in the same turn.
 */
export type Acceptance = 'store' | 'fail' | 'hold' | 'reject' | 'rejectAndClose';

/**
 * `keep` keeps the socket for later, which a host should not do. `query` and `queryKept` send a query and wait for the
 * answer. `wait` waits for an answer that never arrives, and sends a message when the wait ends. `throwInUpdate` adds a
 * listener to the socket that throws.
 */
export type HostAct =
  'keep' | 'query' | 'queryKept' | 'wait' | 'end' | 'logout' | 'throwInListener' | 'throwInUpdate';

export interface StoredView {
  readonly credentials: boolean;
  readonly keys: Readonly<Record<string, number>>;
  readonly writes: readonly {
    readonly credentials: boolean;
    readonly keys: number;
    readonly powerSafe: boolean;
  }[];
}

export type Message =
  | { readonly attempt: number; readonly event: AttemptEvent }
  | { readonly attempt: number; readonly accepted: string; readonly keys: number }
  /** The updates that a host's listener of new sockets received before `opened`. */
  | { readonly socketOf: string; readonly updates: readonly string[] }
  /** How a host's wait for an answer ended. */
  | { readonly waitEnded: string };

export interface HistoryView {
  readonly counts: HistoryCounts;
  readonly chunks: readonly {
    readonly kind: HistoryChunk['kind'];
    readonly progress: number | null;
    readonly chats: readonly string[];
    readonly contacts: readonly string[];
    readonly texts: readonly string[];
  }[];
}

class MemoryWriter extends AuthStateWriter {
  credentials: Uint8Array | null = null;
  failing: 'writes' | 'reads' | 'nothing' = 'nothing';
  readonly keys = new Map<string, Uint8Array>();
  readonly writes: StoredView['writes'][number][] = [];

  read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    if (this.failing === 'reads') return Promise.reject(new StorageFailed());
    const found = ids.flatMap((id) => {
      const value = this.keys.get(`${type} ${id}`);
      return value ? [[id, value] as const] : [];
    });
    return Promise.resolve(new Map(found));
  }

  write({ credentials, keys = [], powerSafe = false }: AuthStateChange): Promise<void> {
    if (this.failing === 'writes') return Promise.reject(new StorageFailed());
    this.writes.push({ credentials: credentials !== undefined, keys: keys.length, powerSafe });
    if (credentials) this.credentials = credentials;
    for (const { type, id, value } of keys) {
      if (value) this.keys.set(`${type} ${id}`, value);
      else this.keys.delete(`${type} ${id}`);
    }
    return Promise.resolve();
  }

  erase(): Promise<void> {
    return Promise.reject(new Error('not used here'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  view(): StoredView {
    const keys: Record<string, number> = {};
    for (const name of this.keys.keys()) {
      const type = name.slice(0, name.indexOf(' '));
      keys[type] = (keys[type] ?? 0) + 1;
    }
    return { credentials: this.credentials !== null, keys, writes: this.writes };
  }
}

const gateway = new BaileysGateway(JSON.parse(process.argv[2] ?? '{}') as BaileysOptions);
const writer = new MemoryWriter();
const attempts = new Map<number, Attempt>();
const acceptances = new Map<number, () => void>();

function send(message: Message): void {
  process.send?.(message);
}

async function accept(attempt: number, acceptance: Acceptance, device: AcceptedDevice): Promise<void> {
  send({ attempt, accepted: device.phone, keys: device.keys.length });
  if (acceptance === 'rejectAndClose') void attempts.get(attempt)?.close();
  if (acceptance === 'reject' || acceptance === 'rejectAndClose') throw new DeviceRefused();
  if (acceptance === 'fail') throw new StorageFailed();
  if (acceptance === 'hold') await new Promise<void>((resolve) => acceptances.set(attempt, resolve));
  await writer.write({ ...device, powerSafe: true });
}

let jumpedMs = 0;

function jumpClock(byMs: number): void {
  jumpedMs += byMs;
  shiftDate(jumpedMs);
}

const sockets = new WhatsappSockets(gateway.liveSockets, gateway.histories);
const account = 'default' as AccountId;
const chunks: HistoryView['chunks'][number][] = [];
const pauses = new PauseMeter();

sockets.onHistory(({ kind, progress, chats, contacts, messages }) => {
  chunks.push({
    kind,
    progress,
    chats: chats.map(({ id }) => id ?? ''),
    contacts: contacts.map(({ id, name, notify }) => `${id} ${name ?? notify ?? ''}`),
    texts: messages.map(({ message }) => message?.conversation ?? ''),
  });
});

function historyView(): HistoryView {
  return { counts: sockets.historyCounts(), chunks };
}

let kept: WASocket | null = null;

sockets.onSocket((accountId, socket) => {
  const updates: string[] = [];
  socket.ev.on('connection.update', ({ connection }) => {
    if (connection) updates.push(connection);
    if (connection === 'open') send({ socketOf: accountId, updates });
  });
});

async function query(socket: WASocket): Promise<void> {
  await socket.fetchPrivacySettings(true);
}

async function host(act: HostAct): Promise<void> {
  if (act === 'queryKept') {
    if (kept) await query(kept);
    return;
  }
  const socket = sockets.get(account);
  switch (act) {
    case 'keep':
      kept = socket;
      return;
    case 'query':
      await query(socket);
      return;
    case 'wait':
      socket.waitForMessage('never').then(
        () => {
          send({ waitEnded: 'answered' });
        },
        (error: unknown) => {
          send({ waitEnded: String(error) });
        },
      );
      return;
    case 'end':
      await socket.end(undefined);
      return;
    case 'logout':
      await socket.logout();
      return;
    case 'throwInUpdate':
      socket.ev.on('connection.update', () => {
        throw new Error('thrown by a host');
      });
      return;
    case 'throwInListener':
      sockets.onSocket(() => {
        throw new Error('thrown by a host');
      });
  }
}

async function execute(command: Command): Promise<StoredView | HistoryView | number | undefined> {
  if (command.name === 'longestPause') return pauses.take();
  if (command.name === 'history') return historyView();
  if (command.name === 'stored') return writer.view();
  if (command.name === 'fetchVersion') {
    await gateway.fetchWebVersion(AbortSignal.timeout(60_000));
    return;
  }
  if (command.name === 'host') {
    await host(command.act);
    return;
  }
  if (command.name === 'jumpClock') {
    jumpClock(command.byMs);
    return;
  }
  if (command.name === 'failStore') {
    writer.failing = command.failing;
    return;
  }
  const { attempt } = command;
  if (command.name === 'open') {
    const opened = await gateway.open({
      accountId: account,
      attempt,
      phoneNumber: command.phoneNumber === null ? null : phoneNumber(command.phoneNumber),
      credentials: command.stored ? writer.credentials : null,
      webVersion: gateway.pinnedWebVersion,
      writer,
      onEvent: (event) => {
        send({ attempt, event });
        // The core does the same at once.
        if (event.type === 'closed') attempts.get(attempt)?.destroy();
      },
      onAccepted: (device) => accept(attempt, command.acceptance, device),
    });
    attempts.set(attempt, opened);
    return;
  }
  if (command.name === 'accept') {
    acceptances.get(attempt)?.();
    return;
  }
  const known = attempts.get(attempt);
  if (!known) throw new Error(`there is no attempt ${attempt}`);
  if (command.name === 'waitUntilClosed') await known.closed;
  else await known[command.name]();
  return;
}

answerParent(execute);
process.on('disconnect', () => process.exit());
