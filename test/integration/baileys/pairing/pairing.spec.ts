import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SimulatedWhatsapp } from '../simulated-whatsapp.js';

describe('BaileysGateway, pairing by QR code', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start();
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
  });

  it('a pairing shows every reference as a code, is accepted, restarts on 515, logs in and unlinks', async () => {
    const { gateway, control } = whatsapp;
    const phone = whatsapp.newPhone();
    await gateway.open(attempt);
    const codes = (await gateway.event(attempt, 'codes')).values;
    expect(codes).toHaveLength(6);

    const scanned = await control.scan({ qr: codes[0] ?? '', phone });
    expect(scanned).toMatchObject({ paired: true });
    expect(await gateway.accepted(attempt)).toMatchObject({ accepted: phone, keys: 812 });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'whatsapp', code: 515, detail: null });
    expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes', 'closed']);

    await gateway.open(attempt + 1, { stored: true });
    expect(await gateway.event(attempt + 1, 'opened')).toEqual({ type: 'opened', phone });
    expect((await control.state()).devices).toMatchObject([{ phone, preKeys: 812 }]);

    await gateway.do({ name: 'logout', attempt: attempt + 1 });
    expect((await control.state()).devices).toEqual([]);
    expect(await gateway.closed(attempt + 1)).toMatchObject({ kind: 'whatsapp', code: 401 });
  });

  it('the first login uploads the pre-keys that were made ahead instead of new ones', async () => {
    const before = (await whatsapp.gateway.do({ name: 'stored' }))?.writes.length ?? 0;
    await whatsapp.link(attempt);
    const stored = await whatsapp.gateway.do({ name: 'stored' });
    const writes = stored?.writes.slice(before) ?? [];
    expect(writes[0]).toEqual({ credentials: true, keys: 812, powerSafe: true });
    expect(writes.slice(1).every(({ keys }) => keys < 10)).toBe(true);
    await whatsapp.gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });

  it('WhatsApp gets its reply only after the device has been stored', async () => {
    const { gateway, control } = whatsapp;
    const phone = whatsapp.newPhone();
    await gateway.open(attempt, { acceptance: 'hold' });
    const scan = control.scan({ qr: await gateway.code(attempt), phone });
    await gateway.accepted(attempt);
    expect(await control.isMet({ kind: 'stage', stage: 'pair_device_sign', when: 'before' }, 300)).toBe(
      false,
    );

    await gateway.do({ name: 'accept', attempt });
    expect(await scan).toMatchObject({ paired: true });
    expect(await gateway.closed(attempt)).toMatchObject({ code: 515 });
  });

  it('no reply is sent when the device cannot be stored, and the phone shows no device', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { acceptance: 'fail' });
    const scan = control.scan({ qr: await gateway.code(attempt), phone: whatsapp.newPhone() });
    expect(await gateway.closed(attempt)).toEqual({ kind: 'storage_failed' });
    expect(await scan).toMatchObject({ paired: false });
    expect((await control.state()).devices).toEqual([]);
  });

  it('no reply is sent when the attempt is destroyed while the device is being stored', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { acceptance: 'hold' });
    const scan = control.scan({ qr: await gateway.code(attempt), phone: whatsapp.newPhone() });
    await gateway.accepted(attempt);
    await gateway.do({ name: 'destroy', attempt });
    await gateway.do({ name: 'accept', attempt });
    await gateway.do({ name: 'waitUntilClosed', attempt });
    expect(await scan).toMatchObject({ paired: false });
    expect((await control.state()).devices).toEqual([]);
    expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes']);
  });

  it('close() lets the reply leave while the device is being stored', async () => {
    const { gateway, control } = whatsapp;
    await gateway.open(attempt, { acceptance: 'hold' });
    const scan = control.scan({ qr: await gateway.code(attempt), phone: whatsapp.newPhone() });
    await gateway.accepted(attempt);
    const ended = gateway.do({ name: 'close', attempt });
    await gateway.do({ name: 'accept', attempt });
    expect(await scan).toMatchObject({ paired: true });
    await ended;
    expect(gateway.events(attempt).map(({ type }) => type)).toEqual(['codes']);
  });

  it.each(['companion_reg_refresh', 'pair-device-rotate-qr'] as const)(
    'the same references are drawn again when WhatsApp retires their secret (%s)',
    async (child) => {
      const { gateway, control } = whatsapp;
      await gateway.open(attempt);
      const retired = await gateway.code(attempt);
      expect(await control.retire({ qr: retired, child, waitMs: 5_000 })).toBe(true);
      const [redrawn = ''] = (await gateway.event(attempt, 'codesRedrawn')).values;
      expect(redrawn.split(',')[0]).toBe(retired.split(',')[0]);
      expect(redrawn).not.toBe(retired);

      expect(await control.scan({ qr: redrawn, phone: whatsapp.newPhone() })).toMatchObject({ paired: true });
      expect(await gateway.closed(attempt)).toMatchObject({ code: 515 });
    },
  );

  it.each(['account_signature', 'foreign_account_key', 'other_device', 'hmac'] as const)(
    'a forged pair-success ends the pairing and stores nothing (%s)',
    async (forgery) => {
      const { gateway, control } = whatsapp;
      const before = (await gateway.do({ name: 'stored' }))?.writes.length;
      await control.addFault({ stage: 'pair_success', action: { type: 'forge_pair_success', forgery } });
      await gateway.open(attempt);
      const scan = control.scan({ qr: await gateway.code(attempt), phone: whatsapp.newPhone() });
      expect(await gateway.closed(attempt)).toEqual({ kind: 'pairing_forged' });
      expect(await scan).toMatchObject({ paired: false });
      expect((await gateway.do({ name: 'stored' }))?.writes).toHaveLength(before ?? 0);
    },
  );
});
