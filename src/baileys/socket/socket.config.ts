import type { Agent } from 'node:https';
import { DEFAULT_CONNECTION_CONFIG, type UserFacingSocketConfig } from '@whiskeysockets/baileys';
import type { WebVersion } from '../../whatsapp/domain/web-version.js';
import type { AttemptAuthState } from '../auth-state/auth-state.js';
import type { BaileysSettings } from '../baileys.options.js';
import { boundMessages } from '../patches/bounded-messages.js';
import { persistRatchetBeforeSend } from '../patches/persist-ratchet-before-send.js';
import { FALLBACK_MS } from '../patches/query-deadline.js';
import type { TcpConnection } from './tcp-connection.js';

/**
 * The longest delay of `setInterval`, 24 days; any longer delay, also `Infinity`, would be 1 ms. It disables
 * Baileys' own keep-alive, which compares times of the wall clock and accepts any frame as an answer. A clock that
 * is set forward would end every connection.
 * `KeepAlive` replaces it.
 */
export const NO_KEEP_ALIVE_MS = 2 ** 31 - 1;

type SocketLogger = NonNullable<UserFacingSocketConfig['logger']>;

/** The settings of one socket. */
interface SocketSettings extends BaileysSettings {
  readonly webVersion: WebVersion;
  readonly logger: SocketLogger;
  readonly tcp: TcpConnection;
  readonly auth: AttemptAuthState;
}

interface SocketCallbacks {
  /** Called as soon as Baileys begins to end the socket, for any reason. */
  readonly onEnding: () => void;
  /** Called for a received message that is too costly to read. */
  readonly onRefused: () => void;
}

/** Returns the Baileys configuration of one socket. */
export function socketConfig(
  { auth, logger, tcp, webVersion, ...settings }: SocketSettings,
  { onEnding, onRefused }: SocketCallbacks,
): UserFacingSocketConfig {
  return {
    auth,
    // The type allows `wss:` only; for `ws:` the ws library accepts an http.Agent.
    agent: tcp.agent as Agent,
    logger,
    waWebSocketUrl: settings.serverUrl,
    version: [...webVersion],
    browser: settings.browser,
    connectTimeoutMs: settings.connectTimeoutMs,
    defaultQueryTimeoutMs: settings.queryTimeoutMs + FALLBACK_MS,
    keepAliveIntervalMs: NO_KEEP_ALIVE_MS,
    // While a device is marked online, WhatsApp sends no notifications to the phone.
    markOnlineOnConnect: false,
    emitOwnEvents: false,
    syncFullHistory: settings.history === 'full',
    // Baileys reads a history without bounds, from every device of the account. `AccountHistory` reads it instead.
    shouldSyncHistoryMessage: () => false,
    // A store failure ends the attempt. Retries would continue for 30 s after the socket is closed.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    // When Baileys ends a socket, it closes the repository first. Nothing else shows that the end has begun.
    makeSignalRepository: (signalAuth, logger, pnToLid) => {
      const repository = persistRatchetBeforeSend(signalAuth, auth, (signal) =>
        boundMessages(DEFAULT_CONNECTION_CONFIG.makeSignalRepository(signal, logger, pnToLid), onRefused),
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
