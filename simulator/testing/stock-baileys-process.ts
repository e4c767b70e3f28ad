import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BaileysEvent {
  qr?: string;
  open?: { id: string; lid: string };
  caughtUp?: true;
  close?: number;
}

const SCRIPT = fileURLToPath(new URL('./stock-baileys.mjs', import.meta.url));

/** An unmodified Baileys in a child process. */
export class StockBaileysProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  constructor(url: string) {
    this.child = spawn(process.execPath, [SCRIPT, url]);
    this.child.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** The next event that fits; those before it are passed over. */
  async next(fits: (event: BaileysEvent) => boolean): Promise<BaileysEvent> {
    for (;;) {
      const line = await this.lines.next();
      if (line.done) throw new Error('Baileys ended');
      const event = JSON.parse(line.value) as BaileysEvent;
      if (fits(event)) return event;
    }
  }

  command(command: 'logout'): void {
    this.child.stdin.write(`${command}\n`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
