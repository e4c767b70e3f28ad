import { Curve, proto, WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { ServerUntrusted } from '../baileys.errors.js';
import { sharedX25519, x25519KeyPair } from '../crypto/x25519.js';
import { verifyXEdDSA } from '../crypto/xeddsa.js';

type Certificate = proto.CertChain.NoiseCertificate.IDetails;

/** Lives on `Curve` itself, so that two copies of this module around one Baileys know of each other. */
const INSTALLED = Symbol.for('nestjs-whatsapp-pairing.server-root-key');

/**
 * Makes Baileys check what it only pretends to check in rc14: `Curve.verify` accepts any signature, and nobody compares
 * the leaf certificate with the server's static key or looks at the dates (whatsmeow `handshake.go` does). `Curve` is one
 * object for the whole process, a host's own Baileys included, so it only ever becomes stricter. Repeating is safe.
 * @param rootKey replaces WhatsApp's root key; for test servers
 * @throws Error when another root key is already in force: there is one per process
 */
export function enforceCertificateCheck(rootKey: Uint8Array = WA_CERT_DETAILS.PUBLIC_KEY): void {
  const wanted = Buffer.from(rootKey).toString('hex');
  const curve: typeof Curve & { [INSTALLED]?: string } = Curve;
  const installed = curve[INSTALLED];
  if (installed === wanted) return;
  if (installed !== undefined) {
    throw new Error(
      'This process already trusts another WhatsApp root key; there can be only one per process.',
    );
  }
  wrapCurve(rootKey);
  curve[INSTALLED] = wanted;
}

/**
 * Baileys' `processHandshake` is synchronous and calls sharedKey(ephemeral), sharedKey(static), verify(leaf) by the key of
 * the intermediate, verify(intermediate) by the root. What is remembered between these calls is forgotten with the end of
 * the synchronous run, so no other use of `Curve` is ever mistaken for a handshake.
 */
function wrapCurve(rootKey: Uint8Array): void {
  let agreedKey: Uint8Array | null = null;
  let leafIssuer: { readonly key: Uint8Array; readonly serial: number } | null = null;

  // Not a matter of trust, only of time: the same kind of keys in a third of it, one pair per connection.
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
      if (!issued) throw new ServerUntrusted('an intermediate certificate without a checked leaf');
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

/** @returns the serial of the certificate that must have issued it */
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

/** WhatsApp's servers show the same two certificates to everybody for days. */
const MAX_REMEMBERED = 8;
const verifiedSignatures: Signature[] = [];

/** What has been found good to the last byte is good again; whatever differs is looked at. */
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
