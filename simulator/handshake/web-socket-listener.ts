import {
  createServer as createHttpServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server as HttpServer,
} from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Variation } from '../faults/actions.js';
import { runDetached } from '../faults/flow-stopped.js';
import { MEDIA_PATH, type MediaHost } from '../media/media-host.js';
import type { ConnectionRegistry } from '../server/connection-registry.js';
import type { Connection } from '../server/connection.js';
import type { Metrics } from '../server/metrics.js';
import type { StageRunner } from '../server/stage-runner.js';
import { Transport } from '../wire/transport.js';
import type { ConnectionHandler } from './connection-handler.js';
import { SERVICE_WORKER_PATH, type VersionHandler } from './version-handler.js';

const DEFLATE_ACCEPTED = 'Sec-WebSocket-Extensions: permessage-deflate';

export const CHAT_PATH = '/ws/chat';

/** The parts of the server that new connections belong to. */
interface ListenerParts {
  stages: StageRunner;
  metrics: Metrics;
  connections: ConnectionRegistry;
  connectionHandler: ConnectionHandler;
  versions: VersionHandler;
  media: MediaHost;
}

interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Accepts TCP connections, upgrades them to WebSocket, and serves `/sw.js` and media. Loopback only. */
export class WebSocketListener {
  private readonly tcp: TcpServer;
  private readonly http: HttpServer;
  private readonly webSockets = new WebSocketServer({ noServer: true, clientTracking: false });
  private readonly connectionOf = new WeakMap<Duplex, Connection>();

  /** @param parts must return the current parts: a reset replaces them */
  constructor(private readonly parts: () => ListenerParts) {
    this.http = createHttpServer((request, response) => {
      if (pathOf(request) === SERVICE_WORKER_PATH) {
        parts().versions.answer(request, response);
        return;
      }
      const path = pathOf(request);
      if (path?.startsWith(MEDIA_PATH)) {
        parts().media.answer(path, request, response);
        return;
      }
      response.writeHead(426, { upgrade: 'websocket', 'content-length': 0 }).end();
      request.resume();
    });
    this.http.on('upgrade', (request, socket, head) => {
      runDetached(this.upgrade({ request, socket, head }));
    });
    this.tcp = createTcpServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) => {
      runDetached(this.accept(socket));
    });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.tcp.once('error', reject);
      this.tcp.listen({ port, host: '127.0.0.1', backlog: 2048 }, resolve);
    });
    return (this.tcp.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.tcp.close(resolve));
    this.parts().connections.destroyAll();
    this.http.close();
    await closed;
  }

  private async accept(socket: Socket): Promise<void> {
    const { stages, metrics, connections, connectionHandler } = this.parts();
    const connection = connectionHandler.accept(new Transport(socket));
    this.connectionOf.set(socket, connection);
    connections.add(connection);
    metrics.count('connections');
    connection.transport.freeze();
    await stages.run(connection, 'tcp', () => {
      connection.transport.thaw();
      this.http.emit('connection', socket);
      socket.resume();
    });
  }

  private async upgrade({ request, socket, head }: Upgrade): Promise<void> {
    const connection = this.connectionOf.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    const { stages, metrics, connectionHandler } = this.parts();
    connection.transport.freeze();
    await stages.run(connection, 'upgrade', (variation) => {
      connection.transport.thaw();
      const refusal = refusalOf(request, variation);
      if (refusal) {
        answer(socket, refusal);
        return;
      }
      if (variation?.type === 'accept_deflate') {
        this.webSockets.once('headers', (headers) => headers.push(DEFLATE_ACCEPTED));
      }
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        metrics.count('upgrades');
        connection.transport.attach(webSocket, (bytes) => {
          connection.receive(bytes);
        });
        runDetached(connectionHandler.serve(connection));
      });
      socket.resume();
    });
  }
}

type Refusal = Extract<Variation, { type: 'http_status' }>;

function refusalOf(request: IncomingMessage, variation: Variation | undefined): Refusal | undefined {
  if (variation?.type === 'http_status') return variation;
  return pathOf(request) === CHAT_PATH ? undefined : { type: 'http_status', status: 404 };
}

function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split('?')[0];
}

function answer(socket: Duplex, { status, keepOpen = false, retryAfterS }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'Content-Length: 0',
    `Connection: ${keepOpen ? 'keep-alive' : 'close'}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
  ].join('\r\n');
  socket.write(`${head}\r\n\r\n`);
  if (!keepOpen) socket.end();
  socket.on('end', () => socket.destroy()).resume();
}
