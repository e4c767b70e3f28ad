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
  if (!raw.headersSent) {
    for (const [name, value] of Object.entries(response.getHeaders()))
      if (value !== undefined) raw.setHeader(name, value);
  }
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
