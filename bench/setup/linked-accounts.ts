import { configFrom } from '../../src/config/load-config.js';
import { settle } from '../support/clock.js';
import { forEachConcurrently } from '../support/concurrency.js';
import type { BenchEnvironment } from './bench-environment.js';

/** The service's default number of simultaneous pairings. */
export const AT_ONCE = configFrom({}).WHATSAPP_MAX_PAIRING_SESSIONS;

/** Pause before the shutdown. The last credentials of a login are written 20 s after it, or at the shutdown. */
const SETTLE_MS = 500;

export interface LinkedAccounts {
  readonly names: readonly string[];
  /** The data directory of the service that linked them. No process uses it. */
  readonly folder: string;
}

/**
 * Number of accounts for the questions about whole services: `BENCH_ACCOUNTS` or the default. The limits apply to the
 * default.
 */
export function accountCount(standard: number): number {
  const text = process.env['BENCH_ACCOUNTS'];
  if (text === undefined) return standard;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 5_000) {
    throw new Error('BENCH_ACCOUNTS must be a whole number from 1 to 5000.');
  }
  return count;
}

export function accountNames(count: number, prefix = 'account'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Links `count` accounts through the service, then shuts it down. */
export async function linkAccounts(environment: BenchEnvironment, count: number): Promise<LinkedAccounts> {
  const folder = environment.folder();
  const names = accountNames(count);
  const service = await environment.serviceOn(folder);
  await forEachConcurrently(AT_ONCE, names, async (account) => {
    await environment.link(service, account);
  });
  await settle(SETTLE_MS);
  await service.shutDown();
  await service.stop();
  return { names, folder };
}
