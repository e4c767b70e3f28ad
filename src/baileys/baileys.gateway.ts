import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { DEFAULT_CONNECTION_CONFIG, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import type { WebVersion } from '../whatsapp/domain/web-version.js';
import type { Attempt, AttemptRequest } from '../whatsapp/ports/whatsapp.gateway.js';
import { WhatsappGateway } from '../whatsapp/ports/whatsapp.gateway.js';
import { decodeCredentials, phoneOf } from './auth-state/auth-state.codec.js';
import type { AttemptAuthState } from './auth-state/auth-state.js';
import { baileysLogger } from './baileys.logger.js';
import type { BaileysOptions, BaileysSettings } from './baileys.options.js';
import { settingsFrom } from './baileys.options.js';
import { CODE_BROWSER, PhoneCodeLinking } from './pairing/phone-code-linking.js';
import { makeGuardedSocket } from './socket/guarded-socket.js';
import { redactLibsignalSessions } from './patches/redact-libsignal-sessions.js';
import { CredentialPool } from './crypto/credential-pool.js';
import { LiveSockets } from './socket/live-sockets.js';
import { PairingAuthState } from './auth-state/pairing-auth-state.js';
import { PairingHandshake } from './pairing/pairing-handshake.js';
import type { PairingHost } from './pairing/pairing-handshake.js';
import { QrLinking } from './pairing/qr-linking.js';
import { enforceCertificateCheck } from './patches/noise-certificate.js';
import { SocketAttempt } from './socket/socket-attempt.js';
import { servedWebVersion } from './socket/served-web-version.js';
import { cacheSentMessages, retryMessageCache } from './patches/retry-message-cache.js';
import { keepSignedPreKey } from './patches/signed-pre-key-check.js';
import { socketConfig } from './socket/socket.config.js';
import { StoredAuthState } from './auth-state/stored-auth-state.js';
import { TcpConnection } from './socket/tcp-connection.js';

/** Speaks to WhatsApp through Baileys. */
export class BaileysGateway extends WhatsappGateway implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly pinnedWebVersion: WebVersion = DEFAULT_CONNECTION_CONFIG.version;
  readonly liveSockets = new LiveSockets();
  private readonly settings: BaileysSettings;
  private readonly credentialPool: CredentialPool;

  /** @throws TypeError for options that are not valid · Error when this process already trusts another root key */
  constructor(options: BaileysOptions = {}) {
    super();
    this.settings = settingsFrom(options);
    this.credentialPool = new CredentialPool(this.settings.keySetsAhead);
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
    await this.credentialPool.stop();
  }

  private logIn(request: AttemptRequest, stored: Uint8Array): Attempt {
    this.credentialPool.deferRefill();
    const onFailure = (error: unknown): void => {
      attempt.fail(error);
    };
    const authState = new StoredAuthState(decodeCredentials(stored), request.writer, onFailure, stored);
    const { attempt, socket } = this.connect(authState, request);
    keepSignedPreKey(socket, authState.creds);
    this.liveSockets.made(request.accountId, socket);
    return attempt;
  }

  private async register(request: AttemptRequest): Promise<Attempt> {
    const { credentials, preKeys, release } = await this.credentialPool.take();
    const authState = new PairingAuthState(credentials);
    const { phoneNumber } = request;
    const { browser, keepAlive } = this.settings;
    const { attempt, socket } = this.connect(
      authState,
      request,
      phoneNumber === null ? browser : CODE_BROWSER,
    );
    void attempt.closed.then(release);
    const host: PairingHost = {
      isOver: () => attempt.isOver(),
      show: (event) => {
        attempt.emit(event);
      },
      fail: (error) => {
        attempt.fail(error);
      },
      releaseSlot: (error) => {
        attempt.releasePairingSlot(error);
      },
      accept: request.onAccepted,
      pairs: () => {
        attempt.pairs();
      },
    };
    const step =
      phoneNumber === null
        ? new QrLinking(credentials, browser, host)
        : new PhoneCodeLinking(socket, credentials, phoneNumber, keepAlive.answerMs, host);
    new PairingHandshake(socket, authState, preKeys, step, host).start();
    return attempt;
  }

  private connect(
    authState: AttemptAuthState,
    { accountId, attempt: number, onEvent, webVersion }: AttemptRequest,
    browser = this.settings.browser,
  ) {
    const tcp = new TcpConnection(this.settings.serverUrl.protocol === 'wss:');
    const logger = baileysLogger(this.settings.logLevel, accountId, number);
    const attempt = new SocketAttempt(tcp, authState, this.settings.keepAlive, (event) => {
      // Whoever hears that the account is open finds its socket.
      if (event.type === 'opened') this.liveSockets.opened(accountId, attempt);
      onEvent(event);
    });
    const settings = { ...this.settings, browser };
    const config = socketConfig(settings, webVersion, logger, tcp, authState, () => {
      attempt.baileysEnds();
    });
    const socket = makeGuardedSocket(
      { ...config, getMessage: (key) => retryMessageCache(socket, key) },
      (error, event) => {
        attempt.rejected(error, event);
      },
    );
    cacheSentMessages(socket);
    attempt.watch(socket);
    return { attempt, socket };
  }
}
