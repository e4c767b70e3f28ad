import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Acceptance } from '../gateway.program.js';
import { CLOSED_WITHIN_MS, SimulatedWhatsapp } from '../simulated-whatsapp.js';
import { timeLimitSince } from '../../../support/time/time-limit.js';

type Way = 'qr' | 'code';
const WAYS: readonly Way[] = ['qr', 'code'];

/** Pairings that are not completed although the user did the requested action. */
describe('BaileysGateway, pairings that are not completed', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;
  let phone: string;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start();
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    phone = whatsapp.newPhone();
    await whatsapp.control.reset();
  });

  /** Opens an attempt, and scans or types its code on the phone. @returns the result on the phone */
  async function pair(way: Way, acceptance: Acceptance = 'store'): Promise<unknown> {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { acceptance, ...(way === 'code' && { phoneNumber: phone }) });
    const value = await gateway.code(attempt);
    return way === 'code' ? control.typeCode({ phone, code: value }) : control.scan({ qr: value, phone });
  }

  describe.each(WAYS)('pairing by %s', (way) => {
    it('a passkey request is acknowledged and ends the attempt at once', async () => {
      const { gateway, control } = whatsapp;
      await control.requirePasskey({ phone });
      expect(await pair(way)).toEqual({ paired: false, reason: 'passkey_required' });
      expect(await gateway.closed(attempt)).toEqual({ kind: 'passkey_required' });
      await gateway.do({ name: 'waitUntilClosed', attempt });
      await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);

      const { counters, refusals, devices } = await control.state();
      expect(counters).toMatchObject({ passkeyRequests: 1, passkeyAcknowledgements: 1 });
      expect([refusals, devices]).toEqual([{}, []]);
      expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes', 'closed']);
    });

    it('the same account is linked once WhatsApp no longer requires a passkey', async () => {
      const { gateway, control } = whatsapp;
      await control.requirePasskey({ phone });
      await pair(way);
      await gateway.closed(attempt);
      await control.requirePasskey({ phone, required: false });
      attempt += 1;
      expect(await pair(way)).toMatchObject({ paired: true });
      await gateway.closed(attempt);
    });

    it.each<Acceptance>(['reject', 'rejectAndClose'])(
      'a rejected device is declined to WhatsApp, and the attempt ends without an event (%s)',
      async (acceptance) => {
        const { gateway, control } = whatsapp;
        const before = (await gateway.do({ name: 'stored' }))?.writes.length;
        expect(await pair(way, acceptance)).toEqual({ paired: false, reason: 'declined_by_companion' });
        const since = performance.now();
        await gateway.do({ name: 'waitUntilClosed', attempt });
        expect(performance.now() - since).toBeLessThan(timeLimitSince(since, CLOSED_WITHIN_MS));
        await control.waitFor({ kind: 'sockets', open: 0 }, 5_000);

        const { counters, refusals, devices } = await control.state();
        expect([counters.declines, refusals, devices]).toEqual([1, {}, []]);
        expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes']);
        expect((await gateway.do({ name: 'stored' }))?.writes).toHaveLength(before ?? 0);
      },
    );
  });

  it('an attempt ends within 2 s when the server does not read the rejection of a device', async () => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'pair_success', when: 'after', action: { type: 'freeze' } });
    void pair('qr', 'reject').catch(() => undefined);
    await gateway.accepted(attempt);
    const since = performance.now();
    await gateway.do({ name: 'waitUntilClosed', attempt });
    expect(performance.now() - since).toBeLessThan(timeLimitSince(since, CLOSED_WITHIN_MS));
    expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes']);
  });
});
