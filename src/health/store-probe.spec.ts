import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { StorageFailed } from '../whatsapp/domain/errors.js';
import type { Clock } from '../whatsapp/ports/clock.js';
import type { ConfigRepository } from '../whatsapp/ports/config.repository.js';
import { StoreProbe } from './store-probe.js';

const FULL = new StorageFailed({ cause: new Error('database or disk is full') });

let nowMs: number;
const read = jest.fn<ConfigRepository['setting']>();
const write = jest.fn<ConfigRepository['saveSetting']>();
const logged: string[] = [];
let probe: StoreProbe;

beforeEach(() => {
  nowMs = 0;
  logged.length = 0;
  read.mockReset().mockResolvedValue(null);
  write.mockReset().mockResolvedValue(undefined);
  Logger.overrideLogger({
    log: (message: string) => logged.push(`log: ${message}`),
    warn: () => undefined,
    error: (message: string, cause: Error) => logged.push(`error: ${message} ${cause.message}`),
  });
  const clock = { now: () => new Date(), monotonicMs: () => nowMs } as Partial<Clock>;
  probe = new StoreProbe(
    { setting: read, saveSetting: write } as Partial<ConfigRepository> as ConfigRepository,
    clock as Clock,
  );
});

describe('StoreProbe', () => {
  it('every check reads the store, and a check writes every 5 s', async () => {
    for (let second = 0; second <= 10; second++) {
      nowMs = second * 1_000;
      await probe.check();
    }
    expect([read.mock.calls.length, write.mock.calls.length]).toEqual([11, 3]);
  });

  it('a check fails when the store cannot be read', async () => {
    await probe.check();
    read.mockRejectedValue(FULL);
    await expect(probe.check()).rejects.toBe(FULL);
  });

  it('a check fails when the store cannot be written, and the next check writes again', async () => {
    write.mockRejectedValue(FULL);
    await expect(probe.check()).rejects.toBe(FULL);
    await expect(probe.check()).rejects.toBe(FULL);
    write.mockResolvedValue(undefined);
    await probe.check();
  });

  it('after a failure a check succeeds only when there is room for more than a small write', async () => {
    write.mockRejectedValueOnce(FULL);
    await expect(probe.check()).rejects.toBe(FULL);
    write.mockImplementation((_name, value) =>
      value.length > 100_000 ? Promise.reject(FULL) : Promise.resolve(),
    );
    await expect(probe.check()).rejects.toBe(FULL);
    write.mockReset().mockResolvedValue(undefined);
    await probe.check();
    expect(write.mock.calls.map(([, value]) => value.length)).toEqual([256 * 1024, 24]);
  });

  it('the log has one line when the store fails and one when it works again', async () => {
    write.mockRejectedValue(FULL);
    for (let time = 0; time < 3; time++) await probe.check().catch(() => undefined);
    expect(logged).toEqual([expect.stringMatching(/^error: .*Check the disk.* database or disk is full$/)]);
    write.mockResolvedValue(undefined);
    for (let time = 0; time < 3; time++) await probe.check();
    expect(logged.slice(1)).toEqual(['log: The store can be read and written again.']);
  });

  it('simultaneous checks share one request to a store that hangs', async () => {
    let answer!: (value: null) => void;
    read.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const checks = [probe.check(), probe.check(), probe.check()];
    expect(read).toHaveBeenCalledTimes(1);
    answer(null);
    await Promise.all(checks);
    expect(write).toHaveBeenCalledTimes(1);
  });
});
