import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { flipBit } from '../crypto/flip-bit.js';
import { SigningKey, verifyXeddsa } from '../crypto/xeddsa.js';
import type { KeyBundle } from '../device-keys/key-bundle.js';
import type { SignedPreKey } from '../device-keys/pre-key-store.js';
import { typedKey } from '../device-keys/registration-payload.js';
import { CodeExchange } from './code-exchange.js';
import { SignalSender } from './signal-sender.js';

export const PAIR_SUCCESS_FORGERIES = [
  'account_signature',
  'foreign_account_key',
  'other_device',
  'hmac',
] as const;
/**
 * `account_signature`: one bit is flipped; `foreign_account_key`: another account signed it; `other_device`: it is
 * signed for another device's identity key; `hmac`: it is authenticated with a secret that no code contained.
 */
export type PairSuccessForgery = (typeof PAIR_SUCCESS_FORGERIES)[number];

// Prefixes of the signed messages: whatsmeow's pair.go (AdvAccountSignaturePrefix, AdvDeviceSignaturePrefix,
// AdvHostedAccountSignaturePrefix).
const ACCOUNT_PREFIX = Buffer.from([6, 0]);
const HOSTED_ACCOUNT_PREFIX = Buffer.from([6, 5]);
const DEVICE_PREFIX = Buffer.from([6, 1]);
const { HOSTED } = proto.ADVEncryptionType;
/** Baileys' generateRegistrationId: 14 bits. */
const HIGHEST_REGISTRATION_ID = 16_383;

/** An identity that the phone has signed, and that the device has not countersigned yet. */
export interface SignedIdentity {
  details: Uint8Array;
  accountKey: Buffer;
  accountSignature: Buffer;
  identityKey: Buffer;
  keyIndex: number;
  /** Whether it belongs to a business account that is also hosted in the cloud. */
  hosted: boolean;
}

/**
 * The phone of an account. It has the account's private key; the server does not. The phone reads no messages, so it
 * does not keep the private keys of its pre-keys.
 */
export class Phone {
  private readonly signingKey = new SigningKey();
  private readonly rawId = randomInt(1, 2 ** 31);
  private readonly registrationId = randomInt(1, HIGHEST_REGISTRATION_ID);
  /** Sends messages as device 0. */
  readonly signalSender = new SignalSender(this.signingKey, this.registrationId);
  private keyIndex = 0;
  private lastPreKeyId = 0;
  private signedPreKey: SignedPreKey | undefined;

  /** @param hosted whether the account is a business account that is also hosted in the cloud ("coexistence") */
  sign(identityKey: Buffer, hosted: boolean, forgery?: PairSuccessForgery): SignedIdentity {
    const keyIndex = (this.keyIndex += 1);
    const timestamp = Math.floor(Date.now() / 1000);
    const details = proto.ADVDeviceIdentity.encode({
      rawId: this.rawId,
      timestamp,
      keyIndex,
      ...(hosted && { accountType: HOSTED, deviceType: HOSTED }),
    }).finish();
    const signedKey = forgery === 'other_device' ? randomBytes(32) : identityKey;
    const signer = forgery === 'foreign_account_key' ? new SigningKey() : this.signingKey;
    const prefix = hosted ? HOSTED_ACCOUNT_PREFIX : ACCOUNT_PREFIX;
    const accountSignature = signer.sign(Buffer.concat([prefix, details, signedKey]));
    if (forgery === 'account_signature') flipBit(accountSignature, 10);
    return {
      details,
      accountKey: this.signingKey.publicKey,
      accountSignature,
      identityKey,
      keyIndex,
      hosted,
    };
  }

  typeCode(code: string, wrappedCompanionKey: Buffer): Promise<CodeExchange> {
    return CodeExchange.begin(this.signingKey, code, wrappedCompanionKey);
  }

  /**
   * Returns the key bundle of device 0. Its identity key is the key that signs companions (Baileys'
   * `createSignalIdentity`).
   */
  keyBundle(): KeyBundle {
    this.signedPreKey ??= this.signPreKey();
    const preKey = { id: (this.lastPreKeyId += 1), publicKey: AgreementKey.generate().publicKey };
    const { registrationId, signedPreKey } = this;
    return { registrationId, identityKey: this.signingKey.publicKey, signedPreKey, preKey };
  }

  private signPreKey(): SignedPreKey {
    const { publicKey } = AgreementKey.generate();
    return { id: 1, publicKey, signature: this.signingKey.sign(typedKey(publicKey)) };
  }

  /** Returns the content of `device-identity`. Only a client that knows the secret can check its HMAC. */
  seal(identity: SignedIdentity, advSecret: Buffer, forgery?: PairSuccessForgery): Uint8Array {
    const details = proto.ADVSignedDeviceIdentity.encode({
      details: identity.details,
      accountSignatureKey: identity.accountKey,
      accountSignature: identity.accountSignature,
    }).finish();
    const secret = forgery === 'hmac' ? randomBytes(32) : advSecret;
    const hmac = createHmac('sha256', secret)
      .update(identity.hosted ? Buffer.concat([HOSTED_ACCOUNT_PREFIX, details]) : details)
      .digest();
    const accountType = identity.hosted ? { accountType: HOSTED } : {};
    return proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac, ...accountType }).finish();
  }
}

/** Whether the answer is the same identity, with a valid signature of the device. */
export function isCountersigned(answer: Uint8Array, identity: SignedIdentity): boolean {
  const returned = decode(answer);
  if (!returned?.deviceSignature || !returned.details || !returned.accountSignature) return false;
  if (!identity.accountSignature.equals(returned.accountSignature)) return false;
  if (Buffer.compare(returned.details, identity.details) !== 0) return false;
  const message = Buffer.concat([DEVICE_PREFIX, identity.details, identity.identityKey, identity.accountKey]);
  return verifyXeddsa(identity.identityKey, message, returned.deviceSignature);
}

function decode(answer: Uint8Array): proto.ADVSignedDeviceIdentity | undefined {
  try {
    return proto.ADVSignedDeviceIdentity.decode(answer);
  } catch {
    return undefined;
  }
}
