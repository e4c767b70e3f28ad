import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { CommandServer } from './command-server.js';
import { ANSWER_WAIT_MS, controlAddress, ControlConnection, READY } from './control-connection.js';

/** What is done for whoever has said the word for it. */
type ConnectionHandler = (connection: ControlConnection) => Promise<void>;

const OWNER_ONLY = 0o600;
const MAX_CONNECTIONS = 16;

/**
 * Where commands on this machine find the running service: on a local socket in the data directory (`store.sock`, 0600; on
 * Windows a named pipe), so that nobody speaks to it who could not read the store anyway. Whoever calls says what about;
 * the clerk for that does the rest. Keeps no process alive.
 */
export class ControlServer extends CommandServer {
  readonly #logger = new Logger('Storage');
  readonly #handlers = new Map<string, ConnectionHandler>();
  readonly #sockets = new Set<Socket>();
  readonly #serving = new Set<Promise<void>>();
  readonly #server: Server;

  constructor() {
    super();
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.unref());
      socket.once('close', () => this.#sockets.delete(socket));
      const serving = this.#receive(new ControlConnection(socket)).finally(() =>
        this.#serving.delete(serving),
      );
      this.#serving.add(serving);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  serve(word: string, handler: ConnectionHandler): void {
    this.#handlers.set(word, handler);
  }

  override answer(subject: string, answer: (request: string) => Promise<string>): void {
    this.serve(subject, async (connection) => {
      // Who was stopped meanwhile does not find later that it was done all the same.
      connection.say(READY);
      const request = await connection.hear(ANSWER_WAIT_MS);
      if (request !== null) connection.say(await answer(request));
    });
  }

  /** Call it when all clerks are there. Where no socket can be made, the service does without one and says so. */
  async open(dataDirectory: string): Promise<void> {
    await this.#listen(dataDirectory).catch((error: unknown) => {
      this.#logger.warn(
        `Backups of the store and changes of keys work only while the service is stopped: ${(error as Error).message}`,
      );
    });
  }

  /** Whoever is still being served is told by the end of the connection. Repeating does nothing. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) {
      this.#server.close();
      await once(this.#server, 'close');
    }
    await Promise.all(this.#serving);
  }

  async #listen(dataDirectory: string): Promise<void> {
    const address = controlAddress(dataDirectory);
    if (address === null) throw new Error('the path of the data directory is too long for a socket in it.');
    const isFile = process.platform !== 'win32';
    // The store is ours alone by now, so this was left by a process that was killed.
    if (isFile) rmSync(address, { force: true });
    this.#server.listen(address);
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => {
      this.#logger.warn(`A command could not be answered: ${error.message}`);
    });
    this.#server.unref();
    if (isFile) chmodSync(address, OWNER_ONLY);
  }

  async #receive(connection: ControlConnection): Promise<void> {
    const word = await connection.hear(ANSWER_WAIT_MS);
    const handler = word === null ? undefined : this.#handlers.get(word);
    await handler?.(connection);
    connection.hangUp();
  }
}
