import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventClient } from '../../support/clients/event-client.js';
import { HostEnvironment } from '../../support/host/host-environment.js';
import type { HostProcess } from '../../support/host/host-process.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

let environment: HostEnvironment;
let host: HostProcess;

beforeAll(async () => {
  environment = await HostEnvironment.create();
  host = await environment.start({ interceptors: ['wrapping', 'mapping', 'swallowing', 'hurrying'] });
});
afterAll(() => environment.close());

describe('GET /events in a host application', () => {
  it('interceptors of the host do not change events, and streams end when the host closes', async () => {
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => EventClient.open(host.url, '?accountId=sales')),
    );
    await host.post('/api/whatsapp/pair', { accountId: 'sales' });
    for (const client of clients) {
      await client.until((messages) => messages.some(({ type }) => type === 'qr'), 'a code');
      expect(client.messages.slice(0, 3).map(({ type }) => type)).toEqual(['snapshot', 'status', 'qr']);
    }
    const [stuck, ...others] = clients;
    stuck?.pause();
    const begun = performance.now();
    await host.close();
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 2_000));
    for (const client of others) {
      await client.isDropped(1_000);
      expect(client.hasEnded).toBe(true);
      expect(client.events.at(-1)).toMatchObject({ type: 'status', data: { status: { status: 'idle' } } });
    }
  });

  it("a bad request is refused with the module's error body", async () => {
    const again = await environment.start({ interceptors: ['wrapping'] });
    const { status, text } = await again.send('/api/whatsapp/events?acountId=sales');
    expect([status, JSON.parse(text)]).toMatchObject([400, { ok: false, code: 'invalid_request' }]);
  });
});
