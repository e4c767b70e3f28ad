import { randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesEncryptCTR,
  aesEncryptGCM,
  bytesToCrockford,
  derivePairingCodeKey,
  hkdf,
} from '@whiskeysockets/baileys';
import type { AuthenticationCreds } from '@whiskeysockets/baileys';
import type { PrimaryHello } from './phone-code-stanzas.js';
import { sharedX25519, x25519KeyPair } from '../crypto/x25519.js';

type IdentityKey = AuthenticationCreds['signedIdentityKey'];

const SALT_BYTES = 32;
const CTR_IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const KEY_BYTES = 32;

/**
 * The eight characters that a person types on the phone, and the key pair behind them. Both sides send each other a fresh
 * public key that only somebody who knows the code can read (WAWebAltDeviceLinkingAlgorithm, whatsmeow `pair-code.go`).
 */
export class PhoneCode {
  readonly #characters = bytesToCrockford(randomBytes(5));
  readonly #ephemeral = x25519KeyPair();

  /** As the phone shows its eight boxes: `ABCD-EFGH`. */
  get shown(): string {
    return `${this.#characters.slice(0, 4)}-${this.#characters.slice(4)}`;
  }

  /** For `companion_hello`. */
  async wrappedKey(): Promise<Buffer> {
    const salt = randomBytes(SALT_BYTES);
    const iv = randomBytes(CTR_IV_BYTES);
    const key = await derivePairingCodeKey(this.#characters, salt);
    return Buffer.concat([salt, iv, aesEncryptCTR(this.#ephemeral.public, key, iv)]);
  }

  /**
   * For `companion_finish`, with the secret that pair-success will be checked against. Whether the phone knows the code does
   * not show here: with another one it cannot open the bundle.
   * @throws Error when the phone's keys lead nowhere
   */
  async agree(
    { wrappedKey, identityKey }: PrimaryHello,
    identity: IdentityKey,
  ): Promise<{ readonly keyBundle: Buffer; readonly advSecret: Buffer }> {
    const phoneKey = await this.unwrap(wrappedKey);
    const shared = sharedX25519(this.#ephemeral.private, phoneKey);
    const sharedIdentity = sharedX25519(identity.private, identityKey);
    const random = randomBytes(KEY_BYTES);

    const salt = randomBytes(SALT_BYTES);
    const iv = randomBytes(GCM_IV_BYTES);
    const bundleKey = hkdf(shared, KEY_BYTES, { salt, info: 'link_code_pairing_key_bundle_encryption_key' });
    const bundle = Buffer.concat([identity.public, identityKey, random]);
    const sealed = aesEncryptGCM(bundle, bundleKey, iv, Buffer.alloc(0));

    const secret = hkdf(Buffer.concat([shared, sharedIdentity, random]), KEY_BYTES, { info: 'adv_secret' });
    return { keyBundle: Buffer.concat([salt, iv, sealed]), advSecret: Buffer.from(secret) };
  }

  private async unwrap(wrappedKey: Buffer): Promise<Buffer> {
    const iv = wrappedKey.subarray(SALT_BYTES, SALT_BYTES + CTR_IV_BYTES);
    const key = await derivePairingCodeKey(this.#characters, wrappedKey.subarray(0, SALT_BYTES));
    return aesDecryptCTR(wrappedKey.subarray(SALT_BYTES + CTR_IV_BYTES), key, iv);
  }
}
