import type { Request } from 'express';
import { DomainError } from '../../whatsapp/domain/errors.js';

/** An authority as it stands in an address: a name or an address, and a port. */
const AUTHORITY = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** The address under which whoever asks has reached the service. @throws DomainError `invalid_request` */
export function baseUrlOf({ headers, protocol }: Pick<Request, 'headers' | 'protocol'>): string {
  const url = `${protocol}://${headers.host ?? ''}`;
  if (AUTHORITY.test(headers.host ?? '') && URL.canParse(url)) return url;
  throw new DomainError('invalid_request', 'The Host of the request is not one that a link can lead to.');
}
