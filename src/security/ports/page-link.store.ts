import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { PhoneNumber } from '../../whatsapp/domain/phone-number.js';

/** How a page link has ended before its time. */
export type PageLinkEnd = 'used' | 'revoked';

/** A page link as it is stored: nobody can open the page with what stands here. */
export interface PageLink {
  /** Stands in the link's token. */
  readonly id: string;
  readonly accountId: AccountId;
  /** Of the secret part of the token, with a key of its own. */
  readonly hash: string;
  /** The only phone that may be linked with it; null: any. */
  readonly expectedPhone: PhoneNumber | null;
  /** Where the page leads when the account is linked; null: nowhere. */
  readonly returnUrl: string | null;
  /** Name of the key that it was made with; null: nobody had to have one. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly ended: { readonly as: PageLinkEnd; readonly at: Date } | null;
}

/** Where page links are kept. Rejects with `StorageFailed`; nothing has changed then. */
export abstract class PageLinkStore {
  /** All of them, in the order of their creation. */
  abstract list(): Promise<readonly PageLink[]>;
  abstract add(link: PageLink): Promise<void>;
  /** The first end stays: of one that has ended, and of an unknown id, nothing changes. */
  abstract end(id: string, as: PageLinkEnd, at: Date): Promise<void>;
  /** Deletes those that ended or expired before this moment. */
  abstract forgetBefore(at: Date): Promise<void>;
}
