import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { PhoneNumber } from '../../whatsapp/domain/phone-number.js';

/** How a page link ended before its expiry. */
export type PageLinkEnd = 'used' | 'revoked';

/** A page link as it is stored. The record cannot be used to open the page. */
export interface PageLink {
  /** Part of the link's token. */
  readonly id: string;
  readonly accountId: AccountId;
  /** Salted HMAC of the secret part of the token. */
  readonly hash: string;
  /** The only phone number that may be linked; null: any. */
  readonly expectedPhone: PhoneNumber | null;
  /** Target of the page once the account is linked; null: none. */
  readonly returnUrl: string | null;
  /** Name of the key that created the link; null: there was no key. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly ended: { readonly as: PageLinkEnd; readonly at: Date } | null;
}

/** Store of the page links. A call that fails rejects with `StorageFailed` and changes nothing. */
export abstract class PageLinkStore {
  /** Returns all links in the order of their creation. */
  abstract list(): Promise<readonly PageLink[]>;
  /** Adds a link. An id that exists is refused. */
  abstract add(link: PageLink): Promise<void>;
  /** Stores the end. A link that has ended keeps its end; an unknown id changes nothing. */
  abstract end(id: string, as: PageLinkEnd, at: Date): Promise<void>;
  /** Deletes links that ended or expired before this time. */
  abstract forgetBefore(at: Date): Promise<void>;
}
