import { BeforeApplicationShutdown, Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import { Subject } from 'rxjs';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import { linkEnded, linkInvalid, TooManyLinks } from '../access/access.errors.js';
import type { Authentication } from '../access/authentication.js';
import { findBySecret, makeSecret } from '../access/secret.js';
import { type PageLink, PageLinkStore } from '../ports/page-link.store.js';
import { LinkGroups } from './link-groups.js';
import { LoadedPageLink } from './loaded-page-link.js';
import { READABLE_AFTER_USE_MS } from './page-link-permissions.js';
import { DEFAULT_PAGE_LINK_LIMITS, type PageLinkLimits } from './page-link.options.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';

/** Request for a new link, which expires after `lastsMs` milliseconds. */
export type NewPageLink = Pick<PageLink, 'accountId' | 'expectedPhone' | 'returnUrl' | 'createdBy'> & {
  readonly lastsMs: number;
};

/** Expiry follows the wall clock, which can jump, so it is checked at least this often. */
const CHECK_INTERVAL_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** How long links are kept after their end. */
const RETENTION_MS = 30 * DAY_MS;

/** The page links, in memory and in the store. */
export class PageLinks implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Security');
  private readonly links = new Map<string, LoadedPageLink>();
  /** Links that still permit at least reading. */
  private readonly active = new Set<LoadedPageLink>();
  /** The links of `active`, by account and by the key that created them. */
  private readonly activeOfAccount = new LinkGroups(({ accountId }) => accountId);
  private readonly activeOfCreator = new LinkGroups(({ record }) => record.createdBy);
  /** New links whose write to the store has not finished. They count against the limit. */
  private readonly beingAdded = new Set<PageLink>();
  /** Used links whose end is not in the store and not in `writes`. */
  private readonly unsavedEnds = new Set<LoadedPageLink>();
  /** Writes to the store that no caller waits for, one after another. */
  private readonly writes = new PQueue({ concurrency: 1 });
  private readonly endedLinks = new Subject<LoadedPageLink>();
  /** Emits each link at the moment when it expires or is revoked. */
  readonly ended$ = this.endedLinks.asObservable();
  private checkTimer: Timer | null = null;
  /** When the timer is due, on the monotonic clock; -Infinity: the service is shutting down and schedules no check. */
  private checkDueMs = Infinity;
  /** When old links were deleted last, on the monotonic clock. */
  private oldDeletedAtMs = -Infinity;

  private constructor(
    private readonly store: PageLinkStore,
    private readonly clock: Clock,
    private readonly limits: PageLinkLimits,
  ) {}

  /** @throws StorageFailed */
  static async open(
    store: PageLinkStore,
    clock: Clock,
    limits: Partial<PageLinkLimits> = {},
  ): Promise<PageLinks> {
    const links = new PageLinks(store, clock, { ...DEFAULT_PAGE_LINK_LIMITS, ...limits });
    for (const link of await store.list()) links.load(link);
    links.check();
    return links;
  }

  /** All links, the latest first. Ended links are listed for 30 days, or until newer ones exceed the limit. */
  list(): LoadedPageLink[] {
    return [...this.links.values()].reverse();
  }

  find(id: string): LoadedPageLink | null {
    return this.links.get(id) ?? null;
  }

  /** @returns the link and its token, which is not stored. @throws StorageFailed · TooManyLinks */
  async make({
    lastsMs,
    ...request
  }: NewPageLink): Promise<{ readonly link: LoadedPageLink; readonly token: string }> {
    const { id, hash, text } = makeSecret('wpl');
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + lastsMs);
    const record: PageLink = { ...request, id, hash, createdAt, expiresAt, ended: null };
    this.assertBelowLimit(record);
    this.beingAdded.add(record);
    try {
      await this.store.add(record);
    } finally {
      this.beingAdded.delete(record);
    }
    const link = this.load(record);
    this.scheduleCheck(lastsMs);
    return { link, token: text };
  }

  /**
   * Returns the authentication of the token's holder. An unknown id takes as long as a wrong secret.
   * @param to `read`: read the status of the account; `act`: start or stop its pairing
   * @throws DomainError `link_invalid`; with the right token `link_expired`, `link_revoked` or `link_used`
   */
  authenticate(token: string, to: 'read' | 'act'): Authentication {
    const link = findBySecret('wpl', token, this.links);
    if (!link) throw linkInvalid();
    const { state, canRead, canAct } = link.permissions(this.clock.now());
    if (to === 'read' ? canRead : canAct) return link.authentication;
    // The wall clock jumped, or the timer is about to fire.
    if (state === 'expired') this.close(link);
    throw linkEnded(state);
  }

  /** Ends an open link; a link that has ended before keeps its end. @throws StorageFailed */
  async revoke(link: LoadedPageLink): Promise<void> {
    const at = this.clock.now();
    if (link.permissions(at).state !== 'open') return;
    await this.store.end(link.id, 'revoked', at);
    if (link.record.ended) return;
    link.end('revoked', at, this.clock.monotonicMs());
    this.close(link);
  }

  /**
   * Ends all open links of an account that was linked.
   * @param linkedAt links that were made later stay open; null: the account was linked just now
   */
  markUsed(accountId: AccountId, linkedAt: Date | null = null): void {
    const at = this.clock.now();
    const nowMs = this.clock.monotonicMs();
    for (const link of this.activeOfAccount.of(accountId)) {
      if (link.permissions(at).state !== 'open') continue;
      if (linkedAt !== null && link.record.createdAt > linkedAt) continue;
      link.end('used', at, nowMs);
      this.logger.log(`The page link ${link.id} was used: its account is linked.`);
      this.unsavedEnds.add(link);
      this.scheduleCheck(link.leftMs(at, nowMs));
    }
    this.saveEnds();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.checkTimer?.cancel();
    this.checkDueMs = -Infinity;
    this.saveEnds();
    await this.writes.onIdle();
  }

  /** Checks the limit of open links. It counts per key, so that no key can use up the links of another. */
  private assertBelowLimit({ createdBy, createdAt }: PageLink): void {
    const active = this.activeOfCreator.of(createdBy);
    if (this.beingAdded.size + active.size < this.limits.open) return;
    const records = [...this.beingAdded, ...Array.from(active, ({ record }) => record)];
    const open = records.filter((link) => link.createdBy === createdBy && link.ended === null);
    if (open.length < this.limits.open) return;
    const firstExpiryMs = Math.min(...open.map(({ expiresAt }) => expiresAt.getTime()));
    throw new TooManyLinks(firstExpiryMs - createdAt.getTime());
  }

  private load(record: PageLink): LoadedPageLink {
    const link = new LoadedPageLink(record, this.clock.now(), this.clock.monotonicMs());
    this.links.set(link.id, link);
    if (link.isClosed) return link;
    this.active.add(link);
    this.activeOfAccount.add(link);
    this.activeOfCreator.add(link);
    return link;
  }

  /** Closes a link that has expired or was revoked. */
  private close(link: LoadedPageLink): void {
    link.close(this.clock.now());
    if (this.deactivate(link)) this.endedLinks.next(link);
  }

  /** @returns whether the link was active */
  private deactivate(link: LoadedPageLink): boolean {
    this.activeOfAccount.delete(link);
    this.activeOfCreator.delete(link);
    return this.active.delete(link);
  }

  /** Closes links whose time is over, repeats writes that failed, and deletes old links. */
  private check(): void {
    const now = this.clock.now();
    const nowMs = this.clock.monotonicMs();
    let nextMs = CHECK_INTERVAL_MS;
    for (const link of this.active) {
      const leftMs = link.leftMs(now, nowMs);
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else if (link.record.ended === null) this.close(link);
      else {
        // A used link ended earlier: `ended$` does not emit it.
        link.close(now);
        this.deactivate(link);
      }
    }
    this.saveEnds();
    this.deleteOldIfDue(now, nowMs);
    this.checkDueMs = Infinity;
    this.scheduleCheck(nextMs);
  }

  /** Makes sure that a check runs in `delayMs` milliseconds or earlier. */
  private scheduleCheck(delayMs: number): void {
    const dueMs = this.clock.monotonicMs() + delayMs;
    if (dueMs >= this.checkDueMs) return;
    this.checkDueMs = dueMs;
    this.checkTimer?.cancel();
    this.checkTimer = this.clock.after(
      delayMs,
      () => {
        this.check();
      },
      { background: true },
    );
  }

  /**
   * Stores the ends of used links. Each check repeats a write that failed. After a restart, PageLinkPairings determines
   * again which links were used.
   */
  private saveEnds(): void {
    for (const link of this.unsavedEnds) {
      const { id, ended } = link.record;
      this.unsavedEnds.delete(link);
      if (!ended) continue;
      this.write(`The end of the page link ${id} (${ended.as}) was not stored`, async () => {
        try {
          await this.store.end(id, ended.as, ended.at);
        } catch (error) {
          this.unsavedEnds.add(link);
          throw error;
        }
      });
    }
  }

  /** Deletes old links once a day, and with every check while there are more ended links than the limit permits. */
  private deleteOldIfDue(now: Date, nowMs: number): void {
    const sinceMs = nowMs - this.oldDeletedAtMs;
    const isOverLimit = this.links.size - this.active.size > this.limits.ended;
    if (sinceMs < DAY_MS && !(isOverLimit && sinceMs >= CHECK_INTERVAL_MS)) return;
    this.oldDeletedAtMs = nowMs;
    // Pages whose link was just used still read with it.
    const overLimitMs = Math.min(this.overLimitBeforeMs(), now.getTime() - READABLE_AFTER_USE_MS);
    const before = new Date(Math.max(now.getTime() - RETENTION_MS, overLimitMs));
    for (const { id, record } of this.links.values()) if (endOf(record) < before) this.links.delete(id);
    this.write('Old page links were not deleted', () => this.store.forgetBefore(before));
  }

  /** Returns a time of the wall clock. Links that ended before it exceed the limit; -Infinity: none does. */
  private overLimitBeforeMs(): number {
    const closed = [...this.links.values()].filter((link) => !this.active.has(link));
    const latestFirst = closed.map(({ record }) => endOf(record).getTime()).sort((a, b) => b - a);
    const firstOverLimitMs = latestFirst[this.limits.ended];
    return firstOverLimitMs === undefined ? -Infinity : firstOverLimitMs + 1;
  }

  /** @param failure the beginning of the log line when the write fails */
  private write(failure: string, work: () => Promise<void>): void {
    void this.writes.add(async () => {
      try {
        await work();
      } catch (error) {
        this.logger.warn(
          `${failure}: ${causeMessage(error)}. The service tries again later. Check the disk and the store.`,
        );
      }
    });
  }
}

function endOf({ ended, expiresAt }: PageLink): Date {
  return ended?.at ?? expiresAt;
}
