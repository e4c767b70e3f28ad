import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds of the machine's monotonic clock: comparable between processes, unlike `performance.now()`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Lets what a round has left behind (keys made ahead, files, timers) be done before the next one is measured. */
export async function settle(ms: number): Promise<void> {
  await delay(ms);
}

/**
 * Writes out what the other side has left in the page cache: it never syncs, and the next sync of ours would have to wait
 * for its files. Where there is no `sync`, nothing happens.
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
