import { FaultPlan } from '../faults/fault-plan.js';
import { ConnectionHandler } from '../handshake/connection-handler.js';
import { VersionHandler } from '../handshake/version-handler.js';
import { LoginHandler } from '../login/login-handler.js';
import { LoginMeter } from '../login/login-meter.js';
import { MediaHost } from '../media/media-host.js';
import { ForeignMessages } from '../messages/foreign-messages.js';
import { MessageHandler } from '../messages/message-handler.js';
import { MessageRouter } from '../messages/message-router.js';
import { NotificationHandler } from '../messages/notification-handler.js';
import { OwnDeviceSender } from '../messages/own-device-sender.js';
import { ReceiptHandler } from '../messages/receipt-handler.js';
import { CodeRetirement } from '../pairing/code-retirement.js';
import { PairSuccessHandler } from '../pairing/pair-success-handler.js';
import { PasskeyHandler } from '../pairing/passkey-handler.js';
import { ReferenceRegistry } from '../pairing/reference-registry.js';
import { RegistrationHandler } from '../pairing/registration-handler.js';
import { ScanHandler } from '../pairing/scan-handler.js';
import { SignatureHandler } from '../pairing/signature-handler.js';
import { CodeEntryHandler } from '../phone-code/code-entry-handler.js';
import { LinkCodeHandler } from '../phone-code/link-code-handler.js';
import { PhoneCodeRegistry } from '../phone-code/phone-code-registry.js';
import { DeviceQueryHandler } from '../queries/device-query-handler.js';
import { PreKeyHandler } from '../queries/pre-key-handler.js';
import { QueryHandler } from '../queries/query-handler.js';
import type { ChangeNotifier } from '../server/change-notifier.js';
import { ConnectionRegistry } from '../server/connection-registry.js';
import { DeviceRegistry } from '../server/device-registry.js';
import { HoldRegistry } from '../server/hold-registry.js';
import { Metrics } from '../server/metrics.js';
import { StageRunner } from '../server/stage-runner.js';
import type { CertificateAuthority } from '../wire/certificate-authority.js';
import { TransportActions } from './transport-actions.js';

export interface SimulationOptions {
  /** Number of references in one `pair-device`. Default 6. */
  referenceCount?: number;
  /** Validity of the first reference. Default 60 s. */
  firstReferenceMs?: number;
  /** Validity of each further reference, counted from the end of the one before it. Default 20 s. */
  nextReferenceMs?: number;
  /** Time after the end of its validity in which a reference can still be scanned. Default 2 s. */
  referenceGraceMs?: number;
  /** Highest number of linked devices per account. Default 4. */
  mostDevices?: number;
  /** Number of wrong codes after which the phone makes the companion show another one. Default 1. */
  mostWrongCodes?: number;
}

export type Components = ReturnType<typeof createComponents>;

/** The parts that a reset keeps. */
interface LastingComponents {
  authority: CertificateAuthority;
  changes: ChangeNotifier;
}

/** Creates all other parts of one server and connects them to each other. They hold the state of the server. */
export function createComponents(options: SimulationOptions, { authority, changes }: LastingComponents) {
  const metrics = new Metrics(changes);
  const registry = new DeviceRegistry(options.mostDevices ?? 4);
  const connections = new ConnectionRegistry(changes);
  const plan = new FaultPlan();
  const holds = new HoldRegistry(changes);
  const meter = new LoginMeter();
  const versions = new VersionHandler(metrics);
  const retirement = new CodeRetirement(metrics);
  const codes = new PhoneCodeRegistry(metrics, options.mostWrongCodes ?? 1);
  const wireActions = new TransportActions(retirement, codes);
  const stages = new StageRunner(plan, holds, metrics, (connection, action) =>
    wireActions.act(connection, action),
  );
  const references = new ReferenceRegistry({
    count: options.referenceCount ?? 6,
    firstMs: options.firstReferenceMs ?? 60_000,
    nextMs: options.nextReferenceMs ?? 20_000,
    graceMs: options.referenceGraceMs ?? 2_000,
  });

  const logins = new LoginHandler(stages, metrics, registry);
  const router = new MessageRouter(stages, metrics, logins, meter);
  const media = new MediaHost(metrics);
  const ownDevices = new OwnDeviceSender(metrics, registry, router, media);
  const notifications = new NotificationHandler(metrics, registry, logins, router);
  const receipts = new ReceiptHandler(stages, metrics, registry, router);
  const foreignMessages = new ForeignMessages(registry, router);
  const preKeys = new PreKeyHandler(metrics, registry, notifications);
  const queries = new DeviceQueryHandler(metrics, registry, preKeys, notifications);
  const passkey = new PasskeyHandler(stages, metrics);
  const pairSuccess = new PairSuccessHandler(stages, passkey);
  const scans = new ScanHandler(stages, metrics, registry, references, pairSuccess);
  const codeEntry = new CodeEntryHandler(stages, metrics, registry, codes, pairSuccess);
  const connectionHandler = new ConnectionHandler(stages, metrics, authority, meter, {
    registration: new RegistrationHandler(stages, metrics, references),
    signature: new SignatureHandler(stages, metrics),
    linkCode: new LinkCodeHandler(stages, metrics, codes),
    passkey,
    login: logins,
    query: new QueryHandler(stages, metrics, logins, router, queries),
    message: new MessageHandler(stages, metrics, registry, router),
    receipt: receipts,
    router,
    retirement,
    version: versions,
  });
  return {
    changes,
    metrics,
    registry,
    connections,
    plan,
    holds,
    meter,
    versions,
    retirement,
    codes,
    wireActions,
    references,
    logins,
    notifications,
    media,
    ownDevices,
    foreignMessages,
    receipts,
    preKeys,
    scans,
    codeEntry,
    stages,
    connectionHandler,
  };
}
