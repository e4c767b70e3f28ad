import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * The cryptography of linking by phone code, for the phone and the companion. Sources: whatsmeow's pair-code.go,
 * Baileys' socket.js (`requestPairingCode`) and messages-recv.js (`link_code_companion_reg`).
 */

const SALT_BYTES = 32;
const COUNTER_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CODE_ROUNDS = 2 << 16;
const EMPTY = Buffer.alloc(0);

/** Salt, counter, key. */
export const WRAPPED_KEY_BYTES = SALT_BYTES + COUNTER_BYTES + KEY_BYTES;
/** Salt, nonce, three keys, tag. */
export const KEY_BUNDLE_BYTES = SALT_BYTES + NONCE_BYTES + 3 * KEY_BYTES + TAG_BYTES;

/** The keys that a companion encrypts for the phone, once it has the phone's keys. */
export interface LinkKeyBundle {
  companionIdentity: Buffer;
  primaryIdentity: Buffer;
  /** The companion's part of the adv secret. */
  random: Buffer;
}

export async function wrapKey(publicKey: Buffer, code: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const counter = randomBytes(COUNTER_BYTES);
  return Buffer.concat([salt, counter, await applyCodeCipher(publicKey, code, salt, counter)]);
}

/** Decrypts a wrapped key. A wrong code is not detected here: it gives a wrong key. */
export function unwrapKey(wrapped: Buffer, code: string): Promise<Buffer> {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const counter = wrapped.subarray(SALT_BYTES, SALT_BYTES + COUNTER_BYTES);
  return applyCodeCipher(wrapped.subarray(SALT_BYTES + COUNTER_BYTES), code, salt, counter);
}

/** Encrypts and decrypts with AES-CTR. PBKDF2 runs off the main thread, which it would block for 40 ms. */
async function applyCodeCipher(key: Buffer, code: string, salt: Buffer, counter: Buffer): Promise<Buffer> {
  const codeKey = await promisify(pbkdf2)(code, salt, CODE_ROUNDS, KEY_BYTES, 'sha256');
  const cipher = createCipheriv('aes-256-ctr', codeKey, counter);
  return Buffer.concat([cipher.update(key), cipher.final()]);
}

export function sealKeyBundle(bundle: LinkKeyBundle, ephemeralSecret: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', bundleKey(ephemeralSecret, salt), nonce);
  const plain = Buffer.concat([bundle.companionIdentity, bundle.primaryIdentity, bundle.random]);
  return Buffer.concat([salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Returns undefined when both sides have different secrets, for example after different codes. */
export function openKeyBundle(sealed: Buffer, ephemeralSecret: Buffer): LinkKeyBundle | undefined {
  if (sealed.length !== KEY_BUNDLE_BYTES) return undefined;
  const salt = sealed.subarray(0, SALT_BYTES);
  const nonce = sealed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', bundleKey(ephemeralSecret, salt), nonce);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const sealedKeys = sealed.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES);
    const plain = Buffer.concat([decipher.update(sealedKeys), decipher.final()]);
    const [companionIdentity, primaryIdentity, random] = [0, 1, 2].map((index) =>
      plain.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES),
    ) as [Buffer, Buffer, Buffer];
    return { companionIdentity, primaryIdentity, random };
  } catch {
    return undefined;
  }
}

/** Returns the secret that authenticates the identity in pair-success, instead of the secret of a QR code. */
export function deriveAdvSecret(ephemeralSecret: Buffer, identitySecret: Buffer, random: Buffer): Buffer {
  return derive(Buffer.concat([ephemeralSecret, identitySecret, random]), EMPTY, 'adv_secret');
}

function bundleKey(ephemeralSecret: Buffer, salt: Buffer): Buffer {
  return derive(ephemeralSecret, salt, 'link_code_pairing_key_bundle_encryption_key');
}

function derive(secret: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_BYTES));
}
