import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { DomainError } from '../whatsapp/domain/errors.js';
import { errorBody } from '../whatsapp/api/http/domain-exception.filter.js';
import { ERROR_STATUS } from '../whatsapp/api/http/error-status.js';
import { BARE_ANSWER_HEADERS } from './security-headers.js';
import { ServerError } from './server.errors.js';

/** How long a client may take to hang up once it has been told to. */
const LINGER_MS = 1_000;

function refusalFor(code: string | undefined): DomainError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ServerError('headers_too_large', 'The address and headers of the request are too long.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ServerError('request_timeout', 'The request did not arrive in time.');
    case undefined:
    default:
      return new ServerError('invalid_request', 'The request is not valid HTTP.');
  }
}

/** As Node's own handler asks: what comes behind a request must not write into the answer that is on its way to it. */
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
  // Node watches over it no longer: one whose client leaves its half open would stay for ever.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => {
    clearTimeout(linger);
  });
}

/** Of no route. */
const NOWHERE = '/-';

/**
 * The path and query of a target that is a whole address, as a proxy is asked (RFC 9112, 3.2.2). Of one that cannot be read
 * Express would have no path either, and answer with a page of its own before anything of ours.
 */
function withoutAuthority(target: string): string {
  if (target.startsWith('/') || target === '*') return target;
  if (!URL.canParse(target)) return NOWHERE;
  const { pathname, search } = new URL(target);
  return pathname.startsWith('/') ? pathname + search : NOWHERE;
}

/**
 * What Node answers by itself, with an empty body, before Express sees a request: given the contract's shape here.
 * A request without `Host` goes on to the guard, which refuses it.
 */
export function answerMalformedRequests(server: Server): void {
  Object.assign(server, { requireHostHeader: false });
  server.prependListener('request', (request: IncomingMessage) => {
    request.url = withoutAuthority(request.url ?? '/');
  });
  // Of what a client may expect, only to be told to go on has a meaning (RFC 9110, 10.1.1); the rest is not looked at.
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
