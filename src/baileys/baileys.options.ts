import {
  Browsers,
  type GroupMetadata,
  type proto,
  type WABrowserDescription,
  type WAMessageKey,
} from '@whiskeysockets/baileys';
import type { AccountId } from '../whatsapp/domain/account-id.js';
import { isLoopback } from '../whatsapp/domain/loopback.js';
import {
  downloadSettingsFrom,
  type DownloadOptions,
  type DownloadSettings,
  type OutgoingMediaOptions,
} from './downloads/download-options.js';
import type { HistoryScope } from './history/history-chunk.js';
import { historyScope } from './history/history-host.js';
import { BAILEYS_LOG_LEVELS, type BaileysLogLevel } from './baileys.logger.js';

export interface KeepAliveTimings {
  /**
   * The average pause from the last answer to the next ping. It varies by up to a fifth, so that a thousand accounts
   * do not send at the same time.
   */
  readonly everyMs: number;
  /** The time limit of an answer. */
  readonly answerMs: number;
}

/** Options of `BaileysModule`. Every option has a default. */
export interface BaileysOptions {
  /** The WebSocket URL of WhatsApp. Default `wss://web.whatsapp.com/ws/chat`. `ws:` is accepted on loopback only. */
  readonly serverUrl?: string | undefined;
  /**
   * The Noise root key of a test server, instead of WhatsApp's: 32 bytes, hexadecimal. Only with a loopback
   * `serverUrl`; one per process.
   */
  readonly serverRootKey?: string | undefined;
  /**
   * The name in the phone's list of linked devices. Default `Mac OS`.
   * A device that is linked by phone code always has the default name. WhatsApp gives no code for a name that no
   * operating system has.
   */
  readonly deviceName?: string | undefined;
  /**
   * The time limit of TCP connection, TLS and upgrade together, and again of WhatsApp's first answer. Default
   * 20,000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * The average pause between keep-alive pings on an open connection; each pause varies by up to a fifth. Default
   * 25,000.
   */
  readonly keepAliveIntervalMs?: number | undefined;
  /** The time limit of a keep-alive answer, after which the connection counts as lost. Default 20,000. */
  readonly answerTimeoutMs?: number | undefined;
  /** The time limit of the answer to a query, in milliseconds, after which the query rejects. Default 20,000. */
  readonly queryTimeoutMs?: number | undefined;
  /** Downloads from addresses that WhatsApp or a peer sent. Default: 30 s, 64 MiB, WhatsApp's hosts only. */
  readonly downloads?: DownloadOptions | undefined;
  /** Downloads from addresses that the host application sends. Default: 30 s, 100 MiB, 3 redirects. */
  readonly outgoingMedia?: OutgoingMediaOptions | undefined;
  /** How many key sets for new devices the worker thread keeps ready. Default 2. */
  readonly keySetsAhead?: number | undefined;
  /**
   * How much of the history that a phone sends after the link goes to the listeners of `WhatsappSockets.onHistory`:
   * `none`, `recent` or `full`. Default `none`: only the mappings between numbers and LIDs are kept.
   */
  readonly history?: HistoryScope | undefined;
  /**
   * How much of Baileys' own log goes to Nest's `Logger` (context `Baileys`, level `log`): `off`, `error`, `warn`,
   * `info` or `debug`. Default `off`.
   * A line has Baileys' sentence, the account and the attempt. Of its details only errors, stanza types and counts
   * are logged.
   */
  readonly logLevel?: BaileysLogLevel | undefined;
  /**
   * Returns a sent message of the account, which a recipient could not read and requests again. With this option the
   * module stores no sent messages. Default: the module stores the latest 512 messages of an account, at most 2 MiB,
   * for a day. An error means that the message is not sent again.
   */
  readonly getMessage?:
    ((accountId: AccountId, key: WAMessageKey) => Promise<proto.IMessage | undefined>) | undefined;
  /**
   * Returns the metadata of a group from the host's cache, so that a message to the group needs no query. Undefined:
   * Baileys queries WhatsApp, which is also the default.
   */
  readonly cachedGroupMetadata?:
    ((accountId: AccountId, jid: string) => Promise<GroupMetadata | undefined>) | undefined;
}

/** The validated options, with every default filled in. */
export interface BaileysSettings {
  readonly serverUrl: URL;
  readonly serverRootKey: Buffer | null;
  readonly browser: WABrowserDescription;
  readonly connectTimeoutMs: number;
  readonly keepAlive: KeepAliveTimings;
  readonly queryTimeoutMs: number;
  readonly downloads: DownloadSettings;
  readonly keySetsAhead: number;
  readonly history: HistoryScope;
  readonly logLevel: BaileysLogLevel;
  readonly getMessage: BaileysOptions['getMessage'];
  readonly cachedGroupMetadata: BaileysOptions['cachedGroupMetadata'];
}

/**
 * Returns the settings for these options.
 * @throws TypeError that names the option and its accepted values
 */
export function settingsFrom(options: BaileysOptions): BaileysSettings {
  const serverUrl = serverUrlFrom(options.serverUrl ?? 'wss://web.whatsapp.com/ws/chat');
  const [os, browser, osVersion] = Browsers.macOS('Chrome');
  return {
    serverUrl,
    serverRootKey: options.serverRootKey === undefined ? null : rootKeyFrom(options.serverRootKey, serverUrl),
    browser: [options.deviceName ?? os, browser, osVersion],
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs ?? 20_000),
    keepAlive: {
      everyMs: positive('keepAliveIntervalMs', options.keepAliveIntervalMs ?? 25_000),
      answerMs: positive('answerTimeoutMs', options.answerTimeoutMs ?? 20_000),
    },
    queryTimeoutMs: positive('queryTimeoutMs', options.queryTimeoutMs ?? 20_000),
    downloads: downloadSettingsFrom(options.downloads, options.outgoingMedia),
    keySetsAhead: options.keySetsAhead ?? 2,
    history: historyScope(options.history ?? 'none'),
    logLevel: logLevelFrom(options.logLevel ?? 'off'),
    getMessage: options.getMessage,
    cachedGroupMetadata: options.cachedGroupMetadata,
  };
}

function serverUrlFrom(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'wss:' && !(url?.protocol === 'ws:' && isLoopback(url.hostname))) {
    throw new TypeError('serverUrl must be a wss: URL, or a ws: URL on loopback.');
  }
  return url;
}

function rootKeyFrom(hex: string, serverUrl: URL): Buffer {
  if (!isLoopback(serverUrl.hostname)) {
    throw new TypeError('serverRootKey is accepted only together with a serverUrl on loopback.');
  }
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw new TypeError('serverRootKey must be 64 hexadecimal digits.');
  return Buffer.from(hex, 'hex');
}

function logLevelFrom(level: BaileysLogLevel): BaileysLogLevel {
  if (BAILEYS_LOG_LEVELS.includes(level)) return level;
  throw new TypeError(`logLevel must be one of ${BAILEYS_LOG_LEVELS.join(', ')}.`);
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new TypeError(`${name} must be a positive number of milliseconds.`);
  return value;
}
