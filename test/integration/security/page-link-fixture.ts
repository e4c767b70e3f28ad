import { Logger } from '@nestjs/common';
import { PageLinks } from '../../../src/security/page-links/page-links.js';
import type { LoadedPageLink } from '../../../src/security/page-links/loaded-page-link.js';
import type { PageLinkLimits } from '../../../src/security/page-links/page-link.options.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed, type DomainError } from '../../../src/whatsapp/domain/errors.js';
import { MemoryPageLinkStore } from '../../contract/memory/memory-page-links.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const SALES = 'sales' as AccountId;

class UnreliableStore extends MemoryPageLinkStore {
  fails = false;

  override async add(...link: Parameters<MemoryPageLinkStore['add']>): Promise<void> {
    if (this.fails) throw new StorageFailed();
    await super.add(...link);
  }

  override async end(...how: Parameters<MemoryPageLinkStore['end']>): Promise<void> {
    if (this.fails) throw new StorageFailed();
    await super.end(...how);
  }
}

/** Page links with a store that can fail and a clock that can jump. */
export class PageLinkFixture {
  readonly clock = new StoppedClock();
  readonly store = new UnreliableStore();
  links!: PageLinks;
  /** Links that `ended$` has emitted since the latest start. */
  endedLinks: LoadedPageLink[] = [];

  static async begin(limits?: Partial<PageLinkLimits>): Promise<PageLinkFixture> {
    Logger.overrideLogger(false);
    const fixture = new PageLinkFixture();
    await fixture.start(limits);
    return fixture;
  }

  /** Restarts the service on the same store. */
  async start(limits?: Partial<PageLinkLimits>): Promise<void> {
    const endedLinks: LoadedPageLink[] = [];
    this.endedLinks = endedLinks;
    this.links = await PageLinks.open(this.store, this.clock, limits);
    this.links.ended$.subscribe((link) => endedLinks.push(link));
  }

  make(lastsMs = HOUR, accountId = SALES, createdBy: string | null = null): ReturnType<PageLinks['make']> {
    return this.links.make({ accountId, lastsMs, expectedPhone: null, returnUrl: null, createdBy });
  }

  /** Returns the error code of the refusal; null: permitted. */
  refusal(token: string, to: 'read' | 'act' = 'act'): string | null {
    try {
      this.links.authenticate(token, to);
      return null;
    } catch (error) {
      return (error as DomainError).code;
    }
  }

  /** Returns the refusals of reading and of acting; null: permitted. */
  refusals(token: string): (string | null)[] {
    return [this.refusal(token, 'read'), this.refusal(token, 'act')];
  }
}
