import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, type ProgramOptions } from './program.js';

/** Programs of the service as an operator starts them, on one data directory. */
export class Programs {
  private readonly started: Program[] = [];

  private constructor(private readonly directory: string) {}

  static async create(): Promise<Programs> {
    return new Programs(await mkdtemp(join(tmpdir(), 'whatsapp-programs-')));
  }

  /** The data directory. It does not exist before the first start. */
  get dataDir(): string {
    return join(this.directory, 'data');
  }

  start(file: string, { environment, ...options }: ProgramOptions = {}): Program {
    const program = new Program(file, {
      ...options,
      ipc: false,
      environment: { PORT: '0', WHATSAPP_DATA_DIR: this.dataDir, ...environment },
    });
    this.started.push(program);
    return program;
  }

  /** Kills all programs that still run. */
  async close(): Promise<void> {
    await Promise.all(this.started.map((program) => program.kill()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Returns the address that the service prints when it listens. */
export async function addressOf(program: Program): Promise<string> {
  const address = /http:\/\/[\d.]+:\d+(?=\/docs)/;
  await program.says(address);
  return address.exec(program.output)?.[0] ?? '';
}
