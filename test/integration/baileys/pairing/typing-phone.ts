import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto';
import { getBinaryNodeChild, type BinaryNode } from '@whiskeysockets/baileys';
import { x25519KeyPair } from '../../../../src/baileys/crypto/x25519.js';

export function registration(node: BinaryNode | undefined): BinaryNode | undefined {
  return getBinaryNodeChild(node, 'link_code_companion_reg');
}

/** Returns the content of a child of the registration. */
export function bytesOf(node: BinaryNode | undefined, tag: string): Buffer {
  const content = getBinaryNodeChild(registration(node), tag)?.content;
  return Buffer.from(content instanceof Uint8Array ? content : []);
}

export function reference(text: string): BinaryNode {
  return { tag: 'link_code_pairing_ref', attrs: {}, content: Buffer.from(text) };
}

export function codeNotification(stage: string, ...content: BinaryNode[]): BinaryNode {
  return {
    tag: 'notification',
    attrs: { id: 'n', from: '@s.whatsapp.net', type: 'link_code_companion_reg' },
    content: [{ tag: 'link_code_companion_reg', attrs: { stage }, content }],
  };
}

/** Returns the notification with which WhatsApp requests another code instead of this one. */
export function refreshCode(ref: string, byHand?: 'true' | 'false'): BinaryNode {
  const asked = codeNotification('refresh_code', reference(ref));
  const child = registration(asked);
  if (child && byHand) child.attrs['force_manual_refresh'] = byHand;
  return asked;
}

function ctr(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  return createCipheriv('aes-256-ctr', key, iv).update(data);
}

function agreement(privateKey: Buffer, publicKey: Buffer): Buffer {
  const jwk = { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') };
  return diffieHellman({
    privateKey: createPrivateKey({ key: { ...jwk, d: privateKey.toString('base64url') }, format: 'jwk' }),
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
  });
}

function codeKey(code: string, salt: Buffer): Buffer {
  return pbkdf2Sync(code.replace('-', ''), salt, 131_072, 32, 'sha256');
}

/** The phone on which a code is typed: the counterpart of whatsmeow's `pair-code.go`. */
export class TypingPhone {
  readonly identity = x25519KeyPair();
  readonly #ephemeral = x25519KeyPair();
  #deviceKey: Buffer = Buffer.alloc(0);

  types(code: string, hello: BinaryNode, ref: string): BinaryNode {
    const wrapped = bytesOf(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub');
    this.#deviceKey = ctr(
      codeKey(code, wrapped.subarray(0, 32)),
      wrapped.subarray(32, 48),
      wrapped.subarray(48),
    );
    const [salt, iv] = [randomBytes(32), randomBytes(16)];
    const content = Buffer.concat([salt, iv, ctr(codeKey(code, salt), iv, this.#ephemeral.public)]);
    return codeNotification(
      'primary_hello',
      { tag: 'link_code_pairing_wrapped_primary_ephemeral_pub', attrs: {}, content },
      { tag: 'primary_identity_pub', attrs: {}, content: this.identity.public },
      reference(ref),
    );
  }

  /** @throws Error when the bundle was not encrypted for this phone and device */
  advSecret(finish: BinaryNode): string {
    const shared = agreement(this.#ephemeral.private, this.#deviceKey);
    const sealed = bytesOf(finish, 'link_code_pairing_wrapped_key_bundle');
    const info = 'link_code_pairing_key_bundle_encryption_key';
    const key = Buffer.from(hkdfSync('sha256', shared, sealed.subarray(0, 32), info, 32));
    const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(32, 44));
    cipher.setAuthTag(sealed.subarray(-16));
    const bundle = Buffer.concat([cipher.update(sealed.subarray(44, -16)), cipher.final()]);
    const deviceIdentity = bytesOf(finish, 'companion_identity_public');
    const identities = Buffer.concat([deviceIdentity, this.identity.public]);
    if (!bundle.subarray(0, 64).equals(identities)) throw new Error('the bundle names other identities');
    const all = Buffer.concat([
      shared,
      agreement(this.identity.private, deviceIdentity),
      bundle.subarray(64),
    ]);
    return Buffer.from(hkdfSync('sha256', all, Buffer.alloc(0), 'adv_secret', 32)).toString('base64');
  }
}
