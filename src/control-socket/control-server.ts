import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { ANSWER_WAIT_MS, controlAddress } from './control-address.js';
import { type ControlAnswer, ControlRequest } from './control-request.js';

/** Carries out one request. It rejects when the client closes the connection first. */
type ControlHandler = (request: ControlRequest) => Promise<ControlAnswer>;

const OWNER_ONLY = 0o600;
const MAX_CONNECTIONS = 16;
const NOT_FOUND: ControlAnswer = { status: 404, body: '' };
const EXPECTATION_FAILED: ControlAnswer = { status: 417, body: '' };
const FAILED: ControlAnswer = { status: 500, body: '' };

/**
 * HTTP server for commands on this machine. It listens on a local socket in the data directory (`store.sock`, 0600; on
 * Windows a named pipe), so only the owner of the store can connect. It does not keep the process alive.
 *
 * Every request has `Expect: 100-continue`, and its client sends the body only after the handler has accepted it. A
 * service can be frozen or busy for longer than its client waits. Then the head of the request alone changes nothing,
 * and the client never sends the body. Requests without that header are refused (417).
 */
export class ControlServer {
  private readonly logger = new Logger('Storage');
  private readonly handlers = new Map<string, ControlHandler>();
  private readonly running = new Set<Promise<void>>();
  // A copy of the store may take minutes, so handlers limit the time for a body, not the server.
  private readonly server = createServer({
    headersTimeout: ANSWER_WAIT_MS,
    requestTimeout: 0,
    connectionsCheckingInterval: 1_000,
  });

  constructor() {
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on('connection', (socket) => socket.unref());
    this.server.on('request', (_, response) => {
      send(response, EXPECTATION_FAILED);
    });
    this.server.on('checkContinue', (request, response) => {
      const running = this.serve(request, response).finally(() => this.running.delete(running));
      this.running.add(running);
    });
  }

  /** Registers the handler of `POST path`. It may run several times simultaneously. */
  handle(path: string, handler: ControlHandler): void {
    this.handlers.set(path, handler);
  }

  /**
   * Opens the socket. Call it when all handlers are registered. If the socket cannot be made, it logs a warning and
   * resolves.
   */
  async open(dataDirectory: string): Promise<void> {
    try {
      await this.listen(dataDirectory);
    } catch (error) {
      this.logger.warn(
        `The control socket cannot be opened: ${(error as Error).message}. Stop the service before you back up the store or change keys.`,
      );
    }
  }

  /** Closes every connection and waits for running handlers. Repeated calls do nothing. */
  async close(): Promise<void> {
    if (this.server.listening) {
      const closed = once(this.server, 'close');
      this.server.close();
      this.server.closeAllConnections();
      await closed;
    }
    await Promise.all(this.running);
  }

  private async listen(dataDirectory: string): Promise<void> {
    const address = controlAddress(dataDirectory);
    if (address === null) throw new Error('the path of the data directory is too long for a socket in it');
    const isFile = process.platform !== 'win32';
    // This process holds the lock of the store, so a socket that exists belongs to a process that was killed.
    if (isFile) rmSync(address, { force: true });
    this.server.listen(address);
    await once(this.server, 'listening');
    this.server.on('error', (error) => {
      this.logger.warn(`The control socket failed: ${error.message}`);
    });
    this.server.unref();
    if (isFile) chmodSync(address, OWNER_ONLY);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '', socket } = request;
    const handler = method === 'POST' ? this.handlers.get(url) : undefined;
    let answer = NOT_FOUND;
    try {
      if (handler) answer = await handler(new ControlRequest(request, response));
    } catch (error) {
      if (socket.destroyed) return;
      this.logger.warn(`Command ${url} failed: ${(error as Error).message}`);
      answer = FAILED;
    }
    if (!socket.destroyed) send(response, answer);
  }
}

/** Sends the answer and closes the connection, which carries only one request. */
function send(response: ServerResponse, { status, body }: ControlAnswer): void {
  response.writeHead(status, { connection: 'close', 'content-type': 'application/json' }).end(body);
}
