import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import {
  DEFAULT_CONNECTION_CONFIG,
  WA_CERT_DETAILS,
  type UserFacingSocketConfig,
  type WABrowserDescription,
} from '@whiskeysockets/baileys';
import { isLoopback } from '../whatsapp/domain/loopback.js';
import type { WebVersion } from '../whatsapp/domain/web-version.js';
import { WhatsappGateway, type Attempt, type AttemptRequest } from '../whatsapp/ports/whatsapp.gateway.js';
import { decodeCredentials, phoneOf } from './auth-state/auth-state.codec.js';
import type { AttemptAuthState } from './auth-state/auth-state.js';
import { baileysLogger } from './baileys.logger.js';
import { settingsFrom, type BaileysOptions, type BaileysSettings } from './baileys.options.js';
import { CODE_BROWSER, PhoneCodeLinking } from './pairing/phone-code-linking.js';
import { AccountHistory } from './history/account-history.js';
import { mediaOrigin } from './history/history-download.js';
import { HistoryHost } from './history/history-host.js';
import { HistoryWorkers } from './history/reading/history-worker.js';
import { makeGuardedSocket } from './socket/guarded-socket.js';
import { redactLibsignalSessions } from './patches/redact-libsignal-sessions.js';
import { CredentialPool, type FreshDevice } from './crypto/credential-pool.js';
import { Downloads } from './downloads/downloads.js';
import { LiveSockets } from './socket/live-sockets.js';
import { SentMessages } from './auth-state/sent-messages.js';
import { PairingAuthState } from './auth-state/pairing-auth-state.js';
import { PairingHandshake } from './pairing/pairing-handshake.js';
import { QrLinking } from './pairing/qr-linking.js';
import { enforceCertificateCheck } from './patches/noise-certificate.js';
import { RefusedMessages } from './socket/refused-messages.js';
import { SocketAttempt } from './socket/socket-attempt.js';
import { servedWebVersion } from './socket/served-web-version.js';
import { limitEventBuffer } from './patches/bounded-event-buffer.js';
import { keepPresenceQuiet } from './patches/quiet-presence.js';
import { findSentMessage, keepSentMessages, storeSentMessages } from './patches/retry-message-cache.js';
import { endUnansweredQueries } from './patches/query-deadline.js';
import { acknowledgeUnreadableBroadcasts } from './patches/unreadable-broadcasts.js';
import { checkSignedPreKey } from './patches/signed-pre-key-check.js';
import { socketConfig } from './socket/socket.config.js';
import { StoredAuthState } from './auth-state/stored-auth-state.js';
import { TcpConnection } from './socket/tcp-connection.js';

/** The WhatsApp gateway on Baileys: one socket per attempt, to log in or to register a new device. */
export class BaileysGateway extends WhatsappGateway implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly pinnedWebVersion: WebVersion = DEFAULT_CONNECTION_CONFIG.version;
  readonly liveSockets = new LiveSockets();
  readonly histories = new HistoryHost();
  private readonly settings: BaileysSettings;
  private readonly refusedMessages = new RefusedMessages();
  private readonly historyWorkers = new HistoryWorkers();
  private readonly credentialPool: CredentialPool;
  private readonly downloads: Downloads;

  /** @throws TypeError for invalid options · Error when this process already trusts another root key */
  constructor(options: BaileysOptions = {}) {
    super();
    this.settings = settingsFrom(options);
    this.credentialPool = new CredentialPool(this.settings.keySetsAhead);
    this.downloads = new Downloads(this.settings.downloads);
    redactLibsignalSessions();
    enforceCertificateCheck(this.settings.serverRootKey ?? WA_CERT_DETAILS.PUBLIC_KEY);
  }

  async open(request: AttemptRequest): Promise<Attempt> {
    return request.credentials ? this.logIn(request, request.credentials) : await this.register(request);
  }

  fetchWebVersion(signal: AbortSignal): Promise<WebVersion> {
    return servedWebVersion(this.settings.serverUrl, signal);
  }

  inspect(credentials: Uint8Array): { readonly phone: string } {
    return { phone: phoneOf(decodeCredentials(credentials)) };
  }

  onApplicationBootstrap(): void {
    this.credentialPool.prepare();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.credentialPool.stop(), this.downloads.close()]);
  }

  private logIn(request: AttemptRequest, stored: Uint8Array): Attempt {
    this.credentialPool.deferRefill();
    const onFailure = (error: unknown): void => {
      attempt.fail(error);
    };
    const authState = new StoredAuthState(decodeCredentials(stored), request.writer, onFailure, stored);
    const sentMessages = this.settings.getMessage ? null : new SentMessages(request.writer);
    const { attempt, socket, options } = this.connect(
      authState,
      request,
      this.settings.browser,
      sentMessages,
    );
    if (sentMessages) storeSentMessages(socket, sentMessages);
    const sources = {
      scope: this.settings.history,
      mediaOrigin: mediaOrigin(this.settings.serverUrl),
      workers: this.historyWorkers,
      host: this.histories,
    };
    // A simulated server on loopback is its own media host; the dispatcher refuses such an address.
    const fetchOptions = isLoopback(this.settings.serverUrl.hostname) ? {} : options;
    const history = new AccountHistory(socket, request, sources, fetchOptions);
    void attempt.closed.then(() => {
      history.stop();
    });
    checkSignedPreKey(socket, authState.creds);
    acknowledgeUnreadableBroadcasts(socket, (message) => request.onMessage?.(message));
    this.liveSockets.announce(request.accountId, socket);
    return attempt;
  }

  private async register(request: AttemptRequest): Promise<Attempt> {
    const device = await this.credentialPool.take();
    try {
      const attempt = this.pair(request, device);
      void attempt.closed.then(device.release);
      return attempt;
    } catch (error) {
      device.release();
      throw error;
    }
  }

  private pair(request: AttemptRequest, { credentials, preKeys }: FreshDevice): Attempt {
    const authState = new PairingAuthState(credentials);
    const { phoneNumber } = request;
    const { browser, keepAlive } = this.settings;
    const { attempt, socket } = this.connect(
      authState,
      request,
      phoneNumber === null ? browser : CODE_BROWSER,
    );
    const method =
      phoneNumber === null
        ? new QrLinking(credentials, browser, attempt)
        : new PhoneCodeLinking(socket, credentials, phoneNumber, keepAlive.answerMs, attempt);
    new PairingHandshake(socket, authState, preKeys, method, attempt).start();
    return attempt;
  }

  private connect(
    authState: AttemptAuthState,
    { accountId, attempt: number, onEvent, onAccepted, webVersion }: AttemptRequest,
    browser: WABrowserDescription,
    stored: SentMessages | null = null,
  ) {
    const tcp = new TcpConnection(this.settings.serverUrl.protocol === 'wss:');
    const logger = baileysLogger(this.settings.logLevel, accountId, number);
    const attempt = new SocketAttempt(tcp, authState, this.settings.keepAlive, {
      onAccepted,
      onEvent: (event) => {
        // Registered first: a listener that receives `opened` finds the socket.
        if (event.type === 'opened') this.liveSockets.add(accountId, attempt);
        onEvent(event);
      },
    });
    const downloads = this.downloads.forSocket();
    const config = socketConfig(
      { ...this.settings, browser, webVersion, logger, tcp, auth: authState },
      {
        onEnding: () => {
          attempt.onBaileysEnd();
        },
        onRefused: () => {
          this.refusedMessages.report(accountId, number);
        },
      },
    );
    const { getMessage, cachedGroupMetadata } = this.settings;
    const sources: Partial<UserFacingSocketConfig> = {
      options: { dispatcher: downloads.dispatcher } as object,
      getMessage: async (key) =>
        (await findSentMessage(socket, key, stored)) ?? (await getMessage?.(accountId, key)),
      ...(cachedGroupMetadata && { cachedGroupMetadata: (jid) => cachedGroupMetadata(accountId, jid) }),
    };
    const socket = makeGuardedSocket({ ...config, ...sources }, (error, event) => {
      attempt.onListenerRejection(error, event);
    });
    endUnansweredQueries(socket.ws, this.settings.queryTimeoutMs);
    downloads.watch(socket);
    keepSentMessages(socket);
    keepPresenceQuiet(socket);
    limitEventBuffer(socket);
    attempt.attach(socket);
    return { attempt, socket, options: sources.options };
  }
}
