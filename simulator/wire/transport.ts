import type { Socket } from 'node:net';
import WebSocket from 'ws';

type DataListener = (chunk: Buffer) => void;

/** One TCP connection and, after the upgrade, its WebSocket. Moves bytes and does not interpret them. */
export class Transport {
  readonly closed: AbortSignal;
  private readonly closeController = new AbortController();
  private webSocket: WebSocket | undefined;
  private frozenSocket: FrozenSocket | undefined;
  private writable: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Socket) {
    this.closed = this.closeController.signal;
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.closeController.abort();
    });
  }

  attach(webSocket: WebSocket, onMessage: (bytes: Buffer) => void): void {
    this.webSocket = webSocket;
    webSocket.binaryType = 'nodebuffer';
    webSocket.on('message', (data) => {
      onMessage(data as Buffer);
    });
    webSocket.on('error', () => {
      this.destroy();
    });
  }

  /**
   * Calls the listener once, when the connection has closed. Calls it in the next microtask when it is closed already.
   * @returns a function that removes the listener
   */
  onClose(listener: () => void): () => void {
    let removed = false;
    const call = (): void => {
      if (!removed) listener();
    };
    if (this.closed.aborted) queueMicrotask(call);
    else this.closed.addEventListener('abort', call, { once: true });
    return () => {
      removed = true;
      this.closed.removeEventListener('abort', call);
    };
  }

  /** Resolves when the bytes are handed to TCP. Drops them when the WebSocket is not open. */
  async send(bytes: Buffer): Promise<void> {
    await this.waitUntilWritable();
    const { webSocket } = this;
    if (webSocket?.readyState !== WebSocket.OPEN) return;
    await new Promise<void>((resolve) => {
      webSocket.send(bytes, () => {
        resolve();
      });
    });
  }

  /** Waits for earlier writes and for the thaw. Frames are encrypted with a counter, so their order must not change. */
  private waitUntilWritable(): Promise<void> {
    this.writable = this.writable.then(() => this.frozenSocket?.ended);
    return this.writable;
  }

  destroy(reset = false): void {
    // libuv does not reset a socket during its shutdown. Node 20 to 24 then never close it, and the process never ends.
    if (reset && !this.socket.writableEnded) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  async close(): Promise<void> {
    await this.waitUntilWritable();
    // On a closed connection, ws would wait 30 s for the closing handshake.
    if (this.closed.aborted) return;
    if (this.webSocket) this.webSocket.close(1000);
    else this.socket.end();
  }

  get frozen(): boolean {
    return this.frozenSocket !== undefined;
  }

  /** Stops reading and writing until `thaw`. The end of the connection is still detected. */
  freeze(): void {
    this.frozenSocket ??= new FrozenSocket(this.socket, this);
  }

  thaw(): void {
    this.frozenSocket?.thaw();
    this.frozenSocket = undefined;
  }

  /** Resolves on the thaw or the end of the connection; at once when the connection is not frozen. */
  async waitForThaw(): Promise<void> {
    await this.frozenSocket?.ended;
  }
}

/** Holds back incoming data until the thaw, and destroys the socket when the other side ends it. */
class FrozenSocket {
  readonly ended: Promise<void>;
  private readonly readers: DataListener[];
  /** Without a limit: the socket must be read, because only then is the end of the connection detected. */
  private readonly keptChunks: Buffer[] = [];
  private readonly keepChunk = (chunk: Buffer): void => {
    this.keptChunks.push(chunk);
  };
  private readonly destroySocket = (): void => {
    this.socket.destroy();
  };
  private resolveEnded: () => void = () => undefined;
  private readonly removeCloseListener: () => void;

  constructor(
    private readonly socket: Socket,
    transport: Transport,
  ) {
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.readers = socket.listeners('data') as DataListener[];
    socket.removeAllListeners('data');
    socket.on('data', this.keepChunk);
    socket.prependListener('end', this.destroySocket);
    socket.resume();
    this.removeCloseListener = transport.onClose(this.resolveEnded);
  }

  thaw(): void {
    const { socket, readers, keptChunks } = this;
    socket.off('data', this.keepChunk);
    socket.off('end', this.destroySocket);
    if (readers.length === 0) {
      socket.pause();
      if (keptChunks.length > 0) socket.unshift(Buffer.concat(keptChunks));
    } else {
      for (const reader of readers) socket.on('data', reader);
      for (const chunk of keptChunks) socket.emit('data', chunk);
    }
    this.removeCloseListener();
    this.resolveEnded();
  }
}
