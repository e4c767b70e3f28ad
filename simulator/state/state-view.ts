import type { Fault, FaultPlan } from '../faults/fault-plan.js';
import type { VersionHandler, VersionsView } from '../handshake/version-handler.js';
import type { LoginHandler } from '../login/login-handler.js';
import type { LoginMeter } from '../login/login-meter.js';
import type { Device } from '../server/account.js';
import type { ConnectionRegistry, ConnectionView } from '../server/connection-registry.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Hold, HoldRegistry } from '../server/hold-registry.js';
import type { Metrics, MetricsView } from '../server/metrics.js';

export interface DeviceView {
  phone: string;
  jid: string;
  lid: string;
  registrationId: number;
  platform: string;
  linkedAt: string;
  /** Number of one-time pre-keys that are left; `GET /pre-keys` lists them. */
  preKeys: number;
  preKeysHandedOut: number;
  lastPreKeyId: number | null;
  signedPreKeyId: number;
  connections: number[];
  /** Whether one connection has sent `passive set active`: stanzas for the device are delivered at once. */
  active: boolean;
  /** Number of messages that the device has not acknowledged. */
  waiting: number;
  /** Highest number of its connections at the same time. */
  mostConnections: number;
  takeovers: number;
  logins: number;
  /**
   * The types of its latest 100 `<presence>` stanzas, oldest first, of all its connections. `available (no type)` is a
   * stanza without a type, which WhatsApp reads as online.
   */
  presences: readonly string[];
  /** The version that the latest login announced, such as `2.3000.1`. */
  clientVersion: string | null;
}

/** The answer to `GET /state`. */
export interface StateView extends MetricsView {
  openSockets: number;
  mostOpenSockets: number;
  /** Highest number of login payloads within one second. */
  mostLoginsPerSecond: number;
  /** Highest number of logins in progress: their payload has arrived, and they are neither active nor closed. */
  mostLoginsAtOnce: number;
  webVersion: VersionsView;
  devices: DeviceView[];
  connections: ConnectionView[];
  faults: Fault[];
  holds: Hold[];
}

interface StateSources {
  metrics: Metrics;
  registry: DeviceRegistry;
  connections: ConnectionRegistry;
  plan: FaultPlan;
  holds: HoldRegistry;
  versions: VersionHandler;
  logins: LoginHandler;
  meter: LoginMeter;
}

export function describeState(sources: StateSources): StateView {
  const { metrics, registry, connections, plan, holds, versions, logins, meter } = sources;
  return {
    ...metrics.read(),
    openSockets: connections.open,
    mostOpenSockets: connections.mostOpen,
    mostLoginsPerSecond: meter.mostLoginsPerSecond,
    mostLoginsAtOnce: meter.mostLoginsAtOnce,
    webVersion: versions.read(),
    devices: registry.devices().map((device) => describeDevice(device, logins)),
    connections: connections.views(),
    faults: plan.list(),
    holds: holds.list(),
  };
}

function describeDevice(device: Device, handler: LoginHandler): DeviceView {
  const { phone, jid, lid, registration, platform, linkedAt, preKeys, signedPreKey } = device;
  const { mostConnections, takeovers, logins, presences, clientVersion = null } = device;
  return {
    phone,
    jid,
    lid,
    registrationId: registration.registrationId,
    platform,
    linkedAt,
    preKeys: preKeys.size,
    preKeysHandedOut: preKeys.handedOutSize,
    lastPreKeyId: preKeys.lastUploadedId,
    signedPreKeyId: signedPreKey.id,
    connections: handler.connectionsOf(device).map(({ id }) => id),
    active: handler.activeConnection(device) !== undefined,
    waiting: device.queue.count('message'),
    mostConnections,
    takeovers,
    logins,
    presences: [...presences],
    clientVersion,
  };
}
