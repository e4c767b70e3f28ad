import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, link, login, register, registerAndScan } from '../testing/linked-device.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

const PHONE = '4915112345678';
const SIGN = { stage: 'pair_device_sign' } as const;

describe('hold', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  async function signedAndHeld(when: 'before' | 'after', whenGone: 'drop' | 'continue') {
    simulator.addFault({ ...SIGN, when, action: { type: 'hold', whenGone } });
    const pairing = await registerAndScan(simulator, PHONE);
    pairing.client.sendSignature(pairing.answer);
    expect(await simulator.holds(SIGN, 2_000)).toMatchObject([
      { ...SIGN, when, connection: { phone: PHONE } },
    ]);
    return pairing;
  }

  it('a hold before the signature keeps the device unlinked until its release', async () => {
    const { client, scan } = await signedAndHeld('before', 'drop');
    expect(simulator.state()).toMatchObject({ devices: [], holds: [SIGN] });
    expect(simulator.release(SIGN)).toBe(1);
    expect(await scan).toMatchObject({ paired: true });
    expect((await client.nextTagged('stream:error')).attrs).toEqual({ code: '515' });
    expect(await simulator.holds()).toEqual([]);
  });

  it('a hold after the signature delays 515, and the device is linked already', async () => {
    const { client, scan } = await signedAndHeld('after', 'drop');
    expect(await scan).toMatchObject({ paired: true });
    expect(simulator.state()).toMatchObject({
      counters: { pairs: 1 },
      stages: { stream_restart: { before: 0 } },
    });
    simulator.release({}, 'cut');
    await client.waitForClose();
    expect(simulator.state().devices).toHaveLength(1);
  });

  it('a held signature is dropped when the client closes the connection', async () => {
    const { client, scan } = await signedAndHeld('before', 'drop');
    client.terminate();
    expect(await scan).toEqual({ paired: false, reason: 'companion_gone' });
    expect(simulator.state()).toMatchObject({ devices: [], holds: [], openSockets: 0 });
  });

  it('a held signature with whenGone continue links the device after the client closes the connection', async () => {
    const { client, scan } = await signedAndHeld('before', 'continue');
    client.terminate();
    expect(await scan).toMatchObject({ paired: true });
    expect(simulator.state().devices).toHaveLength(1);
  });

  it('a hold can be released as silent', async () => {
    simulator.addFault({ stage: 'scan', action: { type: 'hold' } });
    const { qr } = await register(simulator);
    const scan = simulator.scan({ qr, phone: PHONE });
    expect(await simulator.holds({ stage: 'scan' }, 2_000)).toHaveLength(1);
    expect(simulator.release({ stage: 'scan' }, 'silent')).toBe(1);
    expect(await scan).toEqual({ paired: false, reason: 'no_answer' });
    expect(simulator.state().openSockets).toBe(1);
  });

  it('a held login leaves no connection of the device when the client closes it', async () => {
    const device = await link(simulator, PHONE);
    const held = { stage: 'login_success' } as const;
    simulator.addFault({ ...held, action: { type: 'hold', whenGone: 'continue' } });
    const client = await connect(simulator, device);
    expect(await simulator.holds(held, 2_000)).toHaveLength(1);
    client.terminate();
    expect(await simulator.waitFor({ kind: 'counter', name: 'logins', atLeast: 1 }, 2_000)).toBe(true);
    expect(simulator.state()).toMatchObject({ devices: [{ connections: [] }] });
    await login(simulator, device);
    expect(simulator.state()).toMatchObject({ counters: { takeovers: 0 } });
  });
});
