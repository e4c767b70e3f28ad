import { describe, expect, it } from '@jest/globals';
import { CredentialPool } from '../../../src/baileys/crypto/credential-pool.js';
import { outputOf } from '../../support/processes/run-program.js';
import type { Findings } from './credential-pool.program.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

const PROGRAM = 'dist/test/integration/baileys/credential-pool.program.js';

describe('CredentialPool', () => {
  it('the pool hands every key set out once, makes pre-keys off the main thread, and lets the process exit', async () => {
    const begun = performance.now();
    const findings = JSON.parse(await outputOf(PROGRAM)) as Findings;
    expect(findings.differentSets).toBe(findings.sets);
    expect(findings.preKeys).toEqual(Array.from({ length: 6 }, () => 812));
    expect(findings.differentPreKeys).toBe(6 * 812);
    expect(findings.longestPauseMs).toBeLessThan(timeLimitSince(begun, 150));
    expect(findings.afterAbandoned.preKeys).toBe(812);
    expect(findings.afterAbandoned.waitedMs).toBeLessThan(timeLimitSince(begun, 1_000));
    expect(findings.afterStop).toEqual({ preKeys: 0, privateKeyLength: 32 });
  });

  it('the pool falls back to Baileys’ own keys when no worker can run', async () => {
    const { credentials, preKeys } = await new CredentialPool(2).take();
    expect(credentials.nextPreKeyId).toBe(1);
    expect(await preKeys()).toEqual([]);
  });
});
