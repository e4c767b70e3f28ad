import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { register } from '../testing/linked-device.js';
import type { ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { element } from '../wire/stanza.js';

const PHONE = '4915112345678';
const RETIRED = { paired: false, reason: 'retired_code' };

describe('retirement of a QR code', () => {
  let simulator: WhatsappSimulator;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
  });

  afterEach(() => simulator.stop());

  async function acknowledge(client: ProtocolClient): Promise<string | undefined> {
    const { attrs, content } = await client.nextTagged('notification');
    const { id = '', from: to = '', type = '' } = attrs;
    client.send(element('ack', { id, to, class: 'notification', type }));
    return Array.isArray(content) ? content[0]?.tag : undefined;
  }

  it('a retired secret is refused, and a new secret with the same reference pairs', async () => {
    const { client, keys, references, qr } = await register(simulator);
    const retired = simulator.retire({ qr, waitMs: 2_000 });
    expect(await acknowledge(client)).toBe('companion_reg_refresh');
    expect(await retired).toBe(true);
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual(RETIRED);
    keys.advSecret = randomBytes(32);
    const scan = simulator.scan({ qr: keys.qr(references[0] ?? ''), phone: PHONE });
    client.sendSignature(await client.countersign(keys.identityKey));
    expect(await scan).toMatchObject({ paired: true });
    expect(simulator.state().counters).toMatchObject({ retirements: 1, acknowledgements: 1 });
  });

  it('a first scan can retire the code, and is then refused', async () => {
    const { client, keys, references, qr } = await register(simulator);
    const child = 'pair-device-rotate-qr' as const;
    simulator.addFault({ stage: 'scan', action: { type: 'retire', child } });
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual(RETIRED);
    expect(await acknowledge(client)).toBe(child);
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual(RETIRED);
    keys.advSecret = randomBytes(32);
    const scan = simulator.scan({ qr: keys.qr(references[0] ?? ''), phone: PHONE });
    client.sendSignature(await client.countersign(keys.identityKey));
    expect(await scan).toMatchObject({ paired: true });
  });

  it('a retirement without a known code refuses all codes until the client acknowledges', async () => {
    const { client, keys, references, qr } = await register(simulator);
    expect(await simulator.retire({})).toBe(false);
    expect(simulator.state().connections).toMatchObject([{ unacknowledged: 1 }]);
    expect(await simulator.scan({ qr, phone: PHONE })).toEqual(RETIRED);
    await acknowledge(client);
    await simulator.waitFor({ kind: 'counter', name: 'acknowledgements', atLeast: 1 }, 2_000);
    keys.advSecret = randomBytes(32);
    const fresh = keys.qr(references[0] ?? '');
    const scan = simulator.scan({ qr: fresh, phone: PHONE, waitMs: 50 });
    expect(await scan).toEqual({ paired: false, reason: 'no_answer' });
  });

  it('a retirement fails when not exactly one connection matches', async () => {
    await expect(simulator.retire({})).rejects.toThrow('not exactly one connection matches');
    await register(simulator);
    await register(simulator);
    await expect(simulator.retire({})).rejects.toThrow('not exactly one connection matches');
    await expect(simulator.retire({ qr: 'nonsense' })).rejects.toThrow('not a pairing code');
  });
});
