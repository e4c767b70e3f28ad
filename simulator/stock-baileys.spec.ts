import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StockBaileysProcess } from './testing/stock-baileys-process.js';
import { WhatsappSimulator } from './whatsapp-simulator.js';

const PHONE = '4915112345678';

describe('an unmodified Baileys', () => {
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

  it('pairs, restarts on 515, logs in, asks nothing unknown, and logs out for real', async () => {
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

  it('learns that the phone has logged it out', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone: PHONE });
    await baileys.opened();
    expect(await simulator.removeDevices(PHONE)).toBe(1);
    expect(await baileys.next(({ close }) => close !== undefined)).toEqual({ close: 401 });
  });

  it('uploads pre-keys under new ids when they run low, and rotates the signed one when its owner wants', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    await simulator.scan({ qr, phone: PHONE });
    await baileys.opened();
    expect(simulator.spendPreKeys({ phone: PHONE, leave: 2 })).toEqual({ spent: 810, told: 1 });
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

  it('cannot pair any more once its code is retired', async () => {
    const { qr = '' } = await baileys.next((event) => event.qr !== undefined);
    expect(await simulator.retire({ qr })).toBe(false);
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual({ paired: false, reason: 'retired_code' });
    expect(simulator.state().devices).toEqual([]);
  });
});
