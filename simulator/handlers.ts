import type { StageGate } from './server/stage-gate.js';
import type { CertificateAuthority } from './wire/certificate-authority.js';
import { CodeEntryHandler } from './phone-code/code-entry-handler.js';
import type { PhoneLimits } from './phone-code/code-entry-handler.js';
import type { CodeRefresh } from './phone-code/code-refresh.js';
import type { CodeRetirement } from './pairing/code-retirement.js';
import type { DeviceRegistry } from './server/device-registry.js';
import type { Metrics } from './server/metrics.js';
import { LinkCodeHandler } from './phone-code/link-code-handler.js';
import { LoginHandler } from './login/login-handler.js';
import type { LoginMeter } from './login/login-meter.js';
import { MessageHandler } from './messages/message-handler.js';
import { NotificationHandler } from './messages/notification-handler.js';
import { PairSuccessHandler } from './pairing/pair-success-handler.js';
import { PasskeyHandler } from './pairing/passkey-handler.js';
import type { PhoneCodeRegistry } from './phone-code/phone-code-registry.js';
import { MessageRouter } from './messages/message-router.js';
import { PreKeyHandler } from './queries/pre-key-handler.js';
import { QueryHandler } from './queries/query-handler.js';
import { ReceiptHandler } from './messages/receipt-handler.js';
import { ConnectionHandler } from './handshake/connection-handler.js';
import type { ReferenceRegistry } from './pairing/reference-registry.js';
import { RegistrationHandler } from './pairing/registration-handler.js';
import { ScanHandler } from './pairing/scan-handler.js';
import { SignatureHandler } from './pairing/signature-handler.js';
import type { VersionHandler } from './handshake/version-handler.js';

export interface ServerDependencies {
  gate: StageGate;
  metrics: Metrics;
  registry: DeviceRegistry;
  references: ReferenceRegistry;
  authority: CertificateAuthority;
  codes: PhoneCodeRegistry;
  retirement: CodeRetirement;
  refresh: CodeRefresh;
  versions: VersionHandler;
  meter: LoginMeter;
  limits: PhoneLimits;
}

export interface Handlers {
  connectionHandler: ConnectionHandler;
  logins: LoginHandler;
  scans: ScanHandler;
  codeEntry: CodeEntryHandler;
  notices: NotificationHandler;
  preKeys: PreKeyHandler;
}

/** Sets up the server behind its front door. */
export function createHandlers(dependencies: ServerDependencies): Handlers {
  const {
    gate,
    metrics,
    registry,
    references,
    codes,
    authority,
    retirement,
    refresh,
    versions,
    meter,
    limits,
  } = dependencies;
  const logins = new LoginHandler(gate, metrics, registry);
  const router = new MessageRouter(gate, metrics, logins, meter);
  const notices = new NotificationHandler(metrics, registry, logins, router);
  const preKeys = new PreKeyHandler(metrics, registry, notices);
  const passkey = new PasskeyHandler(gate, metrics);
  const offers = new PairSuccessHandler(gate, passkey);
  const connectionHandler = new ConnectionHandler(gate, metrics, authority, meter, {
    registration: new RegistrationHandler(gate, metrics, references),
    signature: new SignatureHandler(gate, metrics),
    linkCode: new LinkCodeHandler(gate, metrics, codes, refresh),
    passkey,
    login: logins,
    query: new QueryHandler(gate, metrics, registry, logins, preKeys, router, notices),
    message: new MessageHandler(gate, metrics, registry, router),
    receipt: new ReceiptHandler(gate, metrics, registry, router),
    router,
    retirement,
    version: versions,
  });
  const scans = new ScanHandler(gate, metrics, registry, references, offers, limits.mostDevices);
  const codeEntry = new CodeEntryHandler(gate, metrics, registry, codes, refresh, offers, limits);
  return { connectionHandler, logins, scans, codeEntry, notices, preKeys };
}
