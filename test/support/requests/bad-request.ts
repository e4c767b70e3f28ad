import fc from 'fast-check';
import { bytesOf } from '../clients/raw-http.js';
import type { RawRequest } from '../clients/raw-http.js';

/** A request that the service must refuse with a 4xx. */
export interface BadRequest {
  readonly bytes: Buffer;
  /** Whether the client closes its side after sending, because the request is incomplete. */
  readonly end: boolean;
  /** Must not occur in any answer. */
  readonly secret?: string;
  /** Whether the service may close the connection without an answer. */
  readonly mayBeSilent?: true;
}

export const WRITING = ['/api/whatsapp/pair', '/api/whatsapp/pair/stop', '/api/whatsapp/disconnect'] as const;
export const READING = ['/api/whatsapp/pair', '/api/whatsapp/pair/qr', '/api/whatsapp/status'] as const;

export const HOST = ['Host', 'localhost'] as const;
export const CLOSE = ['Connection', 'close'] as const;
export const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** @param suffix parameters of the type, such as `; charset=UTF-8` */
export function jsonType(suffix: string): readonly [string, string] {
  return ['Content-Type', `application/json${suffix}`];
}

/** A valid body, for requests with another fault. */
export const CANARY = '{"accountId":"canary"}';

export const writing = fc.constantFrom(...WRITING);
export const reading = fc.constantFrom(...READING);

export function post(
  target: string,
  body: Buffer | string,
  headers: RawRequest['headers'] = [JSON_TYPE],
): BadRequest {
  const length = ['Content-Length', String(Buffer.byteLength(body))] as const;
  return {
    bytes: bytesOf({ method: 'POST', target, headers: [HOST, CLOSE, ...headers, length], body }),
    end: false,
  };
}

export function get(target: string, headers: RawRequest['headers'] = []): BadRequest {
  return { bytes: bytesOf({ method: 'GET', target, headers: [HOST, CLOSE, ...headers] }), end: false };
}
