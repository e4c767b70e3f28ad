import { beforeAll, describe, expect, it } from '@jest/globals';
import { outputOf } from '../../support/processes/run-program.js';
import type { Findings } from './guarded-socket.program.js';

const PROGRAM = 'dist/test/integration/baileys/guarded-socket.program.js';
const beforeNode24 = Number(process.versions.node.split('.')[0]) < 24;

describe('makeGuardedSocket', () => {
  let findings: Findings;

  beforeAll(async () => {
    findings = JSON.parse(await outputOf(PROGRAM)) as Findings;
  });

  it('a guarded socket enables no AsyncLocalStorage of its own before Node 24', () => {
    // From Node 24 on a storage has no such state, and the socket uses Baileys' own storages.
    expect(findings.storages).toEqual(beforeNode24 ? [{ enabled: false }, { enabled: false }] : []);
    expect(findings.exportRestored).toBe(true);
  });

  it('Node tracks promises only while a transaction is running', () => {
    expect(findings.followsPromises).toEqual({ within: beforeNode24, afterwards: false });
  });

  it('the transactions of two sockets stay apart, and the host application’s store stays visible', () => {
    expect(findings.transactionsSeen).toEqual([true, false, false]);
    expect(findings.hostStoreWithin).toBe('the host’s own');
  });

  it('rejections of Baileys’ listeners are reported and do not end the process, also after the socket ended', () => {
    expect([...findings.rejections].sort()).toEqual([
      'CB:ib,,dirty',
      'CB:ib,,offline_preview',
      'CB:ib,,offline_preview',
      'creds.update',
    ]);
  });

  it('an error that a listener throws is reported, also at the end of the socket, and stops no other listener', () => {
    expect(findings.thrown).toEqual(['Error: connecting', 'Error: close']);
    expect(findings.listenerCalls).toEqual({ kept: 2, removed: 0 });
  });

  it('the emitters of the host application stay unchanged', () => {
    expect(findings.captureRejectionsRestored).toBe(true);
    expect(findings.hostEmitterCaptures).toBe(false);
  });
});
