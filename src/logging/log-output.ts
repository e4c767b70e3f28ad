import { writeSync } from 'node:fs';
import { Logger } from '@nestjs/common';

/** While more bytes than this wait, further lines are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;
const RETRY_MS = 20;
const MAX_EXIT_WAIT_MS = 1_000;
const EXIT_RETRY_MS = 1;

/**
 * The destination of log lines. {@link write} writes a line before it returns, and never waits for the reader.
 *
 * Lines that cannot be written (the reader sleeps, the disk is full) wait in memory, in order. The output tries again
 * every 20 ms. Once 1 MiB waits, further lines are dropped until all waiting lines are written. Then the number of
 * dropped lines is reported, in their place in the log.
 */
export class LogOutput {
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  private droppedLines = 0;
  private retryTimer: NodeJS.Timeout | null = null;

  /**
   * @param writeBytes returns how many bytes it wrote; throws an error with the code `EAGAIN` while the reader must
   * read first, and any other error if it cannot write
   * @param reportDropped logs how many lines were dropped
   */
  constructor(
    private readonly writeBytes: (bytes: Buffer) => number,
    private readonly reportDropped: (lines: number) => void,
  ) {}

  /** @param line ends with a line break */
  write(line: string): void {
    if (this.droppedLines > 0 || this.waitingBytes >= MAX_WAITING_BYTES) {
      this.droppedLines++;
      return;
    }
    const bytes = Buffer.from(line);
    this.waitingBytes += bytes.length;
    if (this.waiting.push(bytes) === 1) this.writeWaiting();
  }

  /**
   * Writes the waiting lines before the process exits. Waits for the reader for at most 1 s, and never for a full disk.
   */
  flush(): void {
    const deadline = performance.now() + MAX_EXIT_WAIT_MS;
    const never = new Int32Array(new SharedArrayBuffer(4));
    while (this.writeWaiting() === 'EAGAIN' && performance.now() < deadline) {
      Atomics.wait(never, 0, 0, EXIT_RETRY_MS);
    }
  }

  /** @returns the error code if lines still wait */
  private writeWaiting(): string | undefined {
    try {
      for (let line = this.waiting[0]; line; line = this.waiting[0]) {
        const written = this.writeBytes(line);
        this.waitingBytes -= written;
        if (written < line.length) this.waiting[0] = line.subarray(written);
        else this.waiting.shift();
      }
    } catch (error) {
      this.retryLater();
      return (error as NodeJS.ErrnoException).code;
    }
    if (this.droppedLines > 0) {
      const lines = this.droppedLines;
      this.droppedLines = 0;
      this.reportDropped(lines);
    }
    return undefined;
  }

  private retryLater(): void {
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = null;
      this.writeWaiting();
    }, RETRY_MS).unref();
  }
}

function openStandardOutput(): LogOutput {
  const { fd, _handle } = process.stdout as typeof process.stdout & {
    _handle?: { setBlocking?(isBlocking: boolean): void };
  };
  // Node makes pipes and sockets non-blocking, and terminals blocking. A file has no handle and never waits.
  _handle?.setBlocking?.(false);
  const output = new LogOutput(
    (bytes) => writeSync(fd, bytes),
    (lines) => {
      new Logger('Log').error(
        `${lines} log lines were dropped: the reader of standard output was too slow, or the disk was full. Check the reader and the disk.`,
      );
    },
  );
  process.once('exit', () => {
    output.flush();
  });
  return output;
}

let shared: LogOutput | undefined;

/**
 * Returns the one output for all log lines of this process: synchronous writes to a non-blocking descriptor. Measured
 * reasons:
 * - A blocking descriptor stops the whole process after 64 KiB that are not read.
 * - `fs.write` blocks a thread of the pool instead, and `process.exit` waits for that thread forever.
 * - `process.stdout.write` loses the lines that are still waiting when the process exits, and ends the process on a
 *   full disk.
 */
export function standardOutput(): LogOutput {
  shared ??= openStandardOutput();
  return shared;
}
