import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface BaileysEvent {
  qr?: string;
  code?: string;
  open?: { id: string; lid: string };
  close?: number;
  message?: {
    text: string;
    type: 'notify' | 'append';
    chat: string;
    fromMe: boolean;
    pushName?: string;
    status?: number;
  };
  update?: { id: string; status?: number };
  sent?: { id: string };
  found?: { jid: string; exists: boolean }[];
  failed?: string;
}

type BaileysCommand =
  | { command: 'logout' | 'drop' | 'connect' | 'rotate' }
  | { command: 'send'; to: string; text: string }
  | { command: 'lookUp'; phones: readonly string[] }
  | { command: 'requestCode'; phone: string };

const SCRIPT = fileURLToPath(new URL('./stock-baileys.mjs', import.meta.url));

/** An unmodified Baileys in a child process. */
export class StockBaileysProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  /** @param browser the client's name for WhatsApp. Default: Baileys' own */
  constructor(url: string, browser?: readonly [system: string, name: string, version: string]) {
    this.child = spawn(process.execPath, [SCRIPT, url, ...(browser ? [JSON.stringify(browser)] : [])]);
    this.child.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Returns the next event that `fits` accepts, and drops earlier events. */
  async next(fits: (event: BaileysEvent) => boolean): Promise<BaileysEvent> {
    for (;;) {
      const line = await this.lines.next();
      if (line.done) throw new Error('the Baileys process exited');
      // libsignal prints sentences when a session replaces another one.
      if (!line.value.startsWith('{')) continue;
      const event = JSON.parse(line.value) as BaileysEvent;
      if (fits(event)) return event;
    }
  }

  command(command: BaileysCommand): void {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async waitForOpen(): Promise<void> {
    await this.next(({ open }) => open !== undefined);
  }

  /** Returns the code that Baileys shows, whether it is valid or not. */
  async requestCode(phone: string): Promise<string> {
    this.command({ command: 'requestCode', phone });
    return (await this.next(({ code }) => code !== undefined)).code ?? '';
  }

  /** Waits for a message with this text, and returns Baileys' event. */
  async waitForMessage(text: string): Promise<BaileysEvent['message']> {
    return (await this.next(({ message }) => message?.text === text)).message;
  }

  /** @returns the id of the message */
  async send(to: string, text: string): Promise<string> {
    this.command({ command: 'send', to, text });
    const { sent, failed } = await this.next(
      (event) => event.sent !== undefined || event.failed !== undefined,
    );
    if (!sent) throw new Error(failed);
    return sent.id;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
