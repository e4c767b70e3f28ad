import {
  getBinaryNodeChild,
  getCompanionPlatformId,
  jidEncode,
  S_WHATSAPP_NET,
  type BinaryNode,
  type WABrowserDescription,
} from '@whiskeysockets/baileys';

const REGISTRATION = 'link_code_companion_reg';
const REFERENCE = 'link_code_pairing_ref';
/** Bytes of salt, counter and key. */
const WRAPPED_KEY_BYTES = 80;
const KEY_BYTES = 32;

/** A phone on which a code was typed. */
export interface PrimaryHello {
  readonly stage: 'primary_hello';
  /** The code that the phone means: the reference in the answer to `companion_hello`. */
  readonly reference: Buffer;
  readonly wrappedKey: Buffer;
  readonly identityKey: Buffer;
}

/** The code is no longer valid, for instance because it was mistyped (whatsmeow#884). */
interface RefreshCode {
  readonly stage: 'refresh_code';
  readonly reference: Buffer;
  /** Only the user may request another code: WhatsApp Web shows a button instead of a new code. */
  readonly byHand: boolean;
}

/**
 * Returns the request to link this device to the number by the code that wraps the key. WhatsApp then notifies the
 * phone.
 */
export function companionHello(
  phone: string,
  wrappedKey: Buffer,
  noiseKey: Uint8Array,
  browser: WABrowserDescription,
): BinaryNode {
  const [os, name] = browser;
  const attrs = { should_show_push_notification: 'true' };
  return registration('companion_hello', phone, attrs, [
    leaf('link_code_pairing_wrapped_companion_ephemeral_pub', wrappedKey),
    leaf('companion_server_auth_key_pub', noiseKey),
    leaf('companion_platform_id', Buffer.from(getCompanionPlatformId(browser))),
    leaf('companion_platform_display', Buffer.from(`${name} (${os})`)),
    // One zero byte (WAWebAltDeviceLinkingIq, whatsmeow). Baileys sends the character 0.
    leaf('link_code_pairing_nonce', Buffer.alloc(1)),
  ]);
}

/** Returns the stanza that completes the key agreement with the phone. */
export function companionFinish(
  phone: string,
  reference: Buffer,
  keyBundle: Buffer,
  identityKey: Uint8Array,
): BinaryNode {
  return registration('companion_finish', phone, {}, [
    leaf('link_code_pairing_wrapped_key_bundle', keyBundle),
    leaf('companion_identity_public', identityKey),
    leaf(REFERENCE, reference),
  ]);
}

/** Returns the reference in the answer to `companion_hello`, or null when it has none. */
export function referenceOf(answer: unknown): Buffer | null {
  return bytesOf(getBinaryNodeChild(answer as BinaryNode | undefined, REGISTRATION), REFERENCE);
}

/**
 * Returns the content of a phone code notification. Null for any other notification, and for one that is incomplete.
 */
export function readCodeNotification(notification: BinaryNode): PrimaryHello | RefreshCode | null {
  if (notification.attrs['type'] !== REGISTRATION) return null;
  const child = getBinaryNodeChild(notification, REGISTRATION);
  const stage = child?.attrs['stage'];
  const reference = bytesOf(child, REFERENCE);
  if (!reference) return null;
  if (stage === 'refresh_code') {
    return { stage, reference, byHand: child?.attrs['force_manual_refresh'] === 'true' };
  }
  if (stage !== 'primary_hello') return null;
  const wrappedKey = bytesOf(child, 'link_code_pairing_wrapped_primary_ephemeral_pub');
  const identityKey = bytesOf(child, 'primary_identity_pub');
  if (wrappedKey?.length !== WRAPPED_KEY_BYTES || identityKey?.length !== KEY_BYTES) return null;
  return { stage, reference, wrappedKey, identityKey };
}

function registration(
  stage: string,
  phone: string,
  attrs: BinaryNode['attrs'],
  content: BinaryNode[],
): BinaryNode {
  return {
    tag: 'iq',
    attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'md' },
    content: [
      { tag: REGISTRATION, attrs: { jid: jidEncode(phone, 's.whatsapp.net'), stage, ...attrs }, content },
    ],
  };
}

function leaf(tag: string, content: Uint8Array): BinaryNode {
  return { tag, attrs: {}, content };
}

function bytesOf(node: BinaryNode | undefined, tag: string): Buffer | null {
  const content = getBinaryNodeChild(node, tag)?.content;
  return content instanceof Uint8Array && content.length > 0 ? Buffer.from(content) : null;
}
