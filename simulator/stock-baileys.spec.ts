import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StockBaileysProcess } from './testing/stock-baileys-process.js';
import { WhatsappSimulator } from './whatsapp-simulator.js';

const PHONE = '4915112345678';

describe('unmodified Baileys', () => {
  let simulator: WhatsappSimulator;
  let baileys: StockBaileysProcess;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    baileys = new StockBaileysProcess(simulator.url);
  });

  afterEach(async () => {
    baileys.kill();
    await simulator.stop();
  });

  it('Baileys pairs, restarts on 515, logs in, sends only known queries, and logs out', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    const scan = await simulator.scan({ qr, phone: PHONE });
    expect(scan).toMatchObject({ paired: true, deviceJid: `${PHONE}:1@s.whatsapp.net` });
    expect(await baileys.next(({ close }) => close !== undefined)).toEqual({ close: 515 });
    const { open } = await baileys.next((event) => event.open !== undefined);
    expect(open?.id).toBe(`${PHONE}:1@s.whatsapp.net`);
    // count, upload, passive and digest come before `open`; props, blocklist and privacy after it
    expect(await simulator.waitFor({ kind: 'stage', stage: 'query', atLeast: 3 }, 5_000)).toBe(true);

    const { counters, unknownQueries, refusals, devices } = simulator.state();
    expect(counters).toMatchObject({ pairs: 1, logins: 1, preKeyCounts: 1, preKeysStored: 812, digests: 1 });
    expect({ unknownQueries, refusals }).toEqual({ unknownQueries: {}, refusals: {} });
    expect(devices).toMatchObject([{ phone: PHONE, preKeys: 812, mostConnections: 1, takeovers: 0 }]);

    baileys.command({ command: 'logout' });
    expect(await simulator.waitFor({ kind: 'linked', phone: PHONE, devices: 0 }, 5_000)).toBe(true);
    expect(simulator.state().counters.logouts).toBe(1);
    expect(await simulator.waitFor({ kind: 'sockets', open: 0 }, 5_000)).toBe(true);
  });

  it('Baileys gets 401 when the phone removes the device', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone: PHONE });
    await baileys.waitForOpen();
    expect(await simulator.removeDevices(PHONE)).toBe(1);
    expect(await baileys.next(({ close }) => close !== undefined)).toEqual({ close: 401 });
  });

  it('Baileys uploads pre-keys under new ids when they run low, and rotates its signed pre-key on request', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone: PHONE });
    await baileys.waitForOpen();
    expect(simulator.spendPreKeys({ phone: PHONE, leave: 2 })).toEqual({ spent: 810, notified: 1 });
    expect(await simulator.waitFor({ kind: 'counter', name: 'preKeyUploads', atLeast: 2 }, 5_000)).toBe(true);
    const before = simulator.preKeys(`${PHONE}:1@s.whatsapp.net`);
    const { held, handedOut, lastUploadedId } = before;
    expect({ held, last: lastUploadedId }).toEqual({ held: [811, 812, 813, 814, 815, 816, 817], last: 817 });
    expect(handedOut).toHaveLength(810);
    expect(simulator.state().counters).toMatchObject({ preKeyNotices: 1, preKeysReused: 0 });

    baileys.command({ command: 'rotate' });
    const rotated = { kind: 'counter', name: 'signedPreKeyRotations', atLeast: 1 } as const;
    expect(await simulator.waitFor(rotated, 5_000)).toBe(true);
    const after = simulator.preKeys(`${PHONE}:1@s.whatsapp.net`);
    expect([before.signedPreKey.id, after.signedPreKey.id]).toEqual([1, 2]);
    expect(after.signedPreKey.publicKey).not.toBe(before.signedPreKey.publicKey);
  });

  it('Baileys pairs by phone code, logs in, and every query gets an answer', async () => {
    await baileys.next((event) => event.qr !== undefined);
    const code = await baileys.requestCode(PHONE);
    expect(await simulator.waitFor({ kind: 'counter', name: 'companionHellos', atLeast: 1 }, 2_000)).toBe(
      true,
    );
    const typed = await simulator.typeCode({ phone: PHONE, code: `${code.slice(0, 4)}-${code.slice(4)}` });
    expect(typed).toMatchObject({ paired: true, deviceJid: `${PHONE}:1@s.whatsapp.net` });
    await baileys.waitForOpen();
    expect(await simulator.waitFor({ kind: 'stage', stage: 'query', atLeast: 3 }, 5_000)).toBe(true);
    const { unknownQueries, refusals, counters } = simulator.state();
    expect({ unknownQueries, refusals }).toEqual({ unknownQueries: {}, refusals: {} });
    expect(counters).toMatchObject({ scans: 0, codesTyped: 1, pairs: 1, logins: 1 });
  });

  it('a wrong phone code does not link Baileys, and Baileys is not notified', async () => {
    await baileys.next((event) => event.qr !== undefined);
    await baileys.requestCode(PHONE);
    await simulator.waitFor({ kind: 'counter', name: 'companionHellos', atLeast: 1 }, 2_000);
    const wrong = await simulator.typeCode({ phone: PHONE, code: 'AAAAAAAA' });
    expect(wrong).toEqual({ paired: false, reason: 'wrong_code' });
    expect(simulator.state()).toMatchObject({ openSockets: 1, devices: [], counters: { codeRefreshes: 1 } });
  });

  it('Baileys shows an invalid phone code when its browser name is not a common one', async () => {
    const branded = new StockBaileysProcess(simulator.url, ['Acme', 'Chrome', '1.0']);
    await branded.next((event) => event.qr !== undefined);
    const code = await branded.requestCode(PHONE);
    expect(code).toHaveLength(8);
    expect(await simulator.waitFor({ kind: 'refusal', reason: 'free_platform_display' }, 2_000)).toBe(true);
    expect(await simulator.typeCode({ phone: PHONE, code })).toMatchObject({ reason: 'no_code_pending' });
    branded.kill();
  });

  it('Baileys acknowledges a passkey request after a phone code, and not after a scan', async () => {
    simulator.requirePasskey({ phone: PHONE });
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    const scan = simulator.scan({ qr, phone: PHONE, waitMs: 300 });
    expect(await scan).toEqual({ paired: false, reason: 'no_answer' });
    const code = await baileys.requestCode(PHONE);
    await simulator.waitFor({ kind: 'counter', name: 'companionHellos', atLeast: 1 }, 2_000);
    expect(await simulator.typeCode({ phone: PHONE, code })).toMatchObject({ reason: 'passkey_required' });
    expect(simulator.state().counters).toMatchObject({ passkeyRequests: 2, passkeyAcknowledgements: 1 });
    baileys.kill();
    const unacknowledged = { kind: 'refusal', reason: 'passkey_unacknowledged' } as const;
    expect(await simulator.waitFor(unacknowledged, 2_000)).toBe(true);
    expect(simulator.state().refusals).toEqual({ passkey_unacknowledged: 1 });
  });

  it('Baileys cannot pair with a retired QR code', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    expect(await simulator.retire({ qr })).toBe(false);
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual({ paired: false, reason: 'retired_code' });
    expect(simulator.state().devices).toEqual([]);
  });
});
