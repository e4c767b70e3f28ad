import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ControlClient } from '../control-client.js';
import { verifyXeddsa } from '../crypto/xeddsa.js';
import { typedKey } from '../device-keys/registration-payload.js';
import {
  fetchBundles,
  newPreKeys,
  preKeyId,
  rotateSignedPreKey,
  signedPreKeyOf,
  uploadPreKeys,
} from '../testing/key-bundles.js';
import { link, login, type LinkedDevice } from '../testing/linked-device.js';
import type { ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';
import { bytesOf, child, element } from '../wire/stanza.js';

const PHONE = '4915112345678';
const OTHER_PHONE = '4915187654321';

describe('pre-keys of a device', () => {
  let simulator: WhatsappSimulator;
  let control: ControlClient;
  let device: LinkedDevice;
  let client: ProtocolClient;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    control = new ControlClient(simulator.controlUrl);
    device = await link(simulator, PHONE);
    client = await login(simulator, device);
  });

  afterEach(() => simulator.stop());

  async function activate(): Promise<void> {
    await client.query('passive', 'set', [element('active')]);
  }

  it('every pre-key is handed out once, by number or by LID, and later bundles have none', async () => {
    await uploadPreKeys(client, device.keys, newPreKeys([1, 2, 3]));
    const other = await login(simulator, await link(simulator, OTHER_PHONE));
    const { lid = '' } = simulator.state().devices.find(({ jid }) => jid === device.deviceJid) ?? {};
    const asked = [device.deviceJid, lid, lid, device.deviceJid];
    const answered = await fetchBundles(other, asked);
    expect(answered.map(({ attrs }) => attrs['jid'])).toEqual(asked);
    expect(answered.map(preKeyId)).toEqual([1, 2, 3, undefined]);
    expect(bytesOf(child(answered[3], 'identity'))).toEqual(device.keys.identityKey.publicKey);
    expect(await control.preKeys(device.deviceJid)).toMatchObject({ held: [], handedOut: [1, 2, 3] });
    expect(simulator.state().counters).toMatchObject({ keyBundles: 4, preKeysHandedOut: 3 });
  });

  it('the control API shows the public key of every uploaded id', async () => {
    const preKeys = newPreKeys([1, 2, 3]);
    await uploadPreKeys(client, device.keys, preKeys);
    await fetchBundles(client, [device.deviceJid]);
    const { publicKeys, ...view } = await control.preKeys(device.deviceJid);
    expect(view).toEqual({
      deviceJid: device.deviceJid,
      identityKey: device.keys.identityKey.publicKey.toString('hex'),
      signedPreKey: { id: 1, publicKey: device.keys.signedPreKey.publicKey.toString('hex') },
      held: [2, 3],
      handedOut: [1],
      lastUploadedId: 3,
    });
    const hex = [...preKeys].map(([id, key]) => [String(id), key.toString('hex')]);
    expect(publicKeys).toEqual(Object.fromEntries(hex));
    expect((await control.state()).devices).toMatchObject([
      { preKeys: 2, preKeysHandedOut: 1, lastPreKeyId: 3, signedPreKeyId: 1 },
    ]);
    await expect(control.preKeys(`${PHONE}:77@s.whatsapp.net`)).rejects.toThrow('no such device');
  });

  it('uploads under a used id are counted as repeated, replaced or revived', async () => {
    const preKeys = newPreKeys([1, 2, 3]);
    await uploadPreKeys(client, device.keys, preKeys);
    await fetchBundles(client, [device.deviceJid]);
    await uploadPreKeys(client, device.keys, preKeys);
    expect(simulator.state().counters).toMatchObject({
      preKeysStored: 3,
      preKeysReused: 3,
      preKeysRepeated: 3,
      preKeysReplaced: 0,
      preKeysRevived: 1,
    });
    expect((await fetchBundles(client, [device.deviceJid])).map(preKeyId)).toEqual([2]);
    await uploadPreKeys(client, device.keys, newPreKeys([3]));
    expect(simulator.state().counters).toMatchObject({ preKeysReused: 4, preKeysReplaced: 1 });
  });

  it('an active device gets a notification with its count when pre-keys run low', async () => {
    await uploadPreKeys(client, device.keys, newPreKeys([1, 2, 3, 4, 5, 6, 7]));
    expect(await control.spendPreKeys({ phone: PHONE, leave: 6 })).toEqual({ spent: 1, notified: 0 });
    await activate();
    expect(await control.spendPreKeys({ phone: PHONE, leave: 3 })).toEqual({ spent: 3, notified: 1 });
    expect(await client.nextTagged('notification')).toMatchObject({
      attrs: { from: '@s.whatsapp.net', type: 'encrypt' },
      content: [{ tag: 'count', attrs: { value: '3' } }],
    });
    await fetchBundles(client, [device.deviceJid]);
    expect((await client.nextTagged('notification')).content).toMatchObject([{ attrs: { value: '2' } }]);
    await expect(control.spendPreKeys({ phone: PHONE, leave: -1 })).rejects.toThrow('whole number');
  });

  it('a device can rotate its signed pre-key, and the new signature is valid', async () => {
    await uploadPreKeys(client, device.keys, newPreKeys([1]));
    expect((await rotateSignedPreKey(client, device.keys, 2)).attrs['type']).toBe('result');
    expect(simulator.state().devices).toMatchObject([{ signedPreKeyId: 2 }]);
    expect(simulator.state().counters.signedPreKeyRotations).toBe(1);
    const [bundle] = await fetchBundles(client, [device.deviceJid]);
    const { publicKey, signature } = signedPreKeyOf(bundle);
    expect(verifyXeddsa(device.keys.identityKey.publicKey, typedKey(publicKey), signature)).toBe(true);
  });

  it('the phone has key bundles too, and an unknown device gets 404', async () => {
    const [first, second, stranger, gone] = await fetchBundles(client, [
      `${PHONE}@s.whatsapp.net`,
      `${PHONE}@s.whatsapp.net`,
      `${OTHER_PHONE}@s.whatsapp.net`,
      `${PHONE}:77@s.whatsapp.net`,
    ]);
    expect([preKeyId(first), preKeyId(second)]).toEqual([1, 2]);
    const { publicKey, signature } = signedPreKeyOf(first);
    expect(verifyXeddsa(bytesOf(child(first, 'identity')), typedKey(publicKey), signature)).toBe(true);
    for (const user of [stranger, gone])
      expect(user).toMatchObject({ content: [{ attrs: { code: '404' } }] });
  });

  it('the server refuses an upload with an invalid id or key', async () => {
    const bad = await uploadPreKeys(client, device.keys, new Map([[1, Buffer.alloc(31)]]));
    expect(bad.attrs['type']).toBe('error');
    expect((await uploadPreKeys(client, device.keys, newPreKeys([0]))).attrs['type']).toBe('error');
    expect(simulator.state()).toMatchObject({
      refusals: { bad_key_bundle: 2 },
      counters: { preKeysStored: 0 },
    });
  });
});
