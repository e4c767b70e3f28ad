import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { monotonicMs, withTimeout } from './clock.js';
import type { ResponseMessage, RequestMessage } from './request-handler.js';

const ANSWER_MS = 60_000;

/** A child process that answers requests over IPC. It ends when this process ends, also after a crash. */
export class MeasuredProcess {
  /** Start time of the process on the machine's monotonic clock. */
  readonly startedAtMs = monotonicMs();
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, (answer: ResponseMessage) => void>();
  private lastNumber = 0;

  /** @param program a file of the build, relative to `bench/` */
  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.child = fork(fileURLToPath(new URL(`../${program}`, import.meta.url)), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'], ...environment },
    });
    this.child.on('message', (answer: ResponseMessage) => {
      this.pending.get(answer.number)?.(answer);
    });
    this.child.once('exit', (code, signal) => {
      for (const [number, answer] of this.pending) {
        answer({ number, error: `the process ended (${String(code ?? signal)})` });
      }
    });
  }

  /** @param withinMs time limit for the answer */
  async request<T>(name: string, argument?: unknown, withinMs = ANSWER_MS): Promise<T> {
    if (this.hasEnded()) throw new Error(`${name}: the process has ended`);
    const number = ++this.lastNumber;
    const answered = new Promise<ResponseMessage>((resolve) => this.pending.set(number, resolve));
    const message: RequestMessage = { number, name, argument };
    this.child.send(message);
    const answer = await withTimeout(withinMs, name, answered).finally(() => this.pending.delete(number));
    if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`);
    return answer.value as T;
  }

  async stop(): Promise<void> {
    if (this.hasEnded()) return;
    const ended = once(this.child, 'exit');
    // Node writes a profile only when the process exits without a signal.
    this.child.disconnect();
    const killTimer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(killTimer);
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
