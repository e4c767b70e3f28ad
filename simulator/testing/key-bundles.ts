import { AgreementKey } from '../crypto/curve25519.js';
import { idAndValue } from '../device-keys/key-bundle.js';
import { KEY_TYPE } from '../device-keys/registration-payload.js';
import { bigEndian, bytesOf, child, children, element, numberOf, type Stanza } from '../wire/stanza.js';
import type { DeviceKeys, ProtocolClient } from './protocol-client.js';

export function newPreKeys(ids: readonly number[]): Map<number, Buffer> {
  return new Map(ids.map((id) => [id, AgreementKey.generate().publicKey]));
}

function signedPreKey(keys: DeviceKeys, id: number): Stanza {
  const signature = element('signature', {}, keys.signedPreKeySignature());
  return element('skey', {}, [...idAndValue({ id, publicKey: keys.signedPreKey.publicKey }), signature]);
}

export function uploadPreKeys(
  client: ProtocolClient,
  keys: DeviceKeys,
  preKeys: ReadonlyMap<number, Buffer>,
): Promise<Stanza> {
  return client.query('encrypt', 'set', [
    element('registration', {}, bigEndian(keys.registrationId, 4)),
    element('type', {}, Buffer.of(KEY_TYPE)),
    element('identity', {}, keys.identityKey.publicKey),
    element(
      'list',
      {},
      [...preKeys].map(([id, publicKey]) => element('key', {}, idAndValue({ id, publicKey }))),
    ),
    signedPreKey(keys, 1),
  ]);
}

export function rotateSignedPreKey(client: ProtocolClient, keys: DeviceKeys, id: number): Promise<Stanza> {
  return client.query('encrypt', 'set', [element('rotate', {}, [signedPreKey(keys, id)])]);
}

/** Queries key bundles. @returns one `user` element for each JID */
export async function fetchBundles(client: ProtocolClient, jids: readonly string[]): Promise<Stanza[]> {
  const users = jids.map((jid) => element('user', { jid }));
  const answer = await client.query('encrypt', 'get', [element('key', {}, users)]);
  return children(child(answer, 'list'), 'user');
}

/** Returns undefined when the bundle has no one-time pre-key. */
export function preKeyId(bundle: Stanza | undefined): number | undefined {
  const key = child(bundle, 'key');
  return key && numberOf(child(key, 'id'));
}

export function signedPreKeyOf(bundle: Stanza | undefined): { publicKey: Buffer; signature: Buffer } {
  const skey = child(bundle, 'skey');
  return { publicKey: bytesOf(child(skey, 'value')), signature: bytesOf(child(skey, 'signature')) };
}
