import type { Simulator } from '../processes/simulator.js';
import { EventClient } from '../clients/event-client.js';
import { eventually } from '../eventually.js';
import type { Tenant } from './host.guards.js';
import { HostEnvironment } from './host-environment.js';
import type { HostAnswer, HostProcess } from './host-process.js';
import { CODE_WAIT_MS } from '../time/time-limit.js';

export const BASE = '/api/whatsapp';

export const as = (tenant: string): Record<string, string> => ({ 'x-tenant': tenant });

export const read = ({ status, text }: HostAnswer): unknown => [status, JSON.parse(text)];

/** The status and the code of an error. */
export const outcome = ({ status, text }: HostAnswer): unknown => [
  status,
  (JSON.parse(text) as { code?: string }).code,
];

/** A host application with tenants, a simulator, and the calls of those tenants. */
export class HostedTenants {
  private constructor(
    private readonly environment: HostEnvironment,
    readonly host: HostProcess,
  ) {}

  static async start(
    tenants: Readonly<Record<string, Tenant>>,
    allowedOrigins: readonly string[] = [],
  ): Promise<HostedTenants> {
    const environment = await HostEnvironment.create();
    return new HostedTenants(environment, await environment.start({ tenants, allowedOrigins }));
  }

  get(tenant: string, path: string): Promise<HostAnswer> {
    return this.host.send(`${BASE}/${path}`, { headers: as(tenant) });
  }

  post(tenant: string, path: string, body: object): Promise<HostAnswer> {
    return this.host.post(`${BASE}/${path}`, body, as(tenant));
  }

  /** A page of the accounts that the tenant may access. */
  async listed(tenant: string, query: string): Promise<{ ids: string[]; next: string | null }> {
    const { text } = await this.get(tenant, `accounts?${query}`);
    const page = JSON.parse(text) as { accounts: { accountId: string }[]; next: string | null };
    return { ids: page.accounts.map(({ accountId }) => accountId), next: page.next };
  }

  /** Starts a pairing in the name of the application and waits for its code. */
  async pairing(accountId: string): Promise<string> {
    await this.host.post(`${BASE}/pair`, { accountId });
    const query = `accountId=${accountId}&format=json&waitMs=${CODE_WAIT_MS}`;
    const { text } = await this.host.send(`${BASE}/pair/qr?${query}`);
    return (JSON.parse(text) as { value: string }).value;
  }

  follow(tenant: string, query = '', lastEventId?: string): Promise<EventClient> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return EventClient.open(this.host.url, query, { ...as(tenant), ...headers });
  }

  /** Waits until `count` listeners wait for the revocation of a tenant. */
  async isListenedTo(count: number, tenant: string): Promise<void> {
    let listeners = -1;
    await eventually(
      async () => (listeners = (await this.host.tenant(tenant)).listeners) === count,
      5_000,
      () => `${listeners} listeners wait for the revocation of ${tenant}, not ${count}`,
    );
  }

  get simulator(): Simulator {
    return this.environment.simulator;
  }

  close(): Promise<void> {
    return this.environment.close();
  }
}
