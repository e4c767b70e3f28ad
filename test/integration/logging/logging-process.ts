import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.js';

const PROGRAM = 'dist/test/integration/logging/logging.program.js';

/** How to start a program so that its standard output is of a kind. What it prints arrives in the standard output of this. */
const COMMANDS = {
  socket: ['sh', '-c', 'exec "$0" "$@"'],
  pipe: ['sh', '-c', '"$0" "$@" | cat'],
  terminal: ['sh', '-c', 'exec script -qec "$0 $*" /dev/null'],
  'file that is full at 300 KiB or more': ['sh', '-c', 'ulimit -f 600; "$0" "$@" >> "$2.log"'],
} as const;

export type OutputKind = keyof typeof COMMANDS;

/** A process that logs, and whose standard output is unread until {@link read}. */
export class LoggingProcess {
  /** Everything that was read of its standard output. */
  output = '';

  private constructor(
    private readonly shell: ChildProcess,
    private readonly file: string,
  ) {}

  static start(kind: OutputKind, directory: string, lines: number): LoggingProcess {
    const file = join(directory, 'pid');
    const [command, ...args] = [...COMMANDS[kind], process.execPath, PROGRAM, file, String(lines)];
    // A process group of its own, so that its end ends all that it has started.
    const shell = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    return new LoggingProcess(shell, file);
  }

  /** The file that holds its log, if that is one. */
  get logFile(): string {
    return `${this.file}.log`;
  }

  /** Waits until it has logged all lines. */
  async hasLogged(): Promise<void> {
    await eventually(
      () => existsSync(this.file),
      15_000,
      () => 'the process has not logged all lines',
    );
  }

  read(): void {
    this.shell.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  /** Ends it with SIGTERM. @returns how long that took, in milliseconds */
  async end(): Promise<number> {
    const pid = Number(await readFile(this.file, 'utf8'));
    const began = performance.now();
    process.kill(pid, 'SIGTERM');
    await eventually(
      () => !isRunning(pid),
      10_000,
      () => 'the process has not ended',
    );
    return performance.now() - began;
  }

  /** Ends everything that still runs. The process on a terminal ends with the terminal. */
  kill(): void {
    this.shell.stdout?.destroy();
    if (this.shell.pid !== undefined && isRunning(this.shell.pid)) process.kill(-this.shell.pid, 'SIGKILL');
  }
}

/** An ended process stays a zombie (Z) while its parent is blocked, as `script` is by a terminal that is not read. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
