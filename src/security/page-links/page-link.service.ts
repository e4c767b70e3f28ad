import { Inject, Injectable } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import { canAccess, type Access } from '../access/access.js';
import type { PageLinkState } from './page-link-permissions.js';
import { allowedReturnUrl } from './return-url.js';
import type { LoadedPageLink } from './loaded-page-link.js';
import { PAGE_LINK_OPTIONS } from './page-link.options.js';
import type { PageLinkOptions } from './page-link.options.js';
import { PageLinks, type NewPageLink } from './page-links.js';
import { SecurityError } from '../access/access.errors.js';

/** A link that was just made. Its token stands in `url`, and nowhere else. */
export interface MadeLink {
  readonly linkId: string;
  readonly accountId: AccountId;
  readonly url: string;
  readonly expiresAt: Date;
}

/** A link as the list has it: nothing that it could be used with, and no phone number. */
export interface ListedLink {
  readonly linkId: string;
  readonly accountId: AccountId;
  readonly state: PageLinkState;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly expiresAt: Date;
  /** When it was used or revoked. */
  readonly endedAt: Date | null;
  readonly expectsNumber: boolean;
  readonly returnUrl: string | null;
}

export interface LinkPage {
  readonly links: readonly ListedLink[];
  /** The last link of this page where there are more: `after` of the next one. */
  readonly next: string | null;
}

/** What the page of a link is told of it. */
export interface OwnLink {
  readonly accountId: AccountId;
  readonly expiresAt: Date;
  /** The last two digits of the only number that can be linked; null: any can. */
  readonly phoneEnding: string | null;
  readonly returnUrl: string | null;
}

/** What can be done with page links through the API. */
@Injectable()
export class PageLinkService {
  constructor(
    @Inject(PAGE_LINK_OPTIONS) private readonly options: PageLinkOptions,
    private readonly links: PageLinks,
    private readonly accounts: WhatsappAccounts,
    private readonly clock: Clock,
  ) {}

  /**
   * @param base address of the page, where the configuration has none
   * @throws StorageFailed · TooManyLinks · DomainError `return_url_refused`, `already_linked`
   */
  async make({ returnUrl, ...order }: NewPageLink, base: () => string): Promise<MadeLink> {
    const allowed = returnUrl === null ? null : this.allowed(returnUrl);
    if (returnUrl !== null && allowed === null) {
      throw new SecurityError(
        'return_url_refused',
        'The returnUrl begins with none of WHATSAPP_RETURN_URLS.',
      );
    }
    const page = (this.options.publicUrl ?? base()).replace(/\/+$/, '');
    this.assertNotLinked(order.accountId);
    const { link, token } = await this.links.make({ ...order, returnUrl: allowed });
    // It can have been linked while the link was stored.
    if (this.accounts.status(order.accountId).serviceConnected) this.links.markUsed(order.accountId);
    this.assertNotLinked(order.accountId);
    const { id, accountId, record } = link;
    return { linkId: id, accountId, url: `${page}/#${token}`, expiresAt: record.expiresAt };
  }

  /** The latest first; nothing behind a link that the caller cannot see, or that was forgotten as all older ones were. */
  list(
    access: Access,
    page: { readonly accountId: AccountId | null; readonly after: string | null; readonly limit: number },
  ): LinkPage {
    const { accountId, after, limit } = page;
    const theirs = this.links.list().filter((link) => canAccess(access, link.accountId));
    const last = after === null ? -1 : theirs.findIndex(({ id }) => id === after);
    const older = after === null || last >= 0 ? theirs.slice(last + 1) : [];
    const following = older.filter((link) => accountId === null || link.accountId === accountId);
    const links = following.slice(0, limit).map((link) => this.listed(link));
    return { links, next: following.length > limit ? (links.at(-1)?.linkId ?? null) : null };
  }

  /** @throws DomainError `link_unknown`, for links of accounts that are not the caller's as for those that nobody has made */
  find(access: Access, linkId: string): LoadedPageLink {
    const link = this.links.find(linkId);
    if (link && canAccess(access, link.accountId)) return link;
    throw linkUnknown();
  }

  /** @returns the link as it is now: one that had ended before stays as it ended. @throws StorageFailed */
  async revoke(link: LoadedPageLink): Promise<ListedLink> {
    await this.links.revoke(link);
    return this.listed(link);
  }

  /** @throws DomainError `not_found`, to whoever has not come with a link */
  own(linkId: string | null): OwnLink {
    const link = linkId === null ? null : this.links.find(linkId);
    if (!link) throw new SecurityError('not_found', 'There is no such route for whoever has no page link.');
    const { accountId, expectedPhone, expiresAt, returnUrl } = link.record;
    return {
      accountId,
      expiresAt,
      phoneEnding: expectedPhone?.slice(-2) ?? null,
      // The list may have become shorter since.
      returnUrl: returnUrl === null ? null : this.allowed(returnUrl),
    };
  }

  private allowed(returnUrl: string): string | null {
    return allowedReturnUrl(returnUrl, this.options.returnUrls);
  }

  private assertNotLinked(accountId: AccountId): void {
    if (!this.accounts.status(accountId).serviceConnected) return;
    throw new SecurityError(
      'already_linked',
      'This account is connected; disconnect it before it is linked anew.',
    );
  }

  private listed(link: LoadedPageLink): ListedLink {
    const { id, accountId, createdAt, createdBy, expiresAt, ended, expectedPhone, returnUrl } = link.record;
    const { state } = link.permissions(this.clock.now());
    return {
      linkId: id,
      accountId,
      state,
      createdAt,
      createdBy,
      expiresAt,
      endedAt: ended?.at ?? null,
      expectsNumber: expectedPhone !== null,
      returnUrl,
    };
  }
}

function linkUnknown(): SecurityError {
  return new SecurityError('link_unknown', 'There is no such page link.');
}
