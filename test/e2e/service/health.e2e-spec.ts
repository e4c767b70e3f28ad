import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

interface Ready {
  readonly status?: string;
  readonly code?: string;
  readonly details: { readonly store?: object; readonly whatsapp?: Record<string, unknown> };
}

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create();
});
afterAll(() => setup.close());

async function ready(): Promise<{ status: number; body: Ready }> {
  return setup.service.call('GET', '/health/ready');
}

async function whatsappBecomes(counts: Record<string, number>): Promise<void> {
  let last: unknown;
  await eventually(
    async () => {
      const { status, body } = await ready();
      expect([status, body.status, body.details.whatsapp?.['status']]).toEqual([200, 'ok', 'up']);
      last = body.details.whatsapp;
      return Object.entries(counts).every(([name, count]) => body.details.whatsapp?.[name] === count);
    },
    10_000,
    () => JSON.stringify(last),
  );
}

describe('the readiness of the service', () => {
  it('readiness reports the counts of accounts, and stays while WhatsApp is away', async () => {
    await whatsappBecomes({ linked: 0, connected: 0, reconnecting: 0, pairing: 0, failed: 0 });
    await setup.link('one');
    const phone = await setup.link('two');
    await setup.service.pair('three');
    await whatsappBecomes({ linked: 2, connected: 2, reconnecting: 0, pairing: 1, failed: 0 });
    const { control } = setup.simulator;
    await control.addFault({
      stage: 'upgrade',
      action: { type: 'http_status', status: 503 },
      times: 'always',
    });
    await control.act({ type: 'cut' }, { phone });
    await whatsappBecomes({ linked: 2, connected: 1, reconnecting: 1 });
    await control.removeFault();
    await whatsappBecomes({ connected: 2, reconnecting: 0 });
    await control.removeDevices(phone);
    await whatsappBecomes({ linked: 1, connected: 1, failed: 1 });
  });

  it('the service is not ready while the store cannot be written, and recovers automatically', async () => {
    await setup.service.breakStore({ saveSetting: true });
    await eventually(
      async () => (await ready()).status === 503,
      8_000,
      () => 'the service is still ready',
    );
    expect((await ready()).body).toMatchObject({
      ok: false,
      statusCode: 503,
      error: 'Service Unavailable',
      code: 'not_ready',
      details: { store: { status: 'down' }, whatsapp: { status: 'up' } },
    });
    expect((await setup.service.call('GET', '/health/live')).status).toBe(200);
    await setup.service.breakStore({});
    expect((await ready()).status).toBe(200);
    await setup.service.says(/ERROR: \[Health\] The store cannot be read or written.*Check the disk/);
    await setup.service.says(/INFO: \[Health\] The store can be read and written again/);
  });

  it.each(['/health/live', '/health/ready'])(
    '%s answers every client, and no cache stores the answer',
    async (target) => {
      const request = bytesOf({
        method: 'GET',
        target,
        headers: [
          ['Host', '10.1.2.3:3000'],
          ['User-Agent', 'kube-probe/1.30'],
          ['Origin', 'https://example.com'],
          ['If-None-Match', '*'],
          ['Connection', 'close'],
        ],
      });
      const [answer] = await sendRaw(setup.service.url, request);
      expect(answer?.status).toBe(200);
      expect(answer?.headers.get('cache-control')).toBe('no-store');
      const head = await fetch(setup.service.url + target, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    },
  );

  it('a readiness check needs little time', async () => {
    const started = performance.now();
    for (let probe = 0; probe < 200; probe++) expect((await ready()).status).toBe(200);
    expect((performance.now() - started) / 200).toBeLessThan(timeLimitSince(started, 20));
  });
});
