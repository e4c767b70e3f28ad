import { describe, expect, it } from '@jest/globals';
import { Curve } from '@whiskeysockets/baileys';
import { onNoiseReadKey } from './noise-read-key.js';

type KeyPair = ReturnType<typeof Curve.generateKeyPair>;

/** The secrets of a handshake, in the order in which Baileys makes them. */
function shakeHands(noiseKey: KeyPair, ephemeral: KeyPair, server: KeyPair): void {
  Curve.sharedKey(ephemeral.private, server.public);
  Curve.sharedKey(ephemeral.private, server.public);
  Curve.sharedKey(noiseKey.private, server.public);
}

describe('onNoiseReadKey', () => {
  const [noiseKey, ephemeral, server] = [
    Curve.generateKeyPair(),
    Curve.generateKeyPair(),
    Curve.generateKeyPair(),
  ];

  it('the key of a handshake is the same whatever other secrets are made in the same turn', async () => {
    const keys: string[] = [];
    const listen = (pair: KeyPair) => {
      onNoiseReadKey(pair.private, (key) => keys.push(key.toString('hex')));
    };
    listen(noiseKey);
    shakeHands(noiseKey, ephemeral, server);
    await Promise.resolve();
    listen(noiseKey);
    const other = Curve.generateKeyPair();
    listen(other);
    Curve.sharedKey(ephemeral.private, other.public);
    shakeHands(other, ephemeral, server);
    shakeHands(noiseKey, ephemeral, server);
    expect(keys).toHaveLength(3);
    expect(keys[2]).toBe(keys[0]);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('the listener is called once', () => {
    let calls = 0;
    onNoiseReadKey(noiseKey.private, () => (calls += 1));
    shakeHands(noiseKey, ephemeral, server);
    shakeHands(noiseKey, ephemeral, server);
    expect(calls).toBe(1);
  });
});
