import { createHash } from 'node:crypto';
import { bundleStanza, noBundleStanza } from '../device-keys/key-bundle.js';
import type { PublicPreKey, SignedPreKey } from '../device-keys/pre-key-store.js';
import { KEY_TYPE, isSignedPreKeyValid } from '../device-keys/registration-payload.js';
import type { NotificationHandler } from '../messages/notification-handler.js';
import type { Device } from '../server/account.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Metrics } from '../server/metrics.js';
import {
  bigEndian,
  bytesOf,
  child,
  children,
  element,
  iqError,
  iqResult,
  numberOf,
  type Stanza,
} from '../wire/stanza.js';

export interface SpendRequest {
  phone: string;
  /** One of the devices. Default: all. */
  deviceJid?: string;
  /** Number of one-time pre-keys that the server keeps of each device. */
  leave: number;
}

export interface SpendResult {
  spent: number;
  /** Number of devices that were active and got a notification. */
  notified: number;
}

/** A device with fewer pre-keys gets a notification. The value is assumed; rc14 uploads new ones below five. */
const LOW_COUNT = 10;
const HIGHEST_ID = 0xff_ff_ff;

/** Stores the uploaded keys of devices, and hands out key bundles to other devices. */
export class PreKeyHandler {
  constructor(
    private readonly metrics: Metrics,
    private readonly registry: DeviceRegistry,
    private readonly notifications: NotificationHandler,
  ) {}

  count(query: Stanza, device: Device): Stanza {
    this.metrics.count('preKeyCounts');
    return iqResult(query, [element('count', { value: String(device.preKeys.size) })]);
  }

  upload(query: Stanza, device: Device): Stanza {
    const identity = bytesOf(child(query, 'identity'));
    const signedPreKey = this.readSigned(child(query, 'skey'), device);
    const preKeys = children(child(query, 'list'), 'key').map(readKey);
    if (!identity.equals(device.registration.identityKey) || !signedPreKey || !preKeys.every(isKey)) {
      return this.refuse(query);
    }
    this.metrics.count('preKeyUploads');
    device.signedPreKey = signedPreKey;
    for (const preKey of preKeys) this.store(preKey, device);
    return iqResult(query);
  }

  rotate(query: Stanza, device: Device): Stanza {
    const signedPreKey = this.readSigned(child(child(query, 'rotate'), 'skey'), device);
    if (!signedPreKey) return this.refuse(query);
    this.metrics.count('signedPreKeyRotations');
    device.signedPreKey = signedPreKey;
    return iqResult(query);
  }

  /** Answers 404 when the device has no keys: clients then upload them. */
  digest(query: Stanza, device: Device): Stanza {
    this.metrics.count('digests');
    const { registration, signedPreKey } = device;
    const { held } = device.preKeys;
    if (held.length === 0) return iqError(query, 404, 'item-not-found');
    const ids = held.map(({ id }) => element('id', {}, bigEndian(id, 3)));
    // The input of WhatsApp's hash is not public; rc14 checks only that the node exists.
    const hash = createHash('sha1')
      .update(Buffer.concat(held.map(({ publicKey }) => publicKey)))
      .digest();
    const digest = element('digest', {}, [
      element('registration', {}, bigEndian(registration.registrationId, 4)),
      element('type', {}, Buffer.of(KEY_TYPE)),
      element('identity', {}, registration.identityKey),
      element('skey', {}, [element('id', {}, bigEndian(signedPreKey.id, 3))]),
      element('list', {}, ids),
      element('hash', {}, hash),
    ]);
    return iqResult(query, [digest]);
  }

  /** Answers with one bundle for each requested device. Every pre-key is handed out once. */
  bundles(query: Stanza): Stanza {
    const users = children(child(query, 'key'), 'user').map(({ attrs }) => this.bundle(attrs['jid'] ?? ''));
    return iqResult(query, [element('list', {}, users)]);
  }

  /**
   * Hands out pre-keys until `leave` are left, as if other users had started conversations.
   * @returns the number handed out
   */
  spend(device: Device, leave: number): number {
    let spent = 0;
    for (; device.preKeys.size > leave; spent += 1) this.handOut(device);
    this.metrics.record(null, `spent ${spent} pre-keys of ${device.jid}`);
    return spent;
  }

  private bundle(jid: string): Stanza {
    const found = this.registry.locate(jid);
    if (!found) return noBundleStanza(jid);
    this.metrics.count('keyBundles');
    const { account, device } = found;
    if (device === 'phone') return bundleStanza(jid, account.phoneDevice.keyBundle());
    const { registration, signedPreKey } = device;
    const preKey = this.handOut(device);
    if (device.preKeys.size < LOW_COUNT) this.notifications.notifyPreKeyCount(device);
    return bundleStanza(jid, { ...registration, signedPreKey, preKey });
  }

  private handOut(device: Device): PublicPreKey | undefined {
    const preKey = device.preKeys.handOut();
    if (preKey) this.metrics.count('preKeysHandedOut');
    return preKey;
  }

  /**
   * Stores a pre-key. Counts reused ids: a different key under a used id makes messages undecryptable (Baileys#2797).
   */
  private store(preKey: PublicPreKey, device: Device): void {
    const uploaded = device.preKeys.add(preKey);
    if (uploaded === 'stored') {
      this.metrics.count('preKeysStored');
      return;
    }
    this.metrics.count('preKeysReused');
    this.metrics.count(uploaded === 'replaced' ? 'preKeysReplaced' : 'preKeysRepeated');
    if (device.preKeys.wasHandedOut(preKey.id)) this.metrics.count('preKeysRevived');
    this.metrics.record(null, `pre-key ${preKey.id} of ${device.jid} ${uploaded}`);
  }

  private readSigned(skey: Stanza | undefined, { registration }: Device): SignedPreKey | undefined {
    if (!skey) return undefined;
    const signedPreKey = { ...readKey(skey), signature: bytesOf(child(skey, 'signature')) };
    const { publicKey, signature } = signedPreKey;
    const holds = isKey(signedPreKey) && isSignedPreKeyValid(registration.identityKey, publicKey, signature);
    return holds ? signedPreKey : undefined;
  }

  private refuse(query: Stanza): Stanza {
    // Assumed: WhatsApp's error is not public.
    this.metrics.countRefusal('bad_key_bundle', null);
    return iqError(query, 406, 'not-acceptable');
  }
}

function isKey({ id, publicKey }: PublicPreKey): boolean {
  return id >= 1 && id <= HIGHEST_ID && publicKey.length === 32;
}

function readKey(key: Stanza): PublicPreKey {
  return { id: numberOf(child(key, 'id')), publicKey: bytesOf(child(key, 'value')) };
}
