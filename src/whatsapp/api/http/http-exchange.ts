import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request of the application's HTTP adapter: Express extends Node's request, Fastify wraps it. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** The path and query as the client sent them, also behind a mounted router. */
  readonly originalUrl: string;
  /** The result of the application's body parser. */
  readonly body?: unknown;
}

/** The response of the application's HTTP adapter. */
export type HttpResponse = ServerResponse | FastifyReply;

interface FastifyReply {
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): void;
}

/** Returns Node's request behind the one of Express or Fastify. */
export function rawRequest(request: HttpRequest | IncomingMessage): IncomingMessage {
  return 'raw' in request ? (request.raw as IncomingMessage) : (request as IncomingMessage);
}

/** Returns Node's response behind the one of Express or Fastify. Headers set on it are sent with the answer. */
export function rawResponse(response: HttpResponse): ServerResponse {
  return 'raw' in response ? response.raw : response;
}

/**
 * Returns Node's response for a caller that writes it directly. Fastify's headers are copied, and Fastify sends
 * nothing.
 */
export function takeOver(response: HttpResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  copyHeaders(response);
  response.hijack();
  return raw;
}

/**
 * Ends a response with a body that no cache may store. An answer to HEAD has the length as well.
 * @param type the full media type, with its charset
 */
export function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.setHeader('Content-Type', type);
  response.statusCode = status;
  response.end(body);
}

/**
 * Answers through Node's response. Fastify's headers are copied before, and Fastify sends nothing after `write` returned.
 * When `write` throws, the response is Fastify's again: a filter of the host can answer the error.
 */
export function writeRaw(response: HttpResponse, write: (raw: ServerResponse) => void): void {
  if (!('raw' in response)) {
    write(response);
    return;
  }
  copyHeaders(response);
  write(response.raw);
  response.hijack();
}

function copyHeaders(reply: FastifyReply): void {
  if (reply.raw.headersSent) return;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
}
