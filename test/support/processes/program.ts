import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.js';

export interface Start {
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** A file to write standard output to. */
  readonly stdout?: number;
  readonly stdin?: 'pipe';
}

/** A program of the build that runs, with what it has printed. */
export class Program {
  /** The exit code; null: it was ended by a signal. */
  readonly exit: Promise<number | null>;
  output = '';

  constructor(readonly child: ReturnType<typeof spawn>) {
    // Not `exit`: the last lines may come after it.
    this.exit = once(child, 'close').then(([code]: unknown[]) => code as number | null);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Where it answers, as soon as it says so. */
  async ready(): Promise<string> {
    const address = /http:\/\/[\d.]+:\d+(?=\/docs)/;
    await this.says(address);
    return address.exec(this.output)?.[0] ?? '';
  }

  async says(text: RegExp | string): Promise<void> {
    await eventually(
      () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output)),
      10_000,
      () => this.output,
    );
  }

  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }

  /** Every line of the log, where each of them is one JSON object. */
  records(): Record<string, unknown>[] {
    return this.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** Programs as whoever runs the service starts them, on one data directory. */
export class Programs {
  readonly #running = new Set<Program>();

  private constructor(private readonly directory: string) {}

  static async create(): Promise<Programs> {
    return new Programs(await mkdtemp(join(tmpdir(), 'whatsapp-programs-')));
  }

  /** It does not exist before the first start. */
  get dataDir(): string {
    return join(this.directory, 'data');
  }

  start(file: string, { environment = {}, nodeArgs = [], stdout, stdin }: Start = {}): Program {
    const child = spawn(process.execPath, [...nodeArgs, file], {
      stdio: [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], PORT: '0', WHATSAPP_DATA_DIR: this.dataDir, ...environment },
    });
    const program = new Program(child);
    this.#running.add(program);
    void program.exit.then(() => this.#running.delete(program));
    return program;
  }

  /** Whatever still runs is killed. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.end('SIGKILL')));
    await rm(this.directory, { recursive: true, force: true });
  }
}
