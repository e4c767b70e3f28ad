import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { AgreementKey } from '../crypto/curve25519.js';
import { flipBit } from '../crypto/flip-bit.js';
import { SigningKey } from '../crypto/xeddsa.js';

/**
 * Defects of a certificate chain. whatsmeow refuses each of them (handshake.go, `verifyServerCert`); Baileys rc14 none.
 */
export const CERTIFICATE_FORGERIES = [
  'leaf_signature',
  'intermediate_signature',
  'foreign_root',
  'expired',
  'intermediate_expired',
  'not_yet_valid',
  'leaf_key_mismatch',
  'issuer_serial',
  'leaf_issuer_serial',
] as const;
export type CertificateForgery = (typeof CERTIFICATE_FORGERIES)[number];

const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;
const DAY_S = 86_400;

/** Signs chains of root, intermediate and leaf, as WhatsApp does. Each chain is signed once and cached. */
export class CertificateAuthority {
  readonly staticKey = AgreementKey.generate();
  private readonly root = new SigningKey();
  private readonly intermediate = new SigningKey();
  private readonly chains = new Map<CertificateForgery | undefined, Uint8Array>();

  get rootPublicKey(): Buffer {
    return this.root.publicKey;
  }

  chain(forgery?: CertificateForgery): Uint8Array {
    let chain = this.chains.get(forgery);
    if (!chain) {
      chain = this.sign(forgery);
      this.chains.set(forgery, chain);
    }
    return chain;
  }

  private sign(forgery: CertificateForgery | undefined): Uint8Array {
    const root = forgery === 'foreign_root' ? new SigningKey() : this.root;
    const intermediate = certificate(root, {
      serial: INTERMEDIATE_SERIAL,
      issuerSerial: forgery === 'issuer_serial' ? ROOT_SERIAL + 7 : ROOT_SERIAL,
      key: this.intermediate.publicKey,
      ...validity(forgery === 'intermediate_expired' ? -400 : -30),
    });
    const leafKey = forgery === 'leaf_key_mismatch' ? AgreementKey.generate() : this.staticKey;
    const leafFrom = forgery === 'expired' ? -400 : forgery === 'not_yet_valid' ? 30 : -30;
    const leaf = certificate(this.intermediate, {
      serial: LEAF_SERIAL,
      issuerSerial: forgery === 'leaf_issuer_serial' ? INTERMEDIATE_SERIAL + 7 : INTERMEDIATE_SERIAL,
      key: leafKey.publicKey,
      ...validity(leafFrom),
    });
    if (forgery === 'leaf_signature') flipBit(leaf.signature, 10);
    if (forgery === 'intermediate_signature') flipBit(intermediate.signature, 10);
    return proto.CertChain.encode({ leaf, intermediate }).finish();
  }
}

function validity(fromDays: number): { notBefore: number; notAfter: number } {
  const now = Math.floor(Date.now() / 1000);
  return { notBefore: now + fromDays * DAY_S, notAfter: now + (fromDays + 365) * DAY_S };
}

function certificate(
  issuer: SigningKey,
  details: proto.CertChain.NoiseCertificate.IDetails,
): { details: Uint8Array; signature: Buffer } {
  const encoded = proto.CertChain.NoiseCertificate.Details.encode(details).finish();
  return { details: encoded, signature: issuer.sign(encoded) };
}
