import type { Socket } from 'node:net';
import WebSocket from 'ws';

type DataListener = (chunk: Buffer) => void;

/** One TCP connection and, after the upgrade, the WebSocket on it. Nothing here knows what the bytes mean. */
export class Wire {
  readonly gone: AbortSignal;
  private readonly departure = new AbortController();
  private webSocket: WebSocket | undefined;
  private freezing: Freezing | undefined;
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Socket) {
    this.gone = this.departure.signal;
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.departure.abort();
    });
  }

  attach(webSocket: WebSocket, onMessage: (bytes: Buffer) => void): void {
    this.webSocket = webSocket;
    webSocket.binaryType = 'nodebuffer';
    webSocket.on('message', (data) => {
      onMessage(data as Buffer);
    });
    webSocket.on('error', () => {
      this.cut();
    });
  }

  get open(): boolean {
    return this.webSocket?.readyState === WebSocket.OPEN;
  }

  /** Resolves when the bytes are handed to TCP; what has nowhere to go is dropped. */
  async send(bytes: Buffer): Promise<void> {
    await this.takeTurn();
    const { webSocket } = this;
    if (webSocket?.readyState !== WebSocket.OPEN) return;
    await new Promise<void>((resolve) => {
      webSocket.send(bytes, () => {
        resolve();
      });
    });
  }

  /** Frames are sealed with a counter: what waited while frozen must not be overtaken. */
  private takeTurn(): Promise<void> {
    this.lastTurn = this.lastTurn.then(() => this.freezing?.over);
    return this.lastTurn;
  }

  cut(reset = false): void {
    // libuv refuses to reset what is just being shut down; Node 20 to 24 then never close it, and never end themselves.
    if (reset && !this.socket.writableEnded) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  async close(): Promise<void> {
    await this.takeTurn();
    // On a connection that is gone, ws would wait 30 s for the closing handshake.
    if (this.gone.aborted) return;
    if (this.webSocket) this.webSocket.close(1000);
    else this.socket.end();
  }

  get frozen(): boolean {
    return this.freezing !== undefined;
  }

  /** Until the thaw nothing is read or written; that the other side has gone away is noticed all the same. */
  freeze(): void {
    this.freezing ??= new Freezing(this.socket, this.gone);
  }

  thaw(): void {
    this.freezing?.end();
    this.freezing = undefined;
  }

  /** Resolves at once where nothing is frozen, else with the thaw or the end of the connection. */
  async thawed(): Promise<void> {
    await this.freezing?.over;
  }
}

/** Keeps what arrives away from its readers, and still notices when the other side gives up. */
class Freezing {
  readonly over: Promise<void>;
  private readonly readers: DataListener[];
  private readonly kept: Buffer[] = [];
  private readonly keep = (chunk: Buffer): void => {
    this.kept.push(chunk);
  };
  private readonly giveUp = (): void => {
    this.socket.destroy();
  };
  private finish: () => void = () => undefined;

  constructor(
    private readonly socket: Socket,
    gone: AbortSignal,
  ) {
    this.over = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.readers = socket.listeners('data') as DataListener[];
    socket.removeAllListeners('data');
    socket.on('data', this.keep);
    socket.prependListener('end', this.giveUp);
    socket.resume();
    gone.addEventListener('abort', this.finish, { once: true });
  }

  end(): void {
    const { socket, readers, kept } = this;
    socket.off('data', this.keep);
    socket.off('end', this.giveUp);
    if (readers.length === 0) {
      socket.pause();
      if (kept.length > 0) socket.unshift(Buffer.concat(kept));
    } else {
      for (const reader of readers) socket.on('data', reader);
      for (const chunk of kept) socket.emit('data', chunk);
    }
    this.finish();
  }
}
