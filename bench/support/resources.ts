import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECTIONS = 4;
/** V8 returns pages to the system in separate tasks. */
const BETWEEN_MS = 300;

/** Processor time of the whole process, threads included, since its start. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Highest resident memory since the start. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1_024;
}

/** Resident memory after garbage collection. */
export async function residentBytes(): Promise<number> {
  await collectAll();
  return process.memoryUsage.rss();
}

/** Heap and buffers in use after garbage collection, without reserved memory. */
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
