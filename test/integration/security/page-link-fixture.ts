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

/** The page links of a service whose store can fail and whose clock can jump. */
export class PageLinkFixture {
  readonly clock = new StoppedClock();
  readonly store = new UnreliableStore();
  links!: PageLinks;
  /** Those that were told of as wasted since the latest start. */
  wasted: LoadedPageLink[] = [];

  static async begin(limits?: Partial<PageLinkLimits>): Promise<PageLinkFixture> {
    Logger.overrideLogger(false);
    const trial = new PageLinkFixture();
    await trial.start(limits);
    return trial;
  }

  /** As a start of the service on the same store. */
  async start(limits?: Partial<PageLinkLimits>): Promise<void> {
    const wasted: LoadedPageLink[] = [];
    this.wasted = wasted;
    this.links = await PageLinks.open(this.store, this.clock, limits);
    this.links.ended$.subscribe((link) => wasted.push(link));
  }

  make(lastsMs = HOUR, accountId = SALES, createdBy: string | null = null): ReturnType<PageLinks['make']> {
    return this.links.make({ accountId, lastsMs, expectedPhone: null, returnUrl: null, createdBy });
  }

  refusal(token: string, to: 'read' | 'act' = 'act'): string | null {
    try {
      this.links.authenticate(token, to);
      return null;
    } catch (error) {
      return (error as DomainError).code;
    }
  }

  /** To whoever wants to read with it, and to whoever wants to act. */
  refusals(token: string): (string | null)[] {
    return [this.refusal(token, 'read'), this.refusal(token, 'act')];
  }
}
