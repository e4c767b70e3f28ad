import { DomainError } from '../../whatsapp/domain/errors.js';
import type { ErrorCode } from '../../whatsapp/domain/errors.js';
import type { PageLinkState } from './page-link-permissions.js';

const REFUSALS: Readonly<Record<Exclude<PageLinkState, 'open'>, readonly [ErrorCode, string]>> = {
  expired: ['link_expired', 'This link has expired.'],
  revoked: ['link_revoked', 'This link was revoked.'],
  used: ['link_used', 'This link has done its work: the account was linked.'],
};

/** @param state `open`: the clock was put back behind its expiry */
export function linkRefusal(state: PageLinkState): DomainError {
  return new DomainError(...REFUSALS[state === 'open' ? 'expired' : state]);
}
