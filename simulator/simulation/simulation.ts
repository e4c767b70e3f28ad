import type { WireAction } from '../faults/actions.js';
import type { ConnectionFilter, Fault, FaultRequest } from '../faults/fault-plan.js';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { ServedVersion } from '../handshake/version-handler.js';
import { WebSocketListener } from '../handshake/web-socket-listener.js';
import type { HistoryRequest, OwnMessageRequest } from '../messages/own-device-sender.js';
import type { ForeignMessage } from '../messages/foreign-messages.js';
import type { RetireRequest } from '../pairing/code-retirement.js';
import type { PasskeyRequirement } from '../pairing/passkey-handler.js';
import type { ScanRequest } from '../pairing/scan-handler.js';
import type { TypeCodeRequest } from '../phone-code/code-entry-handler.js';
import type { SpendRequest, SpendResult } from '../queries/pre-key-handler.js';
import { ChangeNotifier } from '../server/change-notifier.js';
import type { Hold, HoldFilter, ReleaseAs } from '../server/hold-registry.js';
import type { JournalEntry } from '../server/metrics.js';
import type { PairingResult } from '../server/pairing-result.js';
import { isConditionMet, type Condition } from '../state/condition.js';
import { describePreKeys, type PreKeyView } from '../state/pre-key-view.js';
import { describeState, type StateView } from '../state/state-view.js';
import { CertificateAuthority } from '../wire/certificate-authority.js';
import { createComponents, type Components, type SimulationOptions } from './components.js';
import { PhoneCommands, type BusinessRequest, type PushName } from './phone-commands.js';
import { ServerCommands } from './server-commands.js';

const RESET_MS = 5_000;

/** A WhatsApp Web multi-device server on loopback, and the phones that link devices to it. */
export class Simulation {
  readonly rootKeyHex: string;
  private readonly lasting = { authority: new CertificateAuthority(), changes: new ChangeNotifier() };
  private readonly listener = new WebSocketListener(() => this.components);
  private readonly phone = new PhoneCommands(() => this.components);
  private readonly server = new ServerCommands(() => this.components);
  private components: Components;

  constructor(private readonly options: SimulationOptions) {
    this.components = createComponents(options, this.lasting);
    this.rootKeyHex = this.lasting.authority.rootPublicKey.toString('hex');
  }

  /** @returns the port of the server */
  protected listen(port: number): Promise<number> {
    return this.listener.listen(port);
  }

  async stop(): Promise<void> {
    this.components.plan.clear();
    this.lasting.changes.stop();
    await this.listener.close();
  }

  scan(request: ScanRequest): Promise<PairingResult> {
    return this.phone.scan(request);
  }

  typeCode(request: TypeCodeRequest): Promise<PairingResult> {
    return this.phone.typeCode(request);
  }

  requirePasskey(requirement: PasskeyRequirement): void {
    this.phone.requirePasskey(requirement);
  }

  setPushName(request: PushName): void {
    this.phone.setPushName(request);
  }

  setBusiness(request: BusinessRequest): void {
    this.phone.setBusiness(request);
  }

  removeDevices(phone: string, deviceJid?: string): Promise<number> {
    return this.phone.removeDevices(phone, deviceJid);
  }

  sendOwn(request: OwnMessageRequest): number {
    return this.phone.sendOwn(request);
  }

  sendHistory(request: HistoryRequest): number {
    return this.phone.sendHistory(request);
  }

  act(action: WireAction, where?: ConnectionFilter): Promise<number> {
    return this.server.act(action, where);
  }

  retire(request: RetireRequest): Promise<boolean> {
    return this.server.retire(request);
  }

  deliverForeign(message: ForeignMessage): number {
    return this.server.deliverForeign(message);
  }

  requestAgain(phone: string): number {
    return this.server.requestAgain(phone);
  }

  spendPreKeys(request: SpendRequest): SpendResult {
    return this.server.spendPreKeys(request);
  }

  /** Sets the answer of `GET /sw.js`. Absent properties return to their defaults. */
  serveVersion(served: ServedVersion): void {
    this.components.versions.serve(served);
  }

  /** Sets the lowest accepted version, for registrations and logins; `null` accepts all. Lower ones get 405. */
  requireVersion(least: string | null): void {
    this.components.versions.require(least);
  }

  addFault(request: FaultRequest): Fault {
    return this.components.plan.add(request);
  }

  faults(): Fault[] {
    return this.components.plan.list();
  }

  /** Removes one fault, or all without an id. Connections that are held or frozen already stay so. */
  removeFault(id?: number): void {
    if (id === undefined) this.components.plan.clear();
    else this.components.plan.remove(id);
  }

  /** Waits until a connection is held at the stage. @returns the holds; empty after `waitMs` */
  async holds(filter: HoldFilter = {}, waitMs = 0): Promise<Hold[]> {
    const some = (): Hold[] | undefined => {
      const holds = this.components.holds.list(filter);
      return holds.length > 0 ? holds : undefined;
    };
    return (await this.lasting.changes.waitUntil(some, waitMs)) ?? [];
  }

  release(filter: HoldFilter = {}, as: ReleaseAs = 'continue'): number {
    return this.components.holds.release(filter, as);
  }

  /** @returns whether the condition became true within `waitMs` */
  async waitFor(condition: Condition, waitMs: number): Promise<boolean> {
    const holds = (): true | undefined => isConditionMet(condition, this.components) || undefined;
    return (await this.lasting.changes.waitUntil(holds, waitMs)) ?? false;
  }

  state(): StateView {
    return describeState(this.components);
  }

  journal(): JournalEntry[] {
    return this.components.metrics.journal();
  }

  /** @throws {InvalidRequest} when there is no such device */
  preKeys(deviceJid: string): PreKeyView {
    const device = this.components.registry.locate(deviceJid)?.device;
    if (!device || device === 'phone') throw new InvalidRequest('no such device');
    return describePreKeys(device);
  }

  /**
   * Restores the state after the start, and closes every connection. Addresses and root key stay.
   * @throws Error when a connection is still open after 5 s
   */
  async reset(): Promise<void> {
    const { connections } = this.components;
    this.components = createComponents(this.options, this.lasting);
    connections.destroyAll();
    await this.lasting.changes.waitUntil(() => connections.open === 0 || undefined, RESET_MS);
    if (connections.open > 0) throw new Error(`reset: ${connections.open} connections are still open`);
  }
}
