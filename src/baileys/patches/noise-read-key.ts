// Fault: Baileys 7.0.0-rc14 inflates and decodes a stanza of any size, and offers no point between the two to check it.
// Remove when Baileys bounds the size and the nodes of a stanza before it decodes it.

import { hkdfSync } from 'node:crypto';
import { Curve, NOISE_MODE } from '@whiskeysockets/baileys';

/** Called once, when the certificate of the server is checked, with the key of the server's further frames. */
type KeyListener = (key: Buffer) => void;

/** By the private Noise key of the socket, which is an object of its own for each socket. */
const listeners = new WeakMap<Uint8Array, KeyListener>();
let installed = false;

/** The secrets of one handshake. They are made one after the other, without another one in between. */
const SECRETS = 3;

/**
 * Calls the listener with the key that decrypts what the server sends after the handshake.
 * Baileys' `processHandshake` is synchronous, and its last secret is the one of `privateKey`. It is made only after
 * both certificates were checked. The key depends on the three secrets alone.
 * Wraps `Curve.sharedKey`, which is one function for the whole process, and changes no result of it.
 */
export function onNoiseReadKey(privateKey: Uint8Array, listener: KeyListener): void {
  if (!installed) install();
  installed = true;
  listeners.set(privateKey, listener);
}

function install(): void {
  const { sharedKey } = Curve;
  let secrets: Uint8Array[] = [];
  Curve.sharedKey = (privateKey, publicKey) => {
    const secret = sharedKey(privateKey, publicKey);
    if (secrets.length === 0) {
      queueMicrotask(() => {
        secrets = [];
      });
    }
    secrets.push(secret);
    const listener = listeners.get(privateKey);
    if (listener) {
      listeners.delete(privateKey);
      listener(readKey(secrets.slice(-SECRETS)));
    }
    return secret;
  };
}

/** Noise, section 5.2: each secret is mixed into the chaining key; the last step gives the two transport keys. */
function readKey(secrets: readonly Uint8Array[]): Buffer {
  let chainingKey = Buffer.from(NOISE_MODE);
  for (const secret of secrets) chainingKey = expand(secret, chainingKey).subarray(0, 32);
  return expand(new Uint8Array(0), chainingKey).subarray(32);
}

function expand(secret: Uint8Array, salt: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.from(hkdfSync('sha256', secret, salt, new Uint8Array(0), 64));
}
