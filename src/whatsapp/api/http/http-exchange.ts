import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request as the HTTP adapter of the application hands it to Nest: of Express, or of Fastify, which wraps Node's. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** The path and query as the client sent them, also below a mounted router. */
  readonly originalUrl: string;
  /** What the body parser of the application made of the body. */
  readonly body?: unknown;
}

/** A response as the HTTP adapter of the application hands it to Nest. */
export type HttpResponse = ServerResponse | FastifyReply;

interface FastifyReply {
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): void;
}

/** Node's own request behind the one of Express or Fastify. */
export function rawRequest(request: HttpRequest | IncomingMessage): IncomingMessage {
  return 'raw' in request ? (request.raw as IncomingMessage) : (request as IncomingMessage);
}

/** Node's own response behind the one of Express or Fastify. Headers set on it are sent with whatever answer follows. */
export function rawResponse(response: HttpResponse): ServerResponse {
  return 'raw' in response ? response.raw : response;
}

/** Node's own response, to be written by the caller: Fastify gives its headers to it and sends nothing itself. */
export function takeOver(response: HttpResponse): ServerResponse {
  if (!('raw' in response)) return response;
  const { raw } = response;
  copyHeaders(response);
  response.hijack();
  return raw;
}

/**
 * Ends a response whose body no cache may keep. The length is sent to HEAD as well.
 * @param type the whole media type, with its charset
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
