import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECTIONS = 4;
/** V8 gives pages back in tasks of its own. */
const BETWEEN_MS = 300;

/** What the whole process, its threads included, has computed since it was made. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The most memory that was ever resident. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1_024;
}

/** What stays resident after everything that can be collected has been. */
export async function residentBytes(): Promise<number> {
  await collectAll();
  return process.memoryUsage.rss();
}

/** What is in use, in the heap and in buffers, once nothing more can be collected; without what is only kept in reserve. */
export async function usedBytes(): Promise<number> {
  await collectAll();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function collectAll(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    collect();
    await delay(BETWEEN_MS);
  }
}
