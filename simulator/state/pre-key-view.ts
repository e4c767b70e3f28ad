import type { Device } from '../server/account.js';

/** All pre-keys of a device that the server knows. Keys are in hex, without libsignal's type byte. */
export interface PreKeyView {
  deviceJid: string;
  identityKey: string;
  signedPreKey: { id: number; publicKey: string };
  /** Ids that are not handed out yet, in the order in which they will be. */
  held: number[];
  handedOut: number[];
  lastUploadedId: number | null;
  /** The latest key of every id that was ever uploaded. */
  publicKeys: Record<number, string>;
}

export function describePreKeys({ jid, registration, signedPreKey, preKeys }: Device): PreKeyView {
  const { id, publicKey } = signedPreKey;
  return {
    deviceJid: jid,
    identityKey: registration.identityKey.toString('hex'),
    signedPreKey: { id, publicKey: publicKey.toString('hex') },
    held: preKeys.held.map((held) => held.id),
    handedOut: [...preKeys.handedOut],
    lastUploadedId: preKeys.lastUploadedId,
    publicKeys: Object.fromEntries(preKeys.uploaded.map((key) => [key.id, key.publicKey.toString('hex')])),
  };
}
