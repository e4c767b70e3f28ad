import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually } from '../eventually.js';
import type { ParentQuestion, ParentReply } from './answer-parent.js';

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** All variables but PATH: the program inherits no other of this process. */
  readonly environment?: Readonly<NodeJS.ProcessEnv>;
  readonly nodeArgs?: readonly string[];
  readonly cwd?: string;
  readonly stdin?: 'pipe';
  /** The file descriptor for standard output. Default: a pipe to the test. */
  readonly stdout?: number;
  /** Whether the program has a channel for messages. Default true. */
  readonly ipc?: boolean;
  /** The largest file that the program can write, in blocks of 512 or 1,024 bytes (`ulimit -f`). */
  readonly fileLimitBlocks?: number | undefined;
}

/** A program of the build as a child process. Collects its output and its messages. */
export class Program<Message = unknown> {
  /** Standard output and standard error so far. */
  output = '';
  /** All messages so far, except replies to `ask`. */
  readonly messages: Message[] = [];
  stdout = '';
  stderr = '';
  protected readonly child: ChildProcess;
  private readonly replies = new Map<number, ParentReply>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly end: Promise<unknown>;
  private isClosed = false;
  private asked = 0;

  /** @param file relative to the repository */
  constructor(file: string, options: ProgramOptions = {}) {
    const {
      args = [],
      environment,
      nodeArgs = [],
      cwd,
      stdin,
      stdout,
      ipc = true,
      fileLimitBlocks,
    } = options;
    if (!existsSync(file)) throw new Error(`${file} is not built: run \`npm run build\` first`);
    const stdio: StdioOptions = [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'];
    const limit = fileLimitBlocks === undefined ? '' : `ulimit -f ${fileLimitBlocks} && `;
    const command = [process.execPath, ...nodeArgs, resolve(file), ...args];
    this.child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, ...command], {
      stdio: ipc ? [...stdio, 'ipc'] : stdio,
      serialization: 'advanced',
      env: {
        PATH: process.env['PATH'],
        TEST_TIME_FACTOR: process.env['TEST_TIME_FACTOR'],
        ...environment,
      },
      ...(cwd !== undefined && { cwd }),
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
        this.changes.emit('change');
      });
    this.child.on('message', (message) => {
      if (typeof message === 'object' && 'reply' in message)
        this.replies.set((message as ParentReply).reply, message as ParentReply);
      else this.messages.push(message as Message);
      this.changes.emit('change');
    });
    // Not `exit`: the last lines of the output may arrive after it.
    this.end = once(this.child, 'close').then(() => {
      this.isClosed = true;
      this.changes.emit('change');
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The complete lines of standard output. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Parses the output: every line must be one JSON object. */
  records(): Record<string, unknown>[] {
    const lines = this.output.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The signal that ended the program. */
  get endedBy(): NodeJS.Signals | null {
    return this.child.signalCode;
  }

  /**
   * Calls `pick` after each change of the output or the messages, until it returns a value.
   * @throws with the output when the program ends first
   */
  async until<T>(pick: () => T | null | undefined): Promise<T> {
    for (;;) {
      const found = pick();
      if (found !== null && found !== undefined) return found;
      if (this.isClosed)
        throw new Error(`the program ended early: ${this.child.spawnargs.join(' ')}\n${this.output}`);
      await once(this.changes, 'change');
    }
  }

  /** Waits for the first message: the program is ready. */
  ready<First = Message>(): Promise<First> {
    return this.until(() => this.messages[0] as First | undefined);
  }

  /**
   * Sends a question, which the program answers with `answerParent`.
   * @throws Error with the text of the program's error
   */
  async ask<T>(question: unknown): Promise<T> {
    const id = (this.asked += 1);
    // Without the callback, a program that has ended would cause an unhandled `error` event.
    this.child.send({ id, question } satisfies ParentQuestion, () => undefined);
    const { value, error } = await this.until(() => this.replies.get(id));
    this.replies.delete(id);
    if (error !== undefined) throw new Error(error);
    return value as T;
  }

  /** Waits until the program has printed a text. */
  async says(text: RegExp | string, withinMs = 10_000): Promise<void> {
    await eventually(
      () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output)),
      withinMs,
      () => `the program has not printed ${String(text)}: ${this.output}`,
    );
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Ends standard input. */
  endInput(): void {
    this.child.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Stops reading standard output. */
  pauseOutput(): void {
    this.child.stdout?.pause();
  }

  resumeOutput(): void {
    this.child.stdout?.resume();
  }

  /** Closes the reading end of standard output. */
  closeOutput(): void {
    this.child.stdout?.destroy();
  }

  /** Sends a signal and waits until the process has ended, also while its output is paused. @returns the exit code */
  async endBy(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(this.child, 'exit') as Promise<[number | null]>;
    this.signal(signal);
    return (await ended)[0];
  }

  /** Waits for the end of the program and of its output. @returns the exit code; null when a signal ended it */
  async exit(): Promise<number | null> {
    await this.end;
    return this.child.exitCode;
  }

  /** Ends the program if it still runs. @returns the exit code; null when a signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.isRunning) this.signal(signal);
    return this.exit();
  }

  kill(): Promise<number | null> {
    return this.stop('SIGKILL');
  }
}
