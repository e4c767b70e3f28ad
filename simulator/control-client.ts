import type { WireAction } from './faults/actions.js';
import type { ConnectionFilter, Fault, FaultRequest } from './faults/fault-plan.js';
import type { ServedVersion } from './handshake/version-handler.js';
import type { HistoryRequest, OwnMessageRequest } from './messages/own-device-sender.js';
import type { ForeignMessage } from './messages/foreign-messages.js';
import type { RetireRequest } from './pairing/code-retirement.js';
import type { PasskeyRequirement } from './pairing/passkey-handler.js';
import type { ScanRequest } from './pairing/scan-handler.js';
import type { TypeCodeRequest } from './phone-code/code-entry-handler.js';
import type { SpendRequest, SpendResult } from './queries/pre-key-handler.js';
import type { Hold, HoldFilter, ReleaseAs } from './server/hold-registry.js';
import type { JournalEntry } from './server/metrics.js';
import type { PairingResult } from './server/pairing-result.js';
import type { BusinessRequest, PushName } from './simulation/phone-commands.js';
import type { Simulation } from './simulation/simulation.js';
import type { Condition } from './state/condition.js';
import type { PreKeyView } from './state/pre-key-view.js';
import type { StateView } from './state/state-view.js';

/** The methods of an object, each with a promise of its result. */
type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** Client of the control API, for tests in another process. It has the methods of the simulation. */
export class ControlClient implements Remote<Omit<Simulation, 'rootKeyHex' | 'stop'>> {
  constructor(private readonly controlUrl: string) {}

  state(): Promise<StateView> {
    return this.request('GET', '/state');
  }

  journal(): Promise<JournalEntry[]> {
    return this.request('GET', '/journal');
  }

  scan(request: ScanRequest): Promise<PairingResult> {
    return this.request('POST', '/scan', request);
  }

  typeCode(request: TypeCodeRequest): Promise<PairingResult> {
    return this.request('POST', '/type-code', request);
  }

  async requirePasskey(requirement: PasskeyRequirement): Promise<void> {
    await this.request('POST', '/passkey', requirement);
  }

  async setPushName(request: PushName): Promise<void> {
    await this.request('POST', '/push-name', request);
  }

  async setBusiness(request: BusinessRequest): Promise<void> {
    await this.request('POST', '/business', request);
  }

  /** @returns whether the client acknowledged within `waitMs` */
  async retire(request: RetireRequest): Promise<boolean> {
    const { acknowledged } = await this.request<{ acknowledged: boolean }>('POST', '/retire', request);
    return acknowledged;
  }

  async removeDevices(phone: string, deviceJid?: string): Promise<number> {
    const { removed } = await this.request<{ removed: number }>('POST', '/remove-devices', {
      phone,
      deviceJid,
    });
    return removed;
  }

  async sendOwn(request: OwnMessageRequest): Promise<number> {
    return (await this.request<{ devices: number }>('POST', '/send-own', request)).devices;
  }

  async sendHistory(request: HistoryRequest): Promise<number> {
    return (await this.request<{ devices: number }>('POST', '/send-history', request)).devices;
  }

  preKeys(deviceJid: string): Promise<PreKeyView> {
    return this.request('GET', `/pre-keys?${new URLSearchParams({ jid: deviceJid }).toString()}`);
  }

  spendPreKeys(request: SpendRequest): Promise<SpendResult> {
    return this.request('POST', '/spend-pre-keys', request);
  }

  async deliverForeign(message: ForeignMessage): Promise<number> {
    const { devices } = await this.request<{ devices: number }>('POST', '/foreign-message', message);
    return devices;
  }

  async requestAgain(phone: string): Promise<number> {
    const { requested } = await this.request<{ requested: number }>('POST', '/request-again', { phone });
    return requested;
  }

  async serveVersion(served: ServedVersion): Promise<void> {
    await this.request('POST', '/served-version', served);
  }

  async requireVersion(version: string | null): Promise<void> {
    await this.request('POST', '/least-version', { version });
  }

  addFault(request: FaultRequest): Promise<Fault> {
    return this.request('POST', '/faults', request);
  }

  faults(): Promise<Fault[]> {
    return this.request('GET', '/faults');
  }

  async removeFault(id?: number): Promise<void> {
    await this.request('DELETE', id === undefined ? '/faults' : `/faults?id=${id}`);
  }

  async act(action: WireAction, where?: ConnectionFilter): Promise<number> {
    const { connections } = await this.request<{ connections: number }>('POST', '/act', { action, where });
    return connections;
  }

  holds(filter: HoldFilter = {}, waitMs = 0): Promise<Hold[]> {
    const entries = Object.entries({ ...filter, waitMs }).map(([name, value]) => [name, String(value)]);
    return this.request('GET', `/holds?${new URLSearchParams(entries as [string, string][]).toString()}`);
  }

  async release(filter: HoldFilter = {}, as: ReleaseAs = 'continue'): Promise<number> {
    const { released } = await this.request<{ released: number }>('POST', '/release', { ...filter, as });
    return released;
  }

  async waitFor(condition: Condition, waitMs: number): Promise<boolean> {
    const { met } = await this.request<{ met: boolean }>('POST', '/wait', { condition, waitMs });
    return met;
  }

  async reset(): Promise<void> {
    await this.request('POST', '/reset', {});
  }

  private async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.controlUrl + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${(answer as { error: string }).error}`);
    return answer as T;
  }
}
