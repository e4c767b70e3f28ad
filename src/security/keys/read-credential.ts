import type { IncomingHttpHeaders } from 'node:http';
import { keyInvalid } from '../access/access.errors.js';

/**
 * What a request shows to be let in, `Authorization: Bearer …` or `X-API-Key: …`. Never from the address: that stands in
 * logs, histories and Referer headers. Another scheme is not for us, and counts as nothing.
 * @throws DomainError `key_invalid`, where two are shown that differ
 */
export function readCredential(headers: IncomingHttpHeaders): string | null {
  const { authorization = '', 'x-api-key': keys = '' } = headers;
  const bearer = /^bearer +(.*)$/i.exec(authorization)?.[1] ?? null;
  const header = (typeof keys === 'string' ? keys : keys.join()) || null;
  if (bearer !== null && header !== null && bearer !== header) throw keyInvalid();
  return bearer ?? header;
}
