import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { linkEnded } from '../access/access.errors.js';
import type { Authentication } from '../access/authentication.js';
import type { PageLink, PageLinkEnd } from '../ports/page-link.store.js';
import {
  type PageLinkPermissions,
  permissionsOf,
  READABLE_AFTER_USE_MS,
  readableUntil,
} from './page-link-permissions.js';

/** A page link in the memory of the running service. */
export class LoadedPageLink {
  readonly authentication: Authentication;
  private readonly revocation = new AbortController();
  /** On the monotonic clock; null: the link was not used. */
  private readableUntilMs: number | null = null;

  constructor(
    private link: PageLink,
    now: Date,
    nowMs: number,
  ) {
    this.authentication = {
      by: { kind: 'link', id: link.id, name: null },
      access: { scopes: ['read', 'pair'], accounts: [link.accountId] },
      onlyPhone: link.expectedPhone,
      revoked: this.revocation.signal,
    };
    if (link.ended?.as === 'used') {
      const leftMs = Math.min(readableUntil(link).getTime() - now.getTime(), READABLE_AFTER_USE_MS);
      this.readableUntilMs = nowMs + leftMs;
    }
    if (this.leftMs(now, nowMs) <= 0) this.close(now);
  }

  get id(): string {
    return this.link.id;
  }

  get hash(): string {
    return this.link.hash;
  }

  get accountId(): AccountId {
    return this.link.accountId;
  }

  /** The link with its current state, to store or to list. */
  get record(): PageLink {
    return this.link;
  }

  /** Whether the link permits nothing, not even reading. */
  get isClosed(): boolean {
    return this.revocation.signal.aborted;
  }

  permissions(now: Date): PageLinkPermissions {
    const permissions = permissionsOf(this.link, now);
    return this.isClosed ? { ...permissions, canRead: false, canAct: false } : permissions;
  }

  /** Returns for how many more milliseconds the link permits reading; 0 or less: no longer. */
  leftMs(now: Date, nowMs: number): number {
    if (this.readableUntilMs !== null) return this.readableUntilMs - nowMs;
    return readableUntil(this.link).getTime() - now.getTime();
  }

  /** Records how the link ended, and closes a revoked link. Without effect on a link that has ended before. */
  end(as: PageLinkEnd, at: Date, nowMs: number): void {
    if (this.link.ended) return;
    this.link = { ...this.link, ended: { as, at } };
    if (as === 'used') this.readableUntilMs = nowMs + READABLE_AFTER_USE_MS;
    else this.close(at);
  }

  /** Ends requests and event streams that were authenticated with the link, permanently. */
  close(now: Date): void {
    this.revocation.abort(linkEnded(this.permissions(now).state));
  }
}
