import { ControlClient } from '../../../simulator/control-client.js';
import type { ScanRequest } from '../../../simulator/pairing/scan-handler.js';
import type { TypeCodeRequest } from '../../../simulator/phone-code/code-entry-handler.js';
import type { Hold, HoldFilter } from '../../../simulator/server/hold-registry.js';
import type { PairingResult } from '../../../simulator/server/pairing-result.js';
import { SimulatorProcess } from '../../../simulator/simulator-process.js';
import type { Condition } from '../../../simulator/state/condition.js';
import { timeLimit, timeLimitSince } from '../time/time-limit.js';

const MAIN = 'dist/simulator/main.js';
/** Limit for requests that cannot be repeated. It is generous: it only ends a request that hangs. */
const HANGS_MS = 30_000;
/** The simulator's own defaults. */
const REFERENCES = { 'first-reference-ms': 60_000, 'next-reference-ms': 20_000 };

/** Waits up to `timeLimit(waitMs)`, and longer if the machine became slow in the meantime. */
async function waitUntil<T>(
  waitMs: number,
  wait: (ms: number) => Promise<T>,
  isDone: (result: T) => boolean,
): Promise<T> {
  const begun = performance.now();
  let leftMs = timeLimit(waitMs);
  for (;;) {
    const result = await wait(leftMs);
    leftMs = Math.round(timeLimitSince(begun, waitMs) - (performance.now() - begun));
    if (leftMs <= 0 || isDone(result)) return result;
  }
}

/** A control client whose waits grow with the slowness of the machine (`timeLimit`), and throw when they end in vain. */
export class PatientControlClient extends ControlClient {
  override scan({ waitMs = HANGS_MS, ...request }: ScanRequest): Promise<PairingResult> {
    return super.scan({ ...request, waitMs: timeLimit(waitMs) });
  }

  override typeCode({ waitMs = HANGS_MS, ...request }: TypeCodeRequest): Promise<PairingResult> {
    return super.typeCode({ ...request, waitMs: timeLimit(waitMs) });
  }

  override retire({ waitMs = 0, ...request }: Parameters<ControlClient['retire']>[0]): Promise<boolean> {
    return super.retire({ ...request, waitMs: waitMs && HANGS_MS });
  }

  /** @throws when no connection is held */
  override async holds(filter: HoldFilter, waitMs: number): Promise<Hold[]> {
    const holds = await waitUntil(
      waitMs,
      (ms) => super.holds(filter, ms),
      (found) => found.length > 0,
    );
    if (holds.length === 0) throw new Error(`no connection is held: ${JSON.stringify(filter)}`);
    return holds;
  }

  /** @throws when the condition is not met */
  override async waitFor(condition: Condition, waitMs: number): Promise<true> {
    if (await this.isMet(condition, waitMs)) return true;
    throw new Error(`the condition is not met: ${JSON.stringify(condition)}`);
  }

  /** Whether the condition is met now or within a time. */
  isMet(condition: Condition, withinMs = 0): Promise<boolean> {
    return waitUntil(withinMs, (ms) => super.waitFor(condition, ms), Boolean);
  }
}

/** The simulator as a child process, from the build. */
export class Simulator {
  readonly control: PatientControlClient;

  private constructor(private readonly child: SimulatorProcess) {
    this.control = new PatientControlClient(child.controlUrl);
  }

  /** @param references the durations for which WhatsApp accepts a QR code; they scale like all durations */
  static async start(references: Readonly<Record<string, number>> = {}): Promise<Simulator> {
    const durations = Object.entries({ ...REFERENCES, ...references });
    const args = durations.map(([name, durationMs]) => `--${name}=${timeLimit(durationMs)}`);
    return new Simulator(await SimulatorProcess.start(MAIN, args));
  }

  get url(): string {
    return this.child.url;
  }

  get rootKeyHex(): string {
    return this.child.rootKeyHex;
  }

  get controlUrl(): string {
    return this.child.controlUrl;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
