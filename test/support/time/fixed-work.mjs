import { Buffer } from 'node:buffer';
import { createHash, diffieHellman, generateKeyPairSync } from 'node:crypto';

/*
 * A child process of `measure-machine.mjs`. Each message of the parent starts the same amount of work: hashes, key
 * agreements and objects, as in a pairing. It answers when the work is done.
 */

const ROUNDS = 360;
const bytes = Buffer.alloc(256 * 1_024, 7);
const [own, peer] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')];
const records = Array.from({ length: 400 }, (_, index) => ({
  id: `key-${index}`,
  value: [index, index * 2],
}));

function work(rounds) {
  for (let round = 0; round < rounds; round += 1) {
    createHash('sha256').update(bytes).digest();
    for (let agreed = 0; agreed < 10; agreed += 1)
      diffieHellman({ privateKey: own.privateKey, publicKey: peer.publicKey });
    const copy = JSON.parse(JSON.stringify(records));
    new Map(copy.map((record) => [record.id, record])).forEach(({ value }) => value.reverse());
  }
}

// Compiles the code, so that the first measurement is like the others.
work(ROUNDS / 10);
process.on('message', () => {
  work(ROUNDS);
  process.send('done');
});
process.on('disconnect', () => process.exit());
process.send('ready');
