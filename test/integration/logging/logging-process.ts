import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.js';

const PROGRAM = 'dist/test/integration/logging/logging.program.js';

/** Commands that give a program a kind of standard output. Its output arrives in the standard output of the command. */
const COMMANDS = {
  socket: ['sh', '-c', 'exec "$0" "$@"'],
  pipe: ['sh', '-c', '"$0" "$@" | cat'],
  terminal: ['sh', '-c', 'exec script -qec "$0 $*" /dev/null'],
  'file that is full at 300 KiB or more': ['sh', '-c', 'ulimit -f 600; "$0" "$@" >> "$2.log"'],
} as const;

export type OutputKind = keyof typeof COMMANDS;

/** A process that logs. Its standard output stays unread until {@link read}. */
export class LoggingProcess {
  /** Its standard output so far. */
  output = '';

  private constructor(
    private readonly shell: ChildProcess,
    private readonly file: string,
  ) {}

  static start(kind: OutputKind, directory: string, lines: number): LoggingProcess {
    const file = join(directory, 'pid');
    const [command, ...args] = [...COMMANDS[kind], process.execPath, PROGRAM, file, String(lines)];
    // Its own process group, so that `kill` ends all its processes.
    const shell = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    return new LoggingProcess(shell, file);
  }

  /** The file of its log, for the kind of output that is a file. */
  get logFile(): string {
    return `${this.file}.log`;
  }

  /** Waits until the process has logged all lines. */
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

  /** Ends the process with SIGTERM. @returns the duration in milliseconds */
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

  /** Ends all processes that still run. A process on a terminal ends with the terminal. */
  kill(): void {
    this.shell.stdout?.destroy();
    if (this.shell.pid !== undefined && isRunning(this.shell.pid)) process.kill(-this.shell.pid, 'SIGKILL');
  }
}

/** Whether the process runs. It stays a zombie (Z) while its parent is blocked, like `script` by an unread terminal. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
