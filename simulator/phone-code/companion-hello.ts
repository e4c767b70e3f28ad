import { WRAPPED_KEY_BYTES } from '../crypto/link-code.js';
import { PHONE_NUMBER } from '../wire/jid.js';
import { bytesOf, child, SERVER, type Stanza } from '../wire/stanza.js';

/** A companion that registers and wants to be linked by a code that is typed into a phone. */
export interface CompanionHello {
  phone: string;
  wrappedKey: Buffer;
  platformDisplay: string;
}

export type HelloRefusal =
  'bad_companion_hello' | 'foreign_noise_key' | 'unknown_platform_id' | 'free_platform_display';

/** whatsmeow's PairClient constants but 0, which the server refuses like Android's letters (whatsapp-rust#601). */
const PLATFORM_ID = /^[1-9]$/;
/**
 * "Only common browsers/OSes are allowed (the server will validate it and return 400 if it's wrong)": whatsmeow's
 * pair-code.go; measured in Baileys#2769. The systems are those of whatsapp-rust's companion_reg.rs, `CompanionOs`: what
 * WhatsApp Web says itself, and what the server was seen to let pass beside it.
 */
const PLATFORM_DISPLAY =
  /^(Chrome|Edge|Firefox|IE|Opera|Safari) \((Windows|Mac OS|Linux|Android|iOS|Ubuntu|Fedora|Mac)\)$/;
/** WhatsApp Web and whatsmeow send a zero byte, Baileys the digit. */
const NONCES = [0, '0'.charCodeAt(0)];

/** @param noiseKey with which the connection was opened */
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

/** The number that is to be linked; undefined where it is none. */
export function phoneOf({ attrs }: Stanza): string | undefined {
  const [phone = '', server] = (attrs['jid'] ?? '').split('@');
  return server === SERVER && PHONE_NUMBER.test(phone) ? phone : undefined;
}
