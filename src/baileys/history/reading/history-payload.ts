import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { MOST_BYTES } from './history-limits.js';
import { HistoryRefused } from './history.errors.js';

/** A compressed history, as it came in a message or from the media host. */
export interface HistoryPayload {
  readonly bytes: Uint8Array;
  /** The keys of a downloaded file; null for a payload from a message. */
  readonly file: { readonly mediaKey: Uint8Array; readonly sha256: Uint8Array | null } | null;
}

const MAC_BYTES = 10;

/**
 * Returns the decompressed history.
 * @throws HistoryRefused `unreadable` or `too_large`
 */
export function openPayload({ bytes, file }: HistoryPayload): Uint8Array {
  try {
    return inflateSync(file ? decrypt(bytes, file) : bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new HistoryRefused(isTooLarge(error) ? 'too_large' : 'unreadable');
  }
}

/** Decrypts a file of the media host, and checks its digest and its authentication code, which Baileys does not. */
function decrypt(bytes: Uint8Array, { mediaKey, sha256 }: NonNullable<HistoryPayload['file']>): Buffer {
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, new Uint8Array(0), 'WhatsApp History Keys', 112));
  const iv = keys.subarray(0, 16);
  const encrypted = bytes.subarray(0, -MAC_BYTES);
  const mac = createHmac('sha256', keys.subarray(48, 80)).update(iv).update(encrypted).digest();
  if (!isEqual(mac.subarray(0, MAC_BYTES), bytes.subarray(-MAC_BYTES))) throw new Error('wrong code');
  if (sha256 && !isEqual(createHash('sha256').update(bytes).digest(), sha256))
    throw new Error('wrong digest');
  const decipher = createDecipheriv('aes-256-cbc', keys.subarray(16, 48), iv);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]);
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}
