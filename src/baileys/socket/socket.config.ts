import type { Agent } from 'node:https';
import { DEFAULT_CONNECTION_CONFIG, proto, type UserFacingSocketConfig } from '@whiskeysockets/baileys';
import type { WebVersion } from '../../whatsapp/domain/web-version.js';
import type { AttemptAuthState } from '../auth-state/auth-state.js';
import type { BaileysSettings } from '../baileys.options.js';
import { persistRatchetBeforeSend } from '../patches/persist-ratchet-before-send.js';
import type { TcpConnection } from './tcp-connection.js';

const INITIAL_BOOTSTRAP: number = proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP;

/**
 * The longest that `setInterval` waits (24 days; anything longer, `Infinity` too, would be 1 ms). Baileys' own keep-alive
 * compares times of the wall clock, so a clock set forward ends every connection, and takes any frame for an answer:
 * `KeepAlive` does it instead.
 */
export const NO_KEEP_ALIVE_MS = 2 ** 31 - 1;

type SocketLogger = NonNullable<UserFacingSocketConfig['logger']>;

/** @param onEnding called as soon as Baileys begins to end the socket, by itself or on our demand */
export function socketConfig(
  settings: BaileysSettings,
  webVersion: WebVersion,
  logger: SocketLogger,
  tcp: TcpConnection,
  auth: AttemptAuthState,
  onEnding: () => void,
): UserFacingSocketConfig {
  return {
    auth,
    // Typed for `wss:` only; ws takes an http.Agent for `ws:`.
    agent: tcp.agent as Agent,
    logger,
    waWebSocketUrl: settings.serverUrl,
    version: [...webVersion],
    browser: settings.browser,
    connectTimeoutMs: settings.connectTimeoutMs,
    keepAliveIntervalMs: NO_KEEP_ALIVE_MS,
    // While a link is marked online, WhatsApp sends no notifications to the phone.
    markOnlineOnConnect: false,
    emitOwnEvents: false,
    syncFullHistory: false,
    // Megabytes that nobody here reads; the first chunk alone brings the number ↔ LID mappings that sessions need.
    shouldSyncHistoryMessage: ({ syncType }) => Number(syncType) === INITIAL_BOOTSTRAP,
    // A store that refused once ends the attempt: no retries, which would go on for 30 s after the socket is gone.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    // Closing its caches is the first thing Baileys does when it ends a socket, and the only sign of it.
    makeSignalRepository: (signalAuth, logger, pnToLid) => {
      const repository = persistRatchetBeforeSend(signalAuth, auth, (signal) =>
        DEFAULT_CONNECTION_CONFIG.makeSignalRepository(signal, logger, pnToLid),
      );
      const close = repository.close?.bind(repository);
      repository.close = () => {
        close?.();
        onEnding();
      };
      return repository;
    },
  };
}
