import { parentPort } from 'node:worker_threads';
import { freshCredentials, PRE_KEY_COUNT, packedPreKeys } from './fresh-keys.js';
import type { KeyFactoryAnswer } from './key-factory.js';

/** How many pre-keys are made before somebody who waits for credentials gets a turn. */
const CHUNK = 58;

/** Orders whose pre-keys are still to be made. Credentials go first: somebody waits for a code. */
const waiting: { order: number; preKeys: Buffer[] }[] = [];

function answer(message: KeyFactoryAnswer): void {
  parentPort?.postMessage(message);
}

function makePreKeys(): void {
  const next = waiting[0];
  if (!next) return;
  next.preKeys.push(...packedPreKeys(Math.min(CHUNK, PRE_KEY_COUNT - next.preKeys.length)));
  if (next.preKeys.length === PRE_KEY_COUNT) {
    waiting.shift();
    answer({ order: next.order, preKeys: next.preKeys });
  }
  setImmediate(makePreKeys);
}

parentPort?.on('message', (order: number) => {
  answer({ order, credentials: freshCredentials() });
  waiting.push({ order, preKeys: [] });
  if (waiting.length === 1) setImmediate(makePreKeys);
});
