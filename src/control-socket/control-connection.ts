import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join, relative, resolve } from 'node:path';

/** How long the other end may take for an answer that needs no work. */
export const ANSWER_WAIT_MS = 5_000;
/** The service says it to whoever wants to ask something, before it hears what. */
export const READY = 'ready';

const SOCKET_NAME = 'store.sock';
/** `sun_path` with its terminating NUL: 108 bytes on Linux, 104 on macOS and the BSDs. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
/** In characters. Who says more at once is nobody who knows what is spoken here. */
const MAX_LINE_LENGTH = 64 * 1024;

/** Where the service of this data directory listens, as seen from here; null when no path to it is short enough. */
export function controlAddress(dataDirectory: string): string | null {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(realpathSync(dataDirectory)).digest('hex').slice(0, 32);
    return `\\\\.\\pipe\\whatsapp-store-${name}`;
  }
  const path = join(resolve(dataDirectory), SOCKET_NAME);
  const paths = [path, relative(process.cwd(), path)];
  return paths.find((candidate) => Buffer.byteLength(candidate) <= MAX_PATH_BYTES) ?? null;
}

/** One end of a conversation between the service and a command on its machine: words, each on a line. */
export class ControlConnection {
  readonly #heard: string[] = [];
  #rest = '';
  #listener: (() => void) | null = null;

  /** @param longest in characters: how much may be heard at once */
  constructor(
    private readonly socket: Socket,
    longest = MAX_LINE_LENGTH,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const words = (this.#rest + chunk).split('\n');
      this.#rest = words.pop() ?? '';
      this.#heard.push(...words);
      if (this.#rest.length > longest) socket.destroy();
      this.#listener?.();
    });
    // `close` follows, and that is all there is to know.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#listener?.());
  }

  get over(): boolean {
    return this.socket.destroyed;
  }

  say(word: string): void {
    this.socket.write(`${word}\n`);
  }

  /** The next word; null when the other end has hung up or says nothing in time. */
  async hear(withinMs: number): Promise<string | null> {
    if (this.#heard.length === 0 && !this.over) {
      await new Promise<void>((heard) => {
        const timer = setTimeout(heard, withinMs).unref();
        this.#listener = () => {
          if (this.#heard.length === 0 && !this.over) return;
          clearTimeout(timer);
          heard();
        };
      });
      this.#listener = null;
    }
    return this.#heard.shift() ?? null;
  }

  /** What was said still arrives. */
  hangUp(): void {
    this.socket.destroySoon();
  }
}
