import type { RetireChild, WireAction } from './faults/actions.js';
import { FaultPlan } from './faults/fault-plan.js';
import type { ConnectionFilter, Fault, FaultRequest } from './faults/fault-plan.js';
import { HoldRegistry } from './server/hold-registry.js';
import type { Hold, HoldFilter, ReleaseAs } from './server/hold-registry.js';
import { InvalidRequest } from './faults/invalid-request.js';
import { StageGate } from './server/stage-gate.js';
import { readPairingCode } from './phone/pairing-code.js';
import { Changes } from './server/changes.js';
import { PHONE_NUMBER } from './server/address.js';
import type { TypeCodeRequest, TypeCodeResult } from './phone-code/code-entry.js';
import { CodeRefresh } from './phone-code/code-refresh.js';
import { CodeRetirement } from './pairing/code-retirement.js';
import { conditionHolds } from './state/condition.js';
import type { Condition } from './state/condition.js';
import type { Connection } from './server/connection.js';
import { ConnectionRegistry } from './server/connection-registry.js';
import { createHandlers } from './handlers.js';
import type { Handlers } from './handlers.js';
import { DeviceRegistry } from './server/device-registry.js';
import type { Device } from './server/device-registry.js';
import { WebSocketListener } from './handshake/web-socket-listener.js';
import { LoginMeter } from './login/login-meter.js';
import { Metrics } from './server/metrics.js';
import type { JournalEntry } from './server/metrics.js';
import { PhoneCodeRegistry } from './phone-code/phone-code-registry.js';
import { describePreKeys } from './state/pre-key-view.js';
import type { PreKeyView } from './state/pre-key-view.js';
import { ReferenceRegistry } from './pairing/reference-registry.js';
import type { ScanRequest, ScanResult } from './pairing/scan.js';
import { describeState } from './state/state-view.js';
import type { StateView } from './state/state-view.js';
import { VersionHandler } from './handshake/version-handler.js';
import type { ServedVersion } from './handshake/version-handler.js';
import { WireActions } from './wire-actions.js';
import { CertificateAuthority } from './wire/certificate-authority.js';

export interface SimulationOptions {
  /** References in one `pair-device`; default 6. */
  referenceCount?: number;
  /** How long the first and each further reference is good; defaults 60 s and 20 s. */
  firstReferenceMs?: number;
  nextReferenceMs?: number;
  /** How much longer than that a code may still be scanned; default 2 s. */
  referenceGraceMs?: number;
  /** Linked devices that an account may have; default 4. */
  mostDevices?: number;
  /** How many wrong codes a phone takes before it has the companion asked for another; default 1. */
  mostWrongCodes?: number;
}

export interface RetireRequest {
  /** The code on the screen: its connection, and the secret that is retired. */
  qr?: string;
  where?: ConnectionFilter;
  child?: RetireChild;
  /** How long to wait for the acknowledgement; default 0. */
  waitMs?: number;
}

export interface PasskeyRequirement {
  phone: string;
  /** Default true. */
  required?: boolean;
}

export interface SpendRequest {
  phone: string;
  /** One of its devices; else all. */
  deviceJid?: string;
  /** How many one-time pre-keys the server keeps of each. */
  leave: number;
}

export interface SpendResult {
  spent: number;
  /** Devices that are active, and so were told. */
  notified: number;
}

/** A WhatsApp Web multi-device server and the phones that link devices to it, on loopback. */
export class Simulation {
  readonly rootKeyHex: string;
  private readonly authority = new CertificateAuthority();
  private readonly changes = new Changes();
  private readonly metrics = new Metrics(this.changes);
  private readonly registry = new DeviceRegistry();
  private readonly connections = new ConnectionRegistry(this.changes);
  private readonly plan = new FaultPlan();
  private readonly holdRegistry = new HoldRegistry(this.changes);
  private readonly retirement = new CodeRetirement(this.metrics);
  private readonly codes = new PhoneCodeRegistry();
  private readonly refresh = new CodeRefresh(this.metrics, this.codes);
  private readonly wireActions = new WireActions(this.retirement, this.refresh);
  private readonly versions = new VersionHandler(this.metrics);
  private readonly meter = new LoginMeter();
  private readonly references: ReferenceRegistry;
  private readonly handlers: Handlers;
  private readonly listener: WebSocketListener;

  constructor(options: SimulationOptions) {
    const { metrics, registry, authority, connections, retirement, codes, refresh } = this;
    this.rootKeyHex = authority.rootPublicKey.toString('hex');
    this.references = new ReferenceRegistry({
      count: options.referenceCount ?? 6,
      firstMs: options.firstReferenceMs ?? 60_000,
      nextMs: options.nextReferenceMs ?? 20_000,
      graceMs: options.referenceGraceMs ?? 2_000,
    });
    const gate = new StageGate(this.plan, this.holdRegistry, metrics, (connection, action) =>
      this.wireActions.act(connection, action),
    );
    this.handlers = createHandlers({
      gate,
      metrics,
      registry,
      references: this.references,
      authority,
      codes,
      retirement,
      refresh,
      versions: this.versions,
      meter: this.meter,
      limits: { mostDevices: options.mostDevices ?? 4, mostWrongCodes: options.mostWrongCodes ?? 1 },
    });
    this.listener = new WebSocketListener(
      gate,
      metrics,
      connections,
      authority,
      this.handlers.connectionHandler,
      this.versions,
    );
  }

  /** @returns the port it listens on */
  protected listen(port: number): Promise<number> {
    return this.listener.listen(port);
  }

  async stop(): Promise<void> {
    this.plan.clear();
    this.changes.stop();
    await this.listener.close();
  }

  /** A phone reads the code and, unless something is against it, links the device. */
  async scan(request: ScanRequest): Promise<ScanResult> {
    requireNumber(request.phone);
    return this.handlers.scans.scan(request);
  }

  /** A person types the code that a companion shows into the phone, which then links it as after a scan. */
  async typeCode(request: TypeCodeRequest): Promise<TypeCodeResult> {
    requireNumber(request.phone);
    return this.handlers.codeEntry.type(request);
  }

  /** From now on the account links nothing without its passkey, by whichever code, or does again. */
  requirePasskey({ phone, required = true }: PasskeyRequirement): void {
    requireNumber(phone);
    this.registry.account(phone).passkeyRequired = required;
  }

  /** Retires the code on a screen. @throws {InvalidRequest} where no connection or several are meant */
  async retire({ qr, where, child = 'companion_reg_refresh', waitMs = 0 }: RetireRequest): Promise<boolean> {
    const connection = qr === undefined ? this.only(where) : this.connectionShowing(qr);
    const id = await this.retirement.retire(connection, child, qr);
    if (id === undefined) throw new InvalidRequest('that connection shows no code');
    const acknowledged = (): true | undefined =>
      connection.pairing?.unacknowledged.has(id) === false || undefined;
    return (await this.changes.until(acknowledged, waitMs)) ?? false;
  }

  /** The phone logs devices out: one, or all of the account. @returns how many there were */
  async removeDevices(phone: string, deviceJid?: string): Promise<number> {
    const devices = this.devicesOf(phone, deviceJid);
    this.metrics.count('removals', devices.length);
    await Promise.all(devices.map((device) => this.handlers.logins.remove(device)));
    this.changes.announce();
    return devices.length;
  }

  /** @throws {InvalidRequest} where there is no such device */
  preKeys(deviceJid: string): PreKeyView {
    const device = this.registry.locate(deviceJid)?.device;
    if (!device || device === 'phone') throw new InvalidRequest('no such device');
    return describePreKeys(device);
  }

  /**
   * As if others had started conversations with the devices of a phone, or with one of them; each one that is there is
   * told how many are left.
   */
  spendPreKeys({ phone, deviceJid, leave }: SpendRequest): SpendResult {
    if (!Number.isInteger(leave) || leave < 0) throw new InvalidRequest('leave is a whole number');
    const devices = this.devicesOf(phone, deviceJid);
    const spent = devices.reduce((sum, device) => sum + this.handlers.preKeys.spend(device, leave), 0);
    return { spent, notified: devices.filter((device) => this.handlers.notices.preKeysLeft(device)).length };
  }

  addFault(request: FaultRequest): Fault {
    return this.plan.add(request);
  }

  faults(): Fault[] {
    return this.plan.list();
  }

  /** Without an id: all of them. Connections that already hold or are frozen stay so. */
  removeFault(id?: number): void {
    if (id === undefined) this.plan.clear();
    else this.plan.remove(id);
  }

  /** Does something to open connections now. @returns to how many */
  async act(action: WireAction, where?: ConnectionFilter): Promise<number> {
    const connections = this.connections.find(where);
    await Promise.all(connections.map((connection) => this.wireActions.act(connection, action)));
    return connections.length;
  }

  /** How `GET /sw.js` is answered from now on; what is not given is as at the start. */
  serveVersion(served: ServedVersion): void {
    this.versions.serve(served);
  }

  /** Lower ones are refused with 405 from now on, at registration and at login; null lets all in. */
  requireVersion(least: string | null): void {
    this.versions.require(least);
  }

  /** Waits until somebody holds there; empty when the time is up. */
  async holds(filter: HoldFilter = {}, waitMs = 0): Promise<Hold[]> {
    const some = (): Hold[] | undefined => {
      const holds = this.holdRegistry.list(filter);
      return holds.length > 0 ? holds : undefined;
    };
    return (await this.changes.until(some, waitMs)) ?? [];
  }

  release(filter: HoldFilter = {}, as: ReleaseAs = 'continue'): number {
    return this.holdRegistry.release(filter, as);
  }

  /** @returns whether the condition came to hold in time */
  async waitFor(condition: Condition, waitMs: number): Promise<boolean> {
    const { metrics, registry, connections, handlers } = this;
    const observed = { metrics, registry, connections, logins: handlers.logins };
    const holds = (): true | undefined => conditionHolds(condition, observed) || undefined;
    return (await this.changes.until(holds, waitMs)) ?? false;
  }

  state(): StateView {
    const { metrics, registry, connections, plan, holdRegistry: holds, versions, meter, handlers } = this;
    return describeState({
      metrics,
      registry,
      connections,
      plan,
      holds,
      versions,
      meter,
      logins: handlers.logins,
    });
  }

  journal(): JournalEntry[] {
    return this.metrics.journal();
  }

  /** As freshly started, with the same addresses and root key. Every connection is cut. */
  async reset(): Promise<void> {
    this.plan.clear();
    this.connections.cutAll();
    await this.changes.until(() => this.connections.open === 0 || undefined, 5_000);
    this.registry.clear();
    this.codes.clear();
    this.handlers.logins.clear();
    this.versions.clear();
    this.metrics.reset();
    this.connections.resetMost();
    this.meter.reset();
  }

  private devicesOf(phone: string, deviceJid?: string): Device[] {
    return this.registry.devices(phone).filter(({ jid }) => (deviceJid ?? jid) === jid);
  }

  private only(where: ConnectionFilter = {}): Connection {
    const [connection, another] = this.connections.find({ kind: 'registration', ...where });
    if (!connection || another) throw new InvalidRequest('name the one connection whose code is meant');
    return connection;
  }

  private connectionShowing(qr: string): Connection {
    const code = readPairingCode(qr);
    if (!code) throw new InvalidRequest('not a pairing code');
    const reference = this.references.find(code.reference);
    if (typeof reference === 'string') throw new InvalidRequest(`no open connection shows it: ${reference}`);
    return reference.connection;
  }
}

function requireNumber(phone: string): void {
  if (!PHONE_NUMBER.test(phone)) throw new InvalidRequest('a phone number has 5 to 15 digits');
}
