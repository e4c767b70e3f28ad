import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()`, values of different processes are
 * comparable.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Waits for a fixed time before the next round, so that background work (new keys, files, timers) ends first. */
export async function settle(ms: number): Promise<void> {
  await delay(ms);
}

/**
 * Writes the page cache to the disk. The other side never syncs its files, so our next sync would have to wait for
 * them. Does nothing on a system without the `sync` program.
 */
export function syncDisk(): Promise<void> {
  return new Promise((resolve) => {
    execFile('sync', { timeout: 10_000 }, () => {
      resolve();
    });
  });
}

export async function withTimeout<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
