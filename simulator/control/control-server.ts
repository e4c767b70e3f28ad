import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidRequest } from '../faults/invalid-request.js';
import type { Route } from './routes.js';

/** A history of 50,000 mappings has almost one MiB. */
const MAX_BODY_BYTES = 16 * 2 ** 20;
/**
 * Node's default is 5 s: a client that pauses for 5 s would send its next request while the server closes the
 * connection.
 */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/**
 * The control API: JSON over HTTP on loopback, for tests in other processes. Refuses browsers, so that no web page can
 * control it.
 */
export class ControlServer {
  private readonly http: Server;

  constructor(private readonly routes: Readonly<Record<string, Route>>) {
    this.http = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
      this.answer(request).then(
        (body) => {
          reply(response, 200, body);
        },
        (error: unknown) => {
          const status = error instanceof InvalidRequest ? 400 : 500;
          reply(response, status, { error: error instanceof Error ? error.message : String(error) });
        },
      );
    });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, '127.0.0.1', resolve);
    });
    return (this.http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage): Promise<unknown> {
    if (request.headers.origin !== undefined) throw new InvalidRequest('requests from browsers are refused');
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = `${request.method ?? ''} ${pathname}`;
    const route = Object.hasOwn(this.routes, name) ? this.routes[name] : undefined;
    if (!route)
      throw new InvalidRequest(`no such route; the routes are ${Object.keys(this.routes).join(', ')}`);
    return route({ body: await readJson(request), query: searchParams });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new InvalidRequest('the body is larger than 16 MiB');
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new InvalidRequest('the body is not valid JSON');
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  const json = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}
