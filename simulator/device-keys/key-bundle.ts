import { bigEndian, element, type Stanza } from '../wire/stanza.js';
import type { PublicPreKey, SignedPreKey } from './pre-key-store.js';
import { KEY_TYPE } from './registration-payload.js';

/** From which a conversation with a device is started. */
export interface KeyBundle {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: SignedPreKey;
  /** Undefined once all are used up: then one is started without. */
  preKey: PublicPreKey | undefined;
}

/** Baileys' `parseAndInjectE2ESessions`, whatsmeow's prekeys.go `nodeToPreKeyBundle`. */
export function bundleStanza(jid: string, bundle: KeyBundle): Stanza {
  const { registrationId, identityKey, signedPreKey, preKey } = bundle;
  return element('user', { jid }, [
    element('registration', {}, bigEndian(registrationId, 4)),
    element('type', {}, Buffer.of(KEY_TYPE)),
    element('identity', {}, identityKey),
    element('skey', {}, [...idAndValue(signedPreKey), element('signature', {}, signedPreKey.signature)]),
    ...(preKey ? [element('key', {}, idAndValue(preKey))] : []),
  ]);
}

/** That this is how the server tells of one that does not exist is assumed. */
export function noBundleStanza(jid: string): Stanza {
  return element('user', { jid }, [element('error', { code: '404', text: 'item-not-found' })]);
}

function idAndValue({ id, publicKey }: PublicPreKey): Stanza[] {
  return [element('id', {}, bigEndian(id, 3)), element('value', {}, publicKey)];
}
