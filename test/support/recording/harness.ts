import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRequest } from '../../../simulator/faults/fault-plan.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { ServiceOptions } from '../processes/service-process.js';
import { STAYS_DOWN } from '../processes/service-timings.js';
import { TestEnvironment } from '../processes/test-environment.js';
import { storeSecrets } from '../secrets/stored-secrets.js';

/* The only file of the recording that imports other test support. */

export { EventClient } from '../clients/event-client.js';
export { eventually } from '../eventually.js';
export { NO_SERVER } from '../processes/service-process.js';
export type { TestEnvironment } from '../processes/test-environment.js';

export type Options = Partial<ServiceOptions>;
export type { FaultRequest };

const LONG_MS = 600_000;

/** A step of a pairing ends only when the part of the recording ends it, so a busy machine changes no answer. */
export const UNHURRIED = {
  ...STAYS_DOWN,
  connectTimeoutMs: LONG_MS,
  loginTimeoutMs: LONG_MS,
  restartTimeoutMs: LONG_MS,
  firstCodeMs: LONG_MS,
  nextCodeMs: LONG_MS,
  phoneCodeMs: LONG_MS,
  codeWaitMs: LONG_MS,
  sessionLimitMs: LONG_MS,
  logoutTimeoutMs: LONG_MS,
  keepAliveIntervalMs: LONG_MS,
  startJitterMs: 1,
} satisfies Options['timings'];

/** A pairing that finds no server waits for its next attempt. */
export const KEEPS_TRYING = { ...UNHURRIED, retryDelaysMs: [LONG_MS] } satisfies Options['timings'];

let first: Promise<TestEnvironment> | undefined;

/** Starts a service. All services share one simulator, and the end of a service resets it. */
export async function startEnvironment(options: Options): Promise<TestEnvironment> {
  const all = { timings: UNHURRIED, ...options };
  if (first) return TestEnvironment.create(all, await first);
  first = TestEnvironment.create(all);
  return first;
}

export async function endEnvironment(setup: TestEnvironment): Promise<void> {
  await setup.service.stop();
  await setup.simulator.control.reset();
  await rm(setup.dataDir, { recursive: true, force: true });
}

export async function endSimulator(): Promise<void> {
  await (await first)?.close();
  first = undefined;
}

const PAST = new Date(Date.now() - 3_600_000);
/** The account of the page links. */
const MINE = 'mine' as AccountId;

const KEYS = {
  right: {},
  expired: { expiresAt: PAST },
  revoked: { revokedAt: PAST },
  others: { accounts: ['other'] },
  reader: { scopes: ['read'] },
  pairer: { scopes: ['pair'] },
  auditor: { scopes: ['admin'] },
} as const;

const LINKS = {
  open: { accountId: MINE },
  expired: { accountId: MINE, expiresAt: PAST },
  revoked: { accountId: MINE, ended: { as: 'revoked', at: PAST } },
  used: { accountId: MINE, ended: { as: 'used', at: PAST } },
} as const;

export interface Secrets {
  readonly keys: Readonly<Record<keyof typeof KEYS, string>>;
  readonly links: Readonly<Record<keyof typeof LINKS, string>>;
}

/** Creates a data directory with API keys and page links. Some of them have expired or are revoked or used. */
export async function dataWithSecrets(): Promise<{ readonly dataDir: string; readonly secrets: Secrets }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-'));
  return { dataDir, secrets: await storeSecrets(dataDir, KEYS, LINKS) };
}
