import {
  type PageLink,
  type PageLinkEnd,
  PageLinkStore,
} from '../../../src/security/ports/page-link.store.js';
import type { PageLinkSubject } from '../suites/page-link-store.contract.js';

/** Where a store of page links can go wrong. The defaults keep every rule; a broken store replaces one or two of them. */
export class PageLinkSeams {
  name(id: string): string {
    return id;
  }

  added(link: PageLink): PageLink {
    return link;
  }

  room(_link: PageLink, links: Map<string, PageLink>): Map<string, PageLink> {
    return links;
  }

  listed(links: readonly PageLink[]): readonly PageLink[] {
    return links;
  }

  ended(link: PageLink, as: PageLinkEnd, at: Date): PageLink {
    return link.ended === null ? { ...link, ended: { as, at } } : link;
  }

  endOfUnknown(_id: string, _links: Map<string, PageLink>): void {
    return;
  }

  isForgotten({ ended, expiresAt }: PageLink, at: Date): boolean {
    return (ended?.at ?? expiresAt) < at;
  }

  restarted(links: Map<string, PageLink>): Map<string, PageLink> {
    return links;
  }
}

/** The store in memory, as asynchronous as one behind a network. */
export class MemoryPageLinkStore extends PageLinkStore {
  constructor(
    readonly rows = new Map<string, PageLink>(),
    private readonly seams = new PageLinkSeams(),
  ) {
    super();
  }

  async list(): Promise<readonly PageLink[]> {
    await Promise.resolve();
    return this.seams.listed([...this.rows.values()]);
  }

  async add(link: PageLink): Promise<void> {
    await Promise.resolve();
    this.seams.room(link, this.rows).set(this.seams.name(link.id), this.seams.added(link));
  }

  async end(id: string, as: PageLinkEnd, at: Date): Promise<void> {
    await Promise.resolve();
    const name = this.seams.name(id);
    const link = this.rows.get(name);
    if (link) this.rows.set(name, this.seams.ended(link, as, at));
    else this.seams.endOfUnknown(id, this.rows);
  }

  async forgetBefore(at: Date): Promise<void> {
    await Promise.resolve();
    for (const [name, link] of this.rows) if (this.seams.isForgotten(link, at)) this.rows.delete(name);
  }
}

export class MemoryPageLinkSubject implements PageLinkSubject {
  links: MemoryPageLinkStore;

  private constructor(private readonly seams: PageLinkSeams) {
    this.links = new MemoryPageLinkStore(new Map(), seams);
  }

  static create(seams = new PageLinkSeams()): Promise<PageLinkSubject> {
    return Promise.resolve(new MemoryPageLinkSubject(seams));
  }

  reopen(): Promise<void> {
    this.links = new MemoryPageLinkStore(this.seams.restarted(this.links.rows), this.seams);
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
