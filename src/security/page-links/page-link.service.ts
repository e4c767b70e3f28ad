import { Inject, Injectable } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import { canAccess, type Access } from '../access/access.js';
import type { PageLinkState } from './page-link-permissions.js';
import { allowedReturnUrl } from './return-url.js';
import type { LoadedPageLink } from './loaded-page-link.js';
import { PAGE_LINK_OPTIONS, type PageLinkOptions } from './page-link.options.js';
import { PageLinks, type NewPageLink } from './page-links.js';
import { SecurityError } from '../access/access.errors.js';

/** A new link. Only `url` contains its token. */
export interface MadeLink {
  readonly linkId: string;
  readonly accountId: AccountId;
  readonly url: string;
  readonly expiresAt: Date;
}

/** A link as it is listed, without its token and without a phone number. */
export interface ListedLink {
  readonly linkId: string;
  readonly accountId: AccountId;
  readonly state: PageLinkState;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly expiresAt: Date;
  /** When the link was used or revoked; null: neither. */
  readonly endedAt: Date | null;
  readonly expectsNumber: boolean;
  readonly returnUrl: string | null;
}

export interface LinkPage {
  readonly links: readonly ListedLink[];
  /** `after` of the next page; null: this is the last page. */
  readonly next: string | null;
}

/** A link as its own page receives it. */
export interface OwnLink {
  readonly accountId: AccountId;
  readonly expiresAt: Date;
  /** The last two digits of the only number that can be linked; null: any number. */
  readonly phoneEnding: string | null;
  readonly returnUrl: string | null;
}

/** The operations of the API on page links. */
@Injectable()
export class PageLinkService {
  constructor(
    @Inject(PAGE_LINK_OPTIONS) private readonly options: PageLinkOptions,
    private readonly links: PageLinks,
    private readonly accounts: WhatsappAccounts,
    private readonly clock: Clock,
  ) {}

  /**
   * @param base returns the address of the page if the configuration has none
   * @throws StorageFailed · TooManyLinks · DomainError `return_url_refused`, `already_linked`
   */
  async make({ returnUrl, ...order }: NewPageLink, base: () => string): Promise<MadeLink> {
    const allowed = returnUrl === null ? null : this.allowed(returnUrl);
    if (returnUrl !== null && allowed === null) {
      throw new SecurityError(
        'return_url_refused',
        'The returnUrl starts with none of the prefixes in WHATSAPP_RETURN_URLS. Use a permitted address, or add its prefix.',
      );
    }
    const page = (this.options.publicUrl ?? base()).replace(/\/+$/, '');
    this.assertNotLinked(order.accountId);
    const { link, token } = await this.links.make({ ...order, returnUrl: allowed });
    // A pairing can link the account while the page link is being stored.
    if (this.accounts.status(order.accountId).serviceConnected) this.links.markUsed(order.accountId);
    this.assertNotLinked(order.accountId);
    const { id, accountId, record } = link;
    return { linkId: id, accountId, url: `${page}/#${token}`, expiresAt: record.expiresAt };
  }

  /**
   * Lists links, latest first. The page after a link that was deleted, or that the caller may not access, is empty.
   */
  list(
    access: Access,
    page: { readonly accountId: AccountId | null; readonly after: string | null; readonly limit: number },
  ): LinkPage {
    const { accountId, after, limit } = page;
    const visible = this.links.list().filter((link) => canAccess(access, link.accountId));
    const last = after === null ? -1 : visible.findIndex(({ id }) => id === after);
    const older = after === null || last >= 0 ? visible.slice(last + 1) : [];
    const following = older.filter((link) => accountId === null || link.accountId === accountId);
    const links = following.slice(0, limit).map((link) => this.listed(link));
    return { links, next: following.length > limit ? (links.at(-1)?.linkId ?? null) : null };
  }

  /** @throws DomainError `link_unknown`, both for an unknown link and for a link of an account that the caller may not access */
  find(access: Access, linkId: string): LoadedPageLink {
    const link = this.links.find(linkId);
    if (link && canAccess(access, link.accountId)) return link;
    throw linkUnknown();
  }

  /** Revokes an open link. @returns the link; a link that had ended before keeps its end. @throws StorageFailed */
  async revoke(link: LoadedPageLink): Promise<ListedLink> {
    await this.links.revoke(link);
    return this.listed(link);
  }

  /** Returns the caller's own link. @throws DomainError `not_found` when the caller has no page link */
  own(linkId: string | null): OwnLink {
    const link = linkId === null ? null : this.links.find(linkId);
    if (!link) throw new SecurityError('not_found', 'This route exists only for requests with a page link.');
    const { accountId, expectedPhone, expiresAt, returnUrl } = link.record;
    return {
      accountId,
      expiresAt,
      phoneEnding: expectedPhone?.slice(-2) ?? null,
      // WHATSAPP_RETURN_URLS can have changed since the link was created.
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
      'This account is connected. Disconnect it before you link it again.',
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
  return new SecurityError('link_unknown', 'There is no such page link. Check the linkId.');
}
