import type { WireAction } from '../faults/actions.js';
import type { ConnectionFilter, Fault, FaultRequest } from '../faults/fault-plan.js';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { ServedVersion } from '../handshake/version-handler.js';
import type { RetireRequest } from '../pairing/code-retirement.js';
import type { PasskeyRequirement } from '../pairing/passkey-handler.js';
import type { ScanRequest, ScanResult } from '../pairing/scan.js';
import type { TypeCodeRequest, TypeCodeResult } from '../phone-code/code-entry.js';
import type { SpendRequest, SpendResult } from '../queries/pre-key-handler.js';
import type { Hold, HoldFilter, ReleaseAs } from '../server/hold-registry.js';
import type { JournalEntry } from '../server/metrics.js';
import { isConditionMet, type Condition } from '../state/condition.js';
import { describePreKeys, type PreKeyView } from '../state/pre-key-view.js';
import { describeState, type StateView } from '../state/state-view.js';
import { createComponents, type Components, type SimulationOptions } from './components.js';
import { PhoneCommands } from './phone-commands.js';
import { ServerCommands } from './server-commands.js';

const RESET_MS = 5_000;

/** A WhatsApp Web multi-device server on loopback, and the phones that link devices to it. */
export class Simulation {
  readonly rootKeyHex: string;
  private readonly components: Components;
  private readonly phone: PhoneCommands;
  private readonly server: ServerCommands;

  constructor(options: SimulationOptions) {
    this.components = createComponents(options);
    this.phone = new PhoneCommands(this.components);
    this.server = new ServerCommands(this.components);
    this.rootKeyHex = this.components.authority.rootPublicKey.toString('hex');
  }

  /** @returns the port of the server */
  protected listen(port: number): Promise<number> {
    return this.components.listener.listen(port);
  }

  async stop(): Promise<void> {
    this.components.plan.clear();
    this.components.changes.stop();
    await this.components.listener.close();
  }

  scan(request: ScanRequest): Promise<ScanResult> {
    return this.phone.scan(request);
  }

  typeCode(request: TypeCodeRequest): Promise<TypeCodeResult> {
    return this.phone.typeCode(request);
  }

  requirePasskey(requirement: PasskeyRequirement): void {
    this.phone.requirePasskey(requirement);
  }

  removeDevices(phone: string, deviceJid?: string): Promise<number> {
    return this.phone.removeDevices(phone, deviceJid);
  }

  act(action: WireAction, where?: ConnectionFilter): Promise<number> {
    return this.server.act(action, where);
  }

  retire(request: RetireRequest): Promise<boolean> {
    return this.server.retire(request);
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
    return (await this.components.changes.waitUntil(some, waitMs)) ?? [];
  }

  release(filter: HoldFilter = {}, as: ReleaseAs = 'continue'): number {
    return this.components.holds.release(filter, as);
  }

  /** @returns whether the condition became true within `waitMs` */
  async waitFor(condition: Condition, waitMs: number): Promise<boolean> {
    const holds = (): true | undefined => isConditionMet(condition, this.components) || undefined;
    return (await this.components.changes.waitUntil(holds, waitMs)) ?? false;
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

  /** Closes every connection and restores the state after the start. Addresses and root key stay. */
  async reset(): Promise<void> {
    const { plan, connections, changes, registry, codes, logins, versions, metrics, meter } = this.components;
    plan.clear();
    connections.destroyAll();
    await changes.waitUntil(() => connections.open === 0 || undefined, RESET_MS);
    registry.clear();
    codes.clear();
    logins.clear();
    versions.clear();
    metrics.reset();
    connections.resetMost();
    meter.reset();
  }
}
