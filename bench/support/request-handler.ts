import { awaitsMs, PauseMonitor } from './probes.js';
import { cpuMs, peakBytes, residentBytes, usedBytes } from './resources.js';

export interface RequestMessage {
  readonly number: number;
  readonly name: string;
  readonly argument?: unknown;
}

export interface ResponseMessage {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** Highest lifetime of a child process, however the benchmark ends. */
const MAX_LIFETIME_MS = 600_000;

/** The child side of `MeasuredProcess`: answers the requests that all programs share, and the program's own. */
export function serveRequests(own: Handlers): void {
  const pauses = new PauseMonitor();
  const handlers: Handlers = {
    awaits: awaitsMs,
    startPauseMonitor: () => {
      pauses.start();
    },
    stopPauseMonitor: () => pauses.stop(),
    cpu: cpuMs,
    peak: peakBytes,
    resident: residentBytes,
    used: usedBytes,
    ...own,
  };

  async function handle({ number, name, argument }: RequestMessage): Promise<ResponseMessage> {
    try {
      const handler = handlers[name];
      if (!handler) throw new Error('unknown request');
      return { number, value: await handler(argument as never) };
    } catch (error) {
      return { number, error: error instanceof Error ? error.message : String(error) };
    }
  }

  process.on('message', (request: RequestMessage) => {
    void handle(request).then((message) => process.connected && process.send?.(message));
  });
  process.on('disconnect', () => process.exit(0));
  setTimeout(() => process.exit(3), MAX_LIFETIME_MS).unref();
}
