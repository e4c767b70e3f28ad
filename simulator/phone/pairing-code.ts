/** The content of a QR code. */
export interface PairingCode {
  reference: string;
  noiseKey: Buffer;
  identityKey: Buffer;
  advSecret: Buffer;
}

const KEY_BYTES = 32;

/**
 * Parses `https://wa.me/settings/linked_devices#ref,noiseKey,identityKey,advSecret,platform`. Older clients omit the
 * address and the platform (Baileys' companion-reg-client-utils, whatsmeow's pair.go, `makeQRData`).
 */
export function readPairingCode(text: string): PairingCode | undefined {
  const [reference, noiseKey, identityKey, advSecret] = text
    .slice(text.indexOf('#') + 1)
    .split(',')
    .map((part) => part.trim());
  if (!reference || !noiseKey || !identityKey || !advSecret) return undefined;
  const keys = [noiseKey, identityKey, advSecret].map((key) => Buffer.from(key, 'base64'));
  const [noise, identity, secret] = keys;
  if (!noise || !identity || !secret || keys.some((key) => key.length !== KEY_BYTES)) return undefined;
  return { reference, noiseKey: noise, identityKey: identity, advSecret: secret };
}
