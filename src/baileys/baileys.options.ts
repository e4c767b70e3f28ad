import { Browsers, type WABrowserDescription } from '@whiskeysockets/baileys';
import { isLoopback } from '../whatsapp/domain/loopback.js';
import type { KeepAliveTimings } from './socket/keep-alive.js';
import { BAILEYS_LOG_LEVELS, type BaileysLogLevel } from './baileys.logger.js';

export interface BaileysOptions {
  /** WhatsApp's WebSocket. Default `wss://web.whatsapp.com/ws/chat`; `ws:` is accepted on loopback only. */
  readonly serverUrl?: string | undefined;
  /** Hex, 32 bytes: the Noise root key of a test server, instead of WhatsApp's. Only with a loopback `serverUrl`; one per process. */
  readonly serverRootKey?: string | undefined;
  /**
   * What the phone shows in its list of linked devices. Default `Mac OS`, and always so for a device that is linked by a phone
   * code: WhatsApp gives no code for a name that no operating system has.
   */
  readonly deviceName?: string | undefined;
  /** For the TCP connection, TLS and upgrade together, and again for WhatsApp's first answer. Default 20,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** How often an open connection is asked whether it still answers, give or take a fifth. Default 25,000. */
  readonly keepAliveIntervalMs?: number | undefined;
  /** A connection that has not answered after this time is lost. Default 20,000. */
  readonly answerTimeoutMs?: number | undefined;
  /** How many sets of keys for new devices are kept ready by the worker thread. Default 2. */
  readonly keySetsAhead?: number | undefined;
  /**
   * How much of Baileys' own log goes to Nest's `Logger` (context `Baileys`, at the level `log`): `off`, `error`, `warn`,
   * `info` or `debug`. Its sentences with the account and the attempt, and of what they are about only errors, kinds of
   * stanzas and counts. Default `off`.
   */
  readonly logLevel?: BaileysLogLevel | undefined;
}

export interface BaileysSettings {
  readonly serverUrl: URL;
  readonly serverRootKey: Buffer | null;
  readonly browser: WABrowserDescription;
  readonly connectTimeoutMs: number;
  readonly keepAlive: KeepAliveTimings;
  readonly keySetsAhead: number;
  readonly logLevel: BaileysLogLevel;
}

/** @throws TypeError that names the option and what it accepts */
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
    keySetsAhead: options.keySetsAhead ?? 2,
    logLevel: logLevelFrom(options.logLevel ?? 'off'),
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
