import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SystemClock } from '../../../src/local/system-clock.js';
import { AuditRetention } from '../../../src/security/audit/audit-retention.js';
import { MemoryAuditTrail } from '../../contract/memory/memory-audit-trail.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';

const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;

let trail: MemoryAuditTrail;
let forgotten: jest.SpiedFunction<MemoryAuditTrail['forgetBefore']>;
let warn: jest.SpiedFunction<Logger['warn']>;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW_MS });
  trail = new MemoryAuditTrail({ entries: [], latest: 0, full: false });
  forgotten = jest.spyOn(trail, 'forgetBefore');
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  warn.mockRestore();
  jest.useRealTimers();
});

const days = (): number[] => forgotten.mock.calls.map(([at]) => at.getTime() / DAY_MS);

describe('AuditRetention', () => {
  it('old audit entries are deleted at the start and once a day until the shutdown', async () => {
    const retention = new AuditRetention(trail, new SystemClock(), 90);
    retention.onApplicationBootstrap();
    expect(days()).toEqual([910]);
    await jest.advanceTimersByTimeAsync(3 * DAY_MS);
    expect(days()).toEqual([910, 911, 912, 913]);
    retention.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(3 * DAY_MS);
    expect(days()).toHaveLength(4);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a failed deletion of audit entries is logged and repeated a day later', async () => {
    forgotten.mockRejectedValueOnce(new StorageFailed({ cause: new Error('disk I/O error') }));
    const retention = new AuditRetention(trail, new SystemClock(), 1);
    retention.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(days()).toEqual([999, 1000]);
    expect(warn.mock.calls.map(([line]) => line as unknown)).toEqual([
      'Old audit entries were not deleted (disk I/O error). The next try is in a day. Check the disk and the store.',
    ]);
    retention.onModuleDestroy();
  });

  it('a deletion of audit entries that fails during the shutdown delays nothing and is not logged', async () => {
    let fail: (error: Error) => void = () => undefined;
    forgotten.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    const retention = new AuditRetention(trail, new SystemClock(), 90);
    retention.onApplicationBootstrap();
    retention.onModuleDestroy();
    fail(new StorageFailed({ cause: new Error('the store is closed') }));
    await jest.advanceTimersByTimeAsync(3 * DAY_MS);
    expect([days().length, jest.getTimerCount(), warn.mock.calls]).toEqual([1, 0, []]);
  });
});
