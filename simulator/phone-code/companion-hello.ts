import { WRAPPED_KEY_BYTES } from '../crypto/link-code.js';
import { PHONE_NUMBER } from '../wire/jid.js';
import { bytesOf, child, SERVER, type Stanza } from '../wire/stanza.js';

/** A companion's request to be linked by a phone code. */
export interface CompanionHello {
  phone: string;
  wrappedKey: Buffer;
  platformDisplay: string;
}

export type HelloRefusal =
  'bad_companion_hello' | 'foreign_noise_key' | 'unknown_platform_id' | 'free_platform_display';

/** whatsmeow's PairClient constants, except 0: the server refuses 0 and Android's letters (whatsapp-rust#601). */
const PLATFORM_ID = /^[1-9]$/;
/**
 * "Only common browsers/OSes are allowed (the server will validate it and return 400 if it's wrong)": whatsmeow's
 * pair-code.go; measured in Baileys#2769. The systems are those of whatsapp-rust's companion_reg.rs, `CompanionOs`: the
 * ones that WhatsApp Web sends, and others that the server was seen to accept.
 */
const PLATFORM_DISPLAY =
  /^(Chrome|Edge|Firefox|IE|Opera|Safari) \((Windows|Mac OS|Linux|Android|iOS|Ubuntu|Fedora|Mac)\)$/;
/** WhatsApp Web and whatsmeow send a zero byte, Baileys the digit. */
const NONCES = [0, '0'.charCodeAt(0)];

/** Returns the request, or the reason for its refusal. @param noiseKey the Noise key of the connection */
export function readCompanionHello(hello: Stanza, noiseKey: Buffer): CompanionHello | HelloRefusal {
  const text = (tag: string): string => bytesOf(child(hello, tag)).toString();
  const phone = phoneOf(hello);
  const wrappedKey = bytesOf(child(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
  const nonce = bytesOf(child(hello, 'link_code_pairing_nonce'));
  const push = hello.attrs['should_show_push_notification'] ?? '';
  if (phone === undefined || !['true', 'false'].includes(push)) return 'bad_companion_hello';
  if (wrappedKey.length !== WRAPPED_KEY_BYTES) return 'bad_companion_hello';
  if (nonce.length !== 1 || !NONCES.includes(nonce.readUInt8(0))) return 'bad_companion_hello';
  if (!noiseKey.equals(bytesOf(child(hello, 'companion_server_auth_key_pub')))) return 'foreign_noise_key';
  if (!PLATFORM_ID.test(text('companion_platform_id'))) return 'unknown_platform_id';
  const platformDisplay = text('companion_platform_display');
  return PLATFORM_DISPLAY.test(platformDisplay)
    ? { phone, wrappedKey, platformDisplay }
    : 'free_platform_display';
}

/** Returns the number to link; undefined when the JID is not a phone number. */
export function phoneOf({ attrs }: Stanza): string | undefined {
  const [phone = '', server] = (attrs['jid'] ?? '').split('@');
  return server === SERVER && PHONE_NUMBER.test(phone) ? phone : undefined;
}
