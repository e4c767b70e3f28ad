import { parentPort } from 'node:worker_threads';
import { freshCredentials, PRE_KEY_COUNT, packedPreKeys } from './fresh-keys.js';
import type { KeyResult, KeyJob } from './key-worker.js';

// The worker thread of CredentialPool: makes credentials and batches of pre-keys.

/** The number of pre-keys that are made before a waiting request for credentials is served. */
const CHUNK = 58;

/** Pre-key batches still to be made. Credentials come first, because a user waits for a code. */
const batches: { number: number; preKeys: Buffer[] }[] = [];

function answer(message: KeyResult): void {
  parentPort?.postMessage(message);
}

function makePreKeys(): void {
  const batch = batches[0];
  if (!batch) return;
  batch.preKeys.push(...packedPreKeys(Math.min(CHUNK, PRE_KEY_COUNT - batch.preKeys.length)));
  if (batch.preKeys.length === PRE_KEY_COUNT) {
    batches.shift();
    answer({ number: batch.number, made: batch.preKeys });
  }
  if (batches.length > 0) setImmediate(makePreKeys);
}

parentPort?.on('message', ({ number, kind }: KeyJob) => {
  if (kind === 'credentials') {
    answer({ number, made: freshCredentials() });
    return;
  }
  batches.push({ number, preKeys: [] });
  if (batches.length === 1) setImmediate(makePreKeys);
});
