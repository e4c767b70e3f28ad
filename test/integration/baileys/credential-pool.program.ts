import { CredentialPool } from '../../../src/baileys/crypto/credential-pool.js';

/**
 * The findings of this program. It takes more key sets than are made ahead, ends the worker in between, and prints
 * the findings.
 */
export interface Findings {
  readonly sets: number;
  readonly differentSets: number;
  readonly preKeys: readonly number[];
  readonly differentPreKeys: number;
  readonly longestPauseMs: number;
  readonly afterAbandoned: { readonly preKeys: number; readonly waitedMs: number };
  readonly afterStop: { readonly preKeys: number; readonly privateKeyLength: number };
}

let last = performance.now();
let longestPauseMs = 0;
const ticking = setInterval(() => {
  longestPauseMs = Math.max(longestPauseMs, performance.now() - last);
  last = performance.now();
}, 1);

const pool = new CredentialPool(2);
const devices = await Promise.all(Array.from({ length: 6 }, () => pool.take()));
const preKeys = await Promise.all(devices.map((device) => device.preKeys()));
const longestWhileMadeMs = longestPauseMs;

/** Abandoned pairings: the next linked device does not wait for keys that are no longer needed. */
for (let count = 0; count < 100; count += 1) (await pool.take()).release();
const before = performance.now();
const afterMany = (await (await pool.take()).preKeys()).length;
const waitedMs = performance.now() - before;

const abandoned = await pool.take();
await pool.stop();
await abandoned.preKeys();
const late = await pool.take();

const findings: Findings = {
  sets: devices.length,
  differentSets: new Set(devices.map(({ credentials }) => credentials.advSecretKey)).size,
  preKeys: preKeys.map(({ length }) => length),
  differentPreKeys: new Set(preKeys.flat().map(({ value }) => Buffer.from(value ?? []).toString('hex'))).size,
  longestPauseMs: longestWhileMadeMs,
  afterAbandoned: { preKeys: afterMany, waitedMs },
  afterStop: {
    preKeys: (await late.preKeys()).length,
    privateKeyLength: Buffer.isBuffer(late.credentials.noiseKey.private)
      ? late.credentials.noiseKey.private.length
      : 0,
  },
};
clearInterval(ticking);
process.stdout.write(`${JSON.stringify(findings)}\n`);
