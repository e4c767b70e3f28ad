import { bigEndian, element, type Stanza } from '../wire/stanza.js';
import type { PublicPreKey, SignedPreKey } from './pre-key-store.js';
import { KEY_TYPE } from './registration-payload.js';

/** The public keys with which another device starts a Signal session. */
export interface KeyBundle {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: SignedPreKey;
  /** Undefined when none is left: a session then starts without it. */
  preKey: PublicPreKey | undefined;
}

/**
 * The `user` element of a key bundle: Baileys' `parseAndInjectE2ESessions`, whatsmeow's prekeys.go,
 * `nodeToPreKeyBundle`.
 */
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

/** The answer for a device that does not exist. Its form is assumed. */
export function noBundleStanza(jid: string): Stanza {
  return element('user', { jid }, [element('error', { code: '404', text: 'item-not-found' })]);
}

/** The elements of a public key: its id and its value. */
export function idAndValue({ id, publicKey }: PublicPreKey): Stanza[] {
  return [element('id', {}, bigEndian(id, 3)), element('value', {}, publicKey)];
}
