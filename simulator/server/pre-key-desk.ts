import { createHash } from 'node:crypto';
import { bigEndian, bytesOf, child, children, element, iqError, iqResult, numberOf } from '../wire/stanza.js';
import type { Stanza } from '../wire/stanza.js';
import type { Device } from './device-registry.js';
import type { Ledger } from './ledger.js';
import { signedPreKeyHolds } from './registration-payload.js';

/** The key bundles from which others would start a conversation with a device. */
export class PreKeyDesk {
  constructor(private readonly ledger: Ledger) {}

  count(query: Stanza, device: Device): Stanza {
    this.ledger.count('preKeyCounts');
    return iqResult(query, [element('count', { value: String(device.preKeys.size) })]);
  }

  upload(query: Stanza, device: Device): Stanza {
    const identity = bytesOf(child(query, 'identity'));
    const signedPreKey = child(query, 'skey');
    if (!identity.equals(device.registration.identityKey) || !this.holds(signedPreKey, device)) {
      // Assumed: which error WhatsApp gives is not public.
      this.ledger.refuse('bad_key_bundle', null);
      return iqError(query, 406, 'not-acceptable');
    }
    this.ledger.count('preKeyUploads');
    device.signedPreKeyId = numberOf(child(signedPreKey, 'id'));
    for (const key of children(child(query, 'list'), 'key')) {
      const id = numberOf(child(key, 'id'));
      const value = bytesOf(child(key, 'value'));
      // Keys under an id that was given before make messages undecryptable for their senders (Baileys#2797).
      if (device.preKeys.has(id)) this.ledger.count('preKeysReused');
      else this.ledger.count('preKeysStored');
      device.preKeys.set(id, value);
    }
    return iqResult(query);
  }

  rotate(query: Stanza, device: Device): Stanza {
    const signedPreKey = child(child(query, 'rotate'), 'skey');
    if (!this.holds(signedPreKey, device)) {
      this.ledger.refuse('bad_key_bundle', null);
      return iqError(query, 406, 'not-acceptable');
    }
    device.signedPreKeyId = numberOf(child(signedPreKey, 'id'));
    return iqResult(query);
  }

  /** Without keys there is nothing to digest: clients take 404 as a demand to upload. */
  digest(query: Stanza, device: Device): Stanza {
    this.ledger.count('digests');
    if (device.preKeys.size === 0) return iqError(query, 404, 'item-not-found');
    const { registration, preKeys, signedPreKeyId } = device;
    const ids = [...preKeys.keys()].map((id) => element('id', {}, bigEndian(id, 3)));
    // Over what exactly WhatsApp hashes is not public; rc14 looks only for the node.
    const hash = createHash('sha1')
      .update(Buffer.concat([...preKeys.values()]))
      .digest();
    const digest = element('digest', {}, [
      element('registration', {}, bigEndian(registration.registrationId, 4)),
      element('type', {}, Buffer.of(5)),
      element('identity', {}, registration.identityKey),
      element('skey', {}, [element('id', {}, bigEndian(signedPreKeyId, 3))]),
      element('list', {}, ids),
      element('hash', {}, hash),
    ]);
    return iqResult(query, [digest]);
  }

  private holds(signedPreKey: Stanza | undefined, device: Device): boolean {
    const key = bytesOf(child(signedPreKey, 'value'));
    const signature = bytesOf(child(signedPreKey, 'signature'));
    return signedPreKeyHolds(device.registration.identityKey, key, signature);
  }
}
