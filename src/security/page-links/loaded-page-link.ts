import type { AccountId } from '../../whatsapp/domain/account-id.js';
import type { Authentication } from '../access/authentication.js';
import { permissionsOf, READABLE_AFTER_USE_MS, readableUntil } from './page-link-permissions.js';
import type { PageLinkPermissions } from './page-link-permissions.js';
import { linkEnded } from '../access/access.errors.js';
import type { PageLink, PageLinkEnd } from '../ports/page-link.store.js';

/** A page link as the running service knows it. */
export class LoadedPageLink {
  readonly authentication: Authentication;
  readonly #over = new AbortController();
  #link: PageLink;
  /** On the monotonic clock; null: it has not been used. */
  #readableUntilMs: number | null = null;

  constructor(link: PageLink, now: Date, nowMs: number) {
    this.#link = link;
    this.authentication = {
      by: { kind: 'link', id: link.id, name: null },
      access: { scopes: ['read', 'pair'], accounts: [link.accountId] },
      onlyPhone: link.expectedPhone,
      revoked: this.#over.signal,
    };
    if (link.ended?.as === 'used') {
      const leftMs = Math.min(readableUntil(link).getTime() - now.getTime(), READABLE_AFTER_USE_MS);
      this.#readableUntilMs = nowMs + leftMs;
    }
    if (this.leftMs(now, nowMs) <= 0) this.over(now);
  }

  get id(): string {
    return this.#link.id;
  }

  get accountId(): AccountId {
    return this.#link.accountId;
  }

  /** As it is to be stored, or shown. */
  get record(): PageLink {
    return this.#link;
  }

  /** Nothing can be done with it any more, not even read. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  permissions(now: Date): PageLinkPermissions {
    const permissions = permissionsOf(this.#link, now);
    return this.isOver ? { ...permissions, canRead: false, canAct: false } : permissions;
  }

  /** How long something can still be read with it, in milliseconds. */
  leftMs(now: Date, nowMs: number): number {
    if (this.#readableUntilMs !== null) return this.#readableUntilMs - nowMs;
    return readableUntil(this.#link).getTime() - now.getTime();
  }

  /** The first end stays. */
  end(as: PageLinkEnd, at: Date, nowMs: number): void {
    if (this.#link.ended) return;
    this.#link = { ...this.#link, ended: { as, at } };
    if (as === 'used') this.#readableUntilMs = nowMs + READABLE_AFTER_USE_MS;
    else this.over(at);
  }

  /** What is still being told to those who were let in with it ends. */
  over(now: Date): void {
    this.#over.abort(linkEnded(this.permissions(now).state));
  }
}
