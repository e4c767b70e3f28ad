import type { Side } from '../sides/side.js';
import { settle, syncDisk } from '../support/clock.js';
import type { BenchEnvironment } from './bench-environment.js';
import type { LinkedAccounts } from './linked-accounts.js';

/** The last timers of a login have run out: Baileys waits up to 20 s for what WhatsApp has kept for the device. */
const QUIET_MS = 25_000;
const CLOSED_MS = 20_000;

/** One start of a program that serves many accounts. */
export interface Start {
  /** From the making of the process to the connection of its last account. */
  readonly wallMs: number;
  /** What the process has computed by then. */
  readonly cpuMs: number;
  /** The most memory that was resident until then. */
  readonly peakBytes: number;
  /** With all connected and quiet, after garbage collection. */
  readonly residentBytes: number;
}

/** Starts a side; resolves when its last account is connected, with that moment (`machineMs`). */
export type StartSide = () => Promise<{ readonly side: Side; readonly connectedAt: number }>;

/** @throws Error when there was anything but one login for each account */
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
    throw new Error('connections are left');
  return { wallMs: connectedAt - side.startedAtMs, cpuMs, peakBytes, residentBytes };
}
