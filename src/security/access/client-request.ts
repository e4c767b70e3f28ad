import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import { keyInvalid } from './access.errors.js';

/**
 * Returns the credential of a request: `Authorization: Bearer …` or `X-API-Key: …`. The URL is not read, because URLs
 * appear in logs, browser histories and `Referer` headers. Null: none; another scheme than Bearer counts as none.
 * @throws DomainError `key_invalid` when the two headers differ
 */
export function readCredential(headers: IncomingHttpHeaders): string | null {
  const { authorization = '', 'x-api-key': keys = '' } = headers;
  const bearer = /^bearer +(.*)$/i.exec(authorization)?.[1] ?? null;
  const header = (typeof keys === 'string' ? keys : keys.join()) || null;
  if (bearer !== null && header !== null && bearer !== header) throw keyInvalid();
  return bearer ?? header;
}

/**
 * Returns the address of the client, without the prefix that a dual-stack socket adds to an IPv4 address. Null: the
 * connection is closed.
 */
export function clientAddress({ ip }: Pick<Request, 'ip'>): string | null {
  return ip?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
}
