import type { Side } from '../sides/side.js';
import { settle, syncDisk } from '../support/clock.js';
import type { BenchEnvironment } from './bench-environment.js';
import type { LinkedAccounts } from './linked-accounts.js';

/** After this time the last timers of a login have ended: Baileys waits up to 20 s for queued messages. */
const QUIET_MS = 25_000;
const CLOSED_MS = 20_000;

/** The measurements of one start of a program with many accounts. */
export interface Start {
  /** From the start of the process to the connection of its last account. */
  readonly wallMs: number;
  /** Processor time of the process up to then. */
  readonly cpuMs: number;
  /** Highest resident memory up to then. */
  readonly peakBytes: number;
  /** Resident memory with all accounts connected and idle, after garbage collection. */
  readonly residentBytes: number;
}

/** Starts a side. Resolves when its last account is connected, with the time of that (`monotonicMs`). */
type StartSide = () => Promise<{ readonly side: Side; readonly connectedAt: number }>;

/** Measures one start. @throws Error when there was not exactly one login for each account */
export async function measureStart(
  environment: BenchEnvironment,
  { names }: LinkedAccounts,
  begin: StartSide,
): Promise<Start> {
  const { control } = environment.simulator;
  await syncDisk();
  const before = (await control.state()).counters;
  const { side, connectedAt } = await begin();
  const cpuMs = await side.cpuMs();
  const peakBytes = await side.peakBytes();
  const after = (await control.state()).counters;
  const logins = after.logins - before.logins;
  const uploads = after.preKeyUploads - before.preKeyUploads;
  if (logins !== names.length || uploads > 0) {
    throw new Error(`${names.length} accounts: ${logins} logins, ${uploads} uploads of pre-keys`);
  }
  await settle(QUIET_MS);
  const residentBytes = await side.residentBytes();
  await side.stop();
  if (!(await control.waitFor({ kind: 'sockets', open: 0 }, CLOSED_MS)))
    throw new Error('connections are still open after the stop');
  return { wallMs: connectedAt - side.startedAtMs, cpuMs, peakBytes, residentBytes };
}
