import {
  type PageLink,
  type PageLinkEnd,
  PageLinkStore,
} from '../../../src/security/ports/page-link.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { PageLinkSubject } from '../suites/page-link-store.contract.js';

/**
 * The steps in which a store of page links can be wrong. The defaults follow every rule; a broken store replaces one or
 * two.
 */
export class PageLinkReplaceableSteps {
  name(id: string): string {
    return id;
  }

  added(link: PageLink): PageLink {
    return link;
  }

  admits({ id }: PageLink, links: ReadonlyMap<string, PageLink>): boolean {
    return !links.has(this.name(id));
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

/** A `PageLinkStore` in memory. It is asynchronous, like a store behind a network. */
export class MemoryPageLinkStore extends PageLinkStore {
  constructor(
    readonly rows = new Map<string, PageLink>(),
    private readonly steps = new PageLinkReplaceableSteps(),
  ) {
    super();
  }

  async list(): Promise<readonly PageLink[]> {
    await Promise.resolve();
    return this.steps.listed([...this.rows.values()]);
  }

  async add(link: PageLink): Promise<void> {
    await Promise.resolve();
    if (!this.steps.admits(link, this.rows)) throw new StorageFailed();
    this.steps.room(link, this.rows).set(this.steps.name(link.id), this.steps.added(link));
  }

  async end(id: string, as: PageLinkEnd, at: Date): Promise<void> {
    await Promise.resolve();
    const name = this.steps.name(id);
    const link = this.rows.get(name);
    if (link) this.rows.set(name, this.steps.ended(link, as, at));
    else this.steps.endOfUnknown(id, this.rows);
  }

  async forgetBefore(at: Date): Promise<void> {
    await Promise.resolve();
    for (const [name, link] of this.rows) if (this.steps.isForgotten(link, at)) this.rows.delete(name);
  }
}

export function memoryPageLinkSubject(steps = new PageLinkReplaceableSteps()): Promise<PageLinkSubject> {
  let links = new MemoryPageLinkStore(new Map(), steps);
  return Promise.resolve({
    get links() {
      return links;
    },
    reopen: () => {
      links = new MemoryPageLinkStore(steps.restarted(links.rows), steps);
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  });
}
