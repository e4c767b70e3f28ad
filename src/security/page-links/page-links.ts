import { BeforeApplicationShutdown, Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import { Subject } from 'rxjs';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { TooManyLinks } from '../../whatsapp/domain/errors.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import type { Authentication } from '../access/authentication.js';
import { READABLE_AFTER_USE_MS } from './page-link-permissions.js';
import { LoadedPageLink } from './loaded-page-link.js';
import { linkEnded, linkInvalid } from '../access/access.errors.js';
import { DEFAULT_PAGE_LINK_LIMITS, type PageLinkLimits } from './page-link.options.js';
import { PageLinkStore, type PageLink } from '../ports/page-link.store.js';
import { makeSecret, matches, DUMMY_HASH, parseSecret } from '../access/secret.js';

/** What somebody wants a link for. */
export type NewPageLink = Pick<PageLink, 'accountId' | 'expectedPhone' | 'returnUrl' | 'createdBy'> & {
  readonly lastsMs: number;
};

/** Expiry is a matter of the wall clock, which may jump: it is looked at that often at least. */
const CHECK_EVERY_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const KEPT_MS = 30 * DAY_MS;

/** The page links, in memory, with the store behind. */
export class PageLinks implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Security');
  readonly #links = new Map<string, LoadedPageLink>();
  /** Those with which something can still be done or read. */
  readonly #open = new Set<LoadedPageLink>();
  readonly #unsaved = new Set<LoadedPageLink>();
  /** Those that are being stored. */
  readonly #coming = new Set<PageLink>();
  readonly #ended = new Subject<LoadedPageLink>();
  /** Writes to the store that no caller waits for, one after another. */
  readonly #writes = new PQueue({ concurrency: 1 });
  #checkTimer: Timer | null = null;
  #checkDueMs = Infinity;
  #forgottenAtMs = -Infinity;
  /** Links that have expired or were revoked, as soon as they are. */
  readonly ended$ = this.#ended.asObservable();

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
    for (const link of await store.list()) links.#load(link);
    links.#check();
    return links;
  }

  /** All of them, the latest first; those that have ended for 30 days, or until there are too many of them. */
  list(): LoadedPageLink[] {
    return [...this.#links.values()].reverse();
  }

  find(id: string): LoadedPageLink | null {
    return this.#links.get(id) ?? null;
  }

  /** @returns the link, and its token, which is kept nowhere. @throws StorageFailed · TooManyLinks */
  async make({
    lastsMs,
    ...order
  }: NewPageLink): Promise<{ readonly link: LoadedPageLink; readonly token: string }> {
    const { id, hash, text } = makeSecret('wpl');
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + lastsMs);
    const record: PageLink = { ...order, id, hash, createdAt, expiresAt, ended: null };
    this.#assertRoom(record);
    this.#coming.add(record);
    try {
      await this.store.add(record);
    } finally {
      this.#coming.delete(record);
    }
    const link = this.#load(record);
    this.#scheduleCheck(lastsMs);
    return { link, token: text };
  }

  /**
   * Lets in whoever shows a link's token. Takes as long for an id that no link has as for a secret that is wrong.
   * @param to `read`: to ask how its account is; `act`: to begin or stop its pairing
   * @throws DomainError `link_invalid`, or to whoever has the right token `link_expired`, `link_revoked`, `link_used`
   */
  authenticate(token: string, to: 'read' | 'act'): Authentication {
    const shown = parseSecret('wpl', token);
    const link = shown ? this.#links.get(shown.id) : undefined;
    const isRight = matches(shown?.secret ?? '', link?.record.hash ?? DUMMY_HASH);
    if (!link || !isRight) throw linkInvalid();
    const { state, canRead, canAct } = link.permissions(this.clock.now());
    if (to === 'read' ? canRead : canAct) return link.authentication;
    // The clock has jumped, or the timer comes in a moment.
    if (state === 'expired') this.#endLink(link);
    throw linkEnded(state);
  }

  /** Nothing more can be done with the link from now on; one that has ended stays as it ended. @throws StorageFailed */
  async revoke(link: LoadedPageLink): Promise<void> {
    const at = this.clock.now();
    if (link.permissions(at).state !== 'open') return;
    await this.store.end(link.id, 'revoked', at);
    if (link.record.ended) return;
    link.end('revoked', at, this.clock.monotonicMs());
    this.#endLink(link);
  }

  /**
   * The account was linked: all its open links have done their work.
   * @param linkedAt links that were made later are for another time; null: it was linked just now
   */
  markUsed(accountId: AccountId, linkedAt: Date | null = null): void {
    const at = this.clock.now();
    for (const link of this.#open) {
      if (link.accountId !== accountId || link.permissions(at).state !== 'open') continue;
      if (linkedAt !== null && link.record.createdAt > linkedAt) continue;
      link.end('used', at, this.clock.monotonicMs());
      this.#logger.log(`The page link ${link.id} was used: its account is linked.`);
      this.#unsaved.add(link);
      this.#scheduleCheck(link.leftMs(at, this.clock.monotonicMs()));
    }
    this.#save();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#checkTimer?.cancel();
    this.#checkDueMs = -Infinity;
    this.#save();
    await this.#writes.onIdle();
  }

  /** Nobody keeps those with another key from making links. */
  #assertRoom({ createdBy, createdAt }: PageLink): void {
    const open = [...this.#coming, ...Array.from(this.#open, ({ record }) => record)].filter(
      (link) => link.createdBy === createdBy && link.ended === null,
    );
    if (open.length < this.limits.open) return;
    const first = Math.min(...open.map(({ expiresAt }) => expiresAt.getTime()));
    throw new TooManyLinks(first - createdAt.getTime());
  }

  #load(record: PageLink): LoadedPageLink {
    const link = new LoadedPageLink(record, this.clock.now(), this.clock.monotonicMs());
    this.#links.set(link.id, link);
    if (!link.isOver) this.#open.add(link);
    return link;
  }

  #endLink(link: LoadedPageLink): void {
    link.over(this.clock.now());
    if (this.#open.delete(link)) this.#ended.next(link);
  }

  /** Ends what has expired, stores what could not be stored, and forgets what is old. */
  #check(): void {
    const now = this.clock.now();
    const nowMs = this.clock.monotonicMs();
    let nextMs = CHECK_EVERY_MS;
    for (const link of this.#open) {
      const leftMs = link.leftMs(now, nowMs);
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else if (link.record.ended === null) this.#endLink(link);
      else {
        link.over(now);
        this.#open.delete(link);
      }
    }
    this.#save();
    const sinceMs = nowMs - this.#forgottenAtMs;
    const areTooMany = this.#links.size - this.#open.size > this.limits.ended;
    if (sinceMs >= DAY_MS || (areTooMany && sinceMs >= CHECK_EVERY_MS)) {
      this.#forgottenAtMs = nowMs;
      this.#forget(now);
    }
    this.#checkDueMs = Infinity;
    this.#scheduleCheck(nextMs);
  }

  #scheduleCheck(ms: number): void {
    const dueMs = this.clock.monotonicMs() + ms;
    if (dueMs >= this.#checkDueMs) return;
    this.#checkDueMs = dueMs;
    this.#checkTimer?.cancel();
    this.#checkTimer = this.clock.after(
      ms,
      () => {
        this.#check();
      },
      { background: true },
    );
  }

  /** One after another. What fails is tried again with the next look; should the service end before, its start finds out. */
  #save(): void {
    for (const link of this.#unsaved) {
      const { id, ended } = link.record;
      this.#unsaved.delete(link);
      if (ended) {
        this.#write(`That the page link ${id} was ${ended.as} could not be stored`, () =>
          this.store.end(id, ended.as, ended.at).catch((error: unknown) => {
            this.#unsaved.add(link);
            throw error;
          }),
        );
      }
    }
  }

  #forget(now: Date): void {
    const tooMany = Math.min(this.#endOfThoseTooMany(), now.getTime() - READABLE_AFTER_USE_MS);
    const before = new Date(Math.max(now.getTime() - KEPT_MS, tooMany));
    for (const { id, record } of this.#links.values()) if (endOf(record) < before) this.#links.delete(id);
    this.#write('Old page links could not be deleted', () => this.store.forgetBefore(before));
  }

  /** So many have not ended since; -Infinity: there are not that many. Milliseconds of the wall clock. */
  #endOfThoseTooMany(): number {
    const over = [...this.#links.values()].filter((link) => !this.#open.has(link));
    const ends = over.map(({ record }) => endOf(record).getTime()).sort((a, b) => b - a);
    const latest = ends[this.limits.ended];
    return latest === undefined ? -Infinity : latest + 1;
  }

  /** @param failure the beginning of the log line when the write fails */
  #write(failure: string, work: () => Promise<void>): void {
    void this.#writes.add(async () => {
      try {
        await work();
      } catch (error) {
        const { cause, message } = error as Error;
        this.#logger.warn(`${failure}: ${cause instanceof Error ? cause.message : message}`);
      }
    });
  }
}

function endOf({ ended, expiresAt }: PageLink): Date {
  return ended?.at ?? expiresAt;
}
