// Fault: Baileys 7.0.0-rc14 accepts any signature, and does not check the key and dates of the leaf certificate.
// Remove when Baileys checks the result of libsignal 6.0.0, the key of the leaf certificate and both validity periods.

import { Curve, proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { ServerUntrusted } from '../baileys.errors.js';
import { sharedX25519, x25519KeyPair } from '../crypto/x25519.js';
import { verifyXEdDSA } from '../crypto/xeddsa.js';

type Certificate = proto.CertChain.NoiseCertificate.IDetails;

/** Stored on `Curve` itself, so that two copies of this module around one Baileys share it. */
const INSTALLED = Symbol.for('nestjs-whatsapp-pairing.server-root-key');

/**
 * Makes Baileys check the server's certificate chain. In rc14 `Curve.verify` accepts any signature: libsignal 6.0.0
 * returns a boolean, which Baileys ignores. Baileys also compares neither the key of the leaf certificate with the
 * server's static key, nor the dates (whatsmeow `handshake.go` does).
 * `Curve` is one object for the whole process, including the host application's own Baileys, so this function only
 * makes it stricter. Safe to repeat.
 * @param rootKey replaces WhatsApp's root key, for test servers
 * @throws Error when another root key is already installed: there is one per process
 */
export function enforceCertificateCheck(rootKey: Uint8Array = WA_CERT_DETAILS.PUBLIC_KEY): void {
  const wanted = Buffer.from(rootKey).toString('hex');
  const curve: typeof Curve & { [INSTALLED]?: string } = Curve;
  const installed = curve[INSTALLED];
  if (installed === wanted) return;
  if (installed !== undefined) {
    throw new Error(
      'This process already trusts another WhatsApp root key. Use the same root key for every gateway in one process.',
    );
  }
  wrapCurve(rootKey);
  curve[INSTALLED] = wanted;
}

/**
 * Replaces the functions of `Curve`.
 * Baileys' `processHandshake` is synchronous. It calls sharedKey(ephemeral), sharedKey(static), verify(leaf) with
 * the key of the intermediate certificate, and verify(intermediate) with the root key. The values kept between these
 * calls are dropped at the end of the synchronous run. So no other use of `Curve` is mistaken for a handshake.
 */
function wrapCurve(rootKey: Uint8Array): void {
  let agreedKey: Uint8Array | null = null;
  let leafIssuer: { readonly key: Uint8Array; readonly serial: number } | null = null;

  // For speed only: the same kind of keys in a third of the time, one pair per connection.
  Curve.generateKeyPair = x25519KeyPair;

  Curve.sharedKey = (privateKey, publicKey) => {
    agreedKey = Buffer.from(publicKey);
    queueMicrotask(() => {
      agreedKey = null;
      leafIssuer = null;
    });
    return sharedX25519(privateKey, publicKey);
  };

  Curve.verify = (publicKey, message, signature) => {
    if (publicKey === WA_CERT_DETAILS.PUBLIC_KEY) {
      const issued = leafIssuer;
      leafIssuer = null;
      if (!issued)
        throw new ServerUntrusted('the intermediate certificate arrived without a checked leaf certificate');
      checkIntermediate(rootKey, message, signature, issued);
      return true;
    }
    if (agreedKey) {
      const serverKey = agreedKey;
      agreedKey = null;
      leafIssuer = { key: publicKey, serial: checkLeaf(publicKey, message, signature, serverKey) };
      return true;
    }
    return verifyXEdDSA(publicKey, message, signature);
  };
}

/** @returns the serial of the certificate that must be the issuer */
function checkLeaf(
  issuerKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  serverKey: Uint8Array,
): number {
  const leaf = signed(issuerKey, message, signature, 'leaf');
  if (!sameBytes(leaf.key, serverKey)) {
    throw new ServerUntrusted('the leaf certificate belongs to another key than the server');
  }
  return leaf.issuerSerial ?? 0;
}

function checkIntermediate(
  rootKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  issued: { readonly key: Uint8Array; readonly serial: number },
): void {
  const intermediate = signed(rootKey, message, signature, 'intermediate');
  if (!sameBytes(intermediate.key, issued.key) || (intermediate.serial ?? 0) !== issued.serial) {
    throw new ServerUntrusted('the leaf certificate was issued by another intermediate');
  }
}

function signed(
  issuerKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  which: string,
): Certificate {
  if (!isSigned(issuerKey, message, signature)) {
    throw new ServerUntrusted(`the ${which} certificate has a wrong signature`);
  }
  const details = proto.CertChain.NoiseCertificate.Details.decode(message);
  const now = Date.now() / 1000;
  if (now < Number(details.notBefore ?? 0))
    throw new ServerUntrusted(`the ${which} certificate is not valid yet`);
  if (now > Number(details.notAfter ?? 0)) throw new ServerUntrusted(`the ${which} certificate has expired`);
  return details;
}

interface Signature {
  readonly issuerKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** WhatsApp's servers present the same two certificates to every client for days. */
const MAX_REMEMBERED = 8;
const verifiedSignatures: Signature[] = [];

/**
 * Whether the certificate is signed. A certificate that is equal in every byte to a verified one needs no second
 * check.
 */
function isSigned(issuerKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const known = verifiedSignatures.some(
    (one) =>
      sameBytes(one.issuerKey, issuerKey) &&
      sameBytes(one.message, message) &&
      sameBytes(one.signature, signature),
  );
  if (known) return true;
  if (!verifyXEdDSA(issuerKey, message, signature)) return false;
  verifiedSignatures.push({
    issuerKey: Buffer.from(issuerKey),
    message: Buffer.from(message),
    signature: Buffer.from(signature),
  });
  if (verifiedSignatures.length > MAX_REMEMBERED) verifiedSignatures.shift();
  return true;
}

function sameBytes(left: Uint8Array | null | undefined, right: Uint8Array): boolean {
  return left !== null && left !== undefined && Buffer.compare(left, right) === 0;
}
