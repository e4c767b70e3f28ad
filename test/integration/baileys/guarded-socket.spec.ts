import { beforeAll, describe, expect, it } from '@jest/globals';
import { outputOf } from '../../support/processes/run-program.js';
import type { Findings } from './guarded-socket.program.js';

const PROGRAM = 'dist/test/integration/baileys/guarded-socket.program.js';
const beforeNode24 = Number(process.versions.node.split('.')[0]) < 24;

describe('a guarded socket', () => {
  let findings: Findings;

  beforeAll(async () => {
    findings = JSON.parse(await outputOf(PROGRAM)) as Findings;
  });

  it('switches no AsyncLocalStorage of its own on before Node 24', () => {
    expect(findings.enabledStorages).toBe(0);
    expect(findings.exportRestored).toBe(true);
  });

  it('lets Node follow promises only while a transaction is running', () => {
    expect(findings.followsPromises).toEqual({ within: beforeNode24, afterwards: false });
  });

  it('keeps the transactions of two sockets apart, and the host’s store visible within', () => {
    expect(findings.transactionsSeen).toEqual([true, false, false]);
    expect(findings.hostStoreWithin).toBe('the host’s own');
  });

  it('reports what its listeners reject instead of ending the process, also after its end', () => {
    expect([...findings.rejections].sort()).toEqual([
      'CB:ib,,dirty',
      'CB:ib,,offline_preview',
      'CB:ib,,offline_preview',
      'creds.update',
    ]);
  });

  it('leaves the emitters of the host as they are', () => {
    expect(findings.captureRejectionsRestored).toBe(true);
    expect(findings.hostEmitterCaptures).toBe(false);
  });
});
