import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DomainError } from '../whatsapp/domain/errors.js';
import { errorBody } from '../whatsapp/api/http/domain-exception.filter.js';
import { ERROR_STATUS } from '../whatsapp/api/http/error-status.js';
import { BARE_ANSWER_HEADERS } from './security-headers.js';
import { ServerError } from './server.errors.js';

/** How long a client may take to close the connection after `Connection: close`. */
const LINGER_MS = 1_000;

function refusalFor(code: string | undefined): DomainError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ServerError('headers_too_large', 'The request line and headers are too long.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ServerError('request_timeout', 'The request did not arrive in time.');
    case undefined:
    default:
      return new ServerError('invalid_request', 'The request is not valid HTTP.');
  }
}

/** Whether an answer is being sent. A refusal must not be written into it. Node's own handler makes the same check. */
function isInAnswer(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { readonly _httpMessage?: ServerResponse | null };
  return answer?.headersSent ?? false;
}

function refuse(socket: Duplex, error: DomainError): void {
  if (!socket.writable || isInAnswer(socket)) {
    socket.destroy();
    return;
  }
  const status = ERROR_STATUS[error.category];
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...BARE_ANSWER_HEADERS.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Node no longer applies a time limit. A client that does not close its side would keep the socket open forever.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => {
    clearTimeout(linger);
  });
}

/** A path that no route has. */
const NO_ROUTE = '/-';

/**
 * Returns the path and query of a request target that is a whole URL, as clients send it to a proxy (RFC 9112, 3.2.2).
 * Express cannot read the path of an invalid target; it would answer with its own page before any middleware runs.
 */
function withoutAuthority(target: string): string {
  if (target.startsWith('/') || target === '*') return target;
  if (!URL.canParse(target)) return NO_ROUTE;
  const { pathname, search } = new URL(target);
  return pathname.startsWith('/') ? pathname + search : NO_ROUTE;
}

/**
 * Answers malformed requests in the error format of the API. Node would answer them with an empty body, before
 * Express sees them. A request without `Host` is passed on to the guard, which refuses it.
 */
export function answerMalformedRequests(server: Server): void {
  Object.assign(server, { requireHostHeader: false });
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = withoutAuthority(request.url ?? '/');
  });
  // `Expect` has one defined value, `100-continue` (RFC 9110, 10.1.1). Other values are ignored.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, refusalFor(error.code));
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, new ServerError('not_found', 'There is no such route.'));
  });
}
