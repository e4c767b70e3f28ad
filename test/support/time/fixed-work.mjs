import { Buffer } from 'node:buffer';
import { createHash, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { openSync, rmSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/*
 * A child process of `measure-machine.mjs`. Each message of the parent starts the same amount of work: hashes, key
 * agreements and objects, as in a pairing. The process answers when the work is done. The message `{ samplesFile }`
 * starts sampling until the parent ends. Sampling does a small part of the work five times per second, and appends its
 * time to the file.
 */

const ROUNDS = 360;
/** The work needs about 5 ms on an idle machine: one processor is busy for 2.5 % of the time. */
const SAMPLE_ROUNDS = 5;
const SAMPLE_EVERY_MS = 200;
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

async function sample(samplesFile) {
  const file = openSync(samplesFile, 'w');
  process.on('exit', () => rmSync(samplesFile, { force: true }));
  process.send('done');
  for (;;) {
    const wantedMs = performance.now() + SAMPLE_EVERY_MS;
    await setTimeout(SAMPLE_EVERY_MS);
    work(SAMPLE_ROUNDS);
    const endMs = performance.now();
    writeSync(file, new Float64Array([performance.timeOrigin + endMs, endMs - wantedMs]));
  }
}

process.on('message', ({ samplesFile }) => {
  if (samplesFile) return sample(samplesFile);
  work(ROUNDS);
  process.send('done');
});
process.on('disconnect', () => process.exit());
process.send('ready');
