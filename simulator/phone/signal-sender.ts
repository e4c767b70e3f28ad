import { createCipheriv, createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import { AgreementKey } from '../crypto/curve25519.js';
import { SigningKey } from '../crypto/xeddsa.js';
import type { KeyBundle } from '../device-keys/key-bundle.js';
import { typedKey } from '../device-keys/registration-payload.js';

/** Baileys' generateRegistrationId: 14 bits. */
const HIGHEST_REGISTRATION_ID = 16_383;
/** libsignal's version byte: version 3, and 3 is the lowest version that it accepts. */
const VERSION = Buffer.of(0x33);
const NO_SALT = Buffer.alloc(32);
/** The first 32 bytes of the shared secret (libsignal's session_builder.js, `initSession`). */
const DISCONTINUITY = Buffer.alloc(32, 0xff);
const MAC_BYTES = 8;

/**
 * Encrypts messages as a device that sends and never receives. Every message starts a new session (`pkmsg`), so there
 * is no state between messages: X3DH and the first step of the ratchet, as in libsignal's session_builder.js and
 * session_cipher.js.
 */
export class SignalSender {
  constructor(
    private readonly identity = new SigningKey(),
    private readonly registrationId = randomInt(1, HIGHEST_REGISTRATION_ID),
  ) {}

  /** Returns the content of an `enc` element of type `pkmsg`. */
  encrypt(bundle: KeyBundle, plaintext: Uint8Array): Buffer {
    const base = AgreementKey.generate();
    const ratchet = AgreementKey.generate();
    const secret = Buffer.concat([
      DISCONTINUITY,
      this.identity.agree(bundle.signedPreKey.publicKey),
      base.agree(bundle.identityKey),
      base.agree(bundle.signedPreKey.publicKey),
      ...(bundle.preKey ? [base.agree(bundle.preKey.publicKey)] : []),
    ]);
    const [root] = derive(secret, NO_SALT, 'WhisperText');
    const [, chain] = derive(ratchet.agree(bundle.signedPreKey.publicKey), root, 'WhisperRatchet');
    const messageKey = createHmac('sha256', chain).update(Buffer.of(1)).digest();
    const [cipherKey, macKey, iv] = derive(messageKey, NO_SALT, 'WhisperMessageKeys');
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv.subarray(0, 16));
    const body = Buffer.concat([
      bytesField(1, typedKey(ratchet.publicKey)),
      numberField(2, 0),
      numberField(3, 0),
      bytesField(4, Buffer.concat([cipher.update(padded(plaintext)), cipher.final()])),
    ]);
    const mac = createHmac('sha256', macKey)
      .update(typedKey(this.identity.publicKey))
      .update(typedKey(bundle.identityKey))
      .update(VERSION)
      .update(body)
      .digest();
    return Buffer.concat([
      VERSION,
      ...(bundle.preKey ? [numberField(1, bundle.preKey.id)] : []),
      bytesField(2, typedKey(base.publicKey)),
      bytesField(3, typedKey(this.identity.publicKey)),
      bytesField(4, Buffer.concat([VERSION, body, mac.subarray(0, MAC_BYTES)])),
      numberField(5, this.registrationId),
      numberField(6, bundle.signedPreKey.id),
    ]);
  }
}

/** Returns three keys of 32 bytes (libsignal's crypto.js, `deriveSecrets`). */
function derive(secret: Buffer, salt: Buffer, info: string): [Buffer, Buffer, Buffer] {
  const keys = Buffer.from(hkdfSync('sha256', secret, salt, info, 96));
  return [keys.subarray(0, 32), keys.subarray(32, 64), keys.subarray(64)];
}

/** Adds 1 to 16 bytes, each with their number (Baileys' `writeRandomPadMax16`). */
function padded(plaintext: Uint8Array): Buffer {
  const length = (randomBytes(1).readUInt8(0) % 16) + 1;
  return Buffer.concat([plaintext, Buffer.alloc(length, length)]);
}

/** A length-delimited field of a protobuf message. */
function bytesField(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
