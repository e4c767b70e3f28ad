import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { PairingService } from '../../whatsapp/pairing.service.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import type { LoadedPageLink } from './loaded-page-link.js';
import { linkEnded } from '../access/access.errors.js';
import { PageLinks } from './page-links.js';

/** The queue of an account holds 16 calls. If it is full when a link ends, the stop is repeated after this time. */
const STOP_AGAIN_MS = 250;

/** Calls that were accepted before their link ended have finished after this time. */
const LATEST_CALL_MS = 10 * 60_000;

/**
 * Connects page links with the pairings of their accounts. A successful pairing marks the open links of the account as
 * used. The end of a link stops a pairing that was started with it.
 */
@Injectable()
export class PageLinkPairings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Security');
  /** The link with which the latest pairing of an account was requested. */
  private readonly requested = new Map<AccountId, LoadedPageLink>();
  /** The link with which the latest pairing of an account was started. */
  private readonly begun = new Map<AccountId, LoadedPageLink>();
  private readonly timers = new Set<Timer>();

  constructor(
    private readonly links: PageLinks,
    private readonly accounts: WhatsappAccounts,
    private readonly pairing: PairingService,
    private readonly clock: Clock,
  ) {
    accounts.events.subscribe(({ type, accountId }) => {
      if (type === 'linked' || type === 'connected') this.linked(accountId);
      if (type === 'pairing') this.recordStart(accountId);
    });
    links.ended$.subscribe((link) => {
      this.stop(link);
      if (this.requested.get(link.accountId) !== link) return;
      this.later(LATEST_CALL_MS, () => {
        if (this.requested.get(link.accountId) === link) this.requested.delete(link.accountId);
      });
    });
  }

  /** Marks links as used whose accounts were linked before the previous process could store that. */
  onApplicationBootstrap(): void {
    for (const accountId of new Set(this.links.list().map((link) => link.accountId))) {
      const { linkedAt } = this.accounts.account(accountId);
      if (linkedAt !== null) this.links.markUsed(accountId, linkedAt);
    }
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) timer.cancel();
  }

  /**
   * Records the link of a caller that is about to start a pairing.
   * @param linkId null: the caller has no page link
   * @throws DomainError `link_expired`, `link_revoked`, `link_used`: the link ended after the caller was authenticated
   */
  recordRequest(accountId: AccountId, linkId: string | null): void {
    const link = linkId === null ? null : this.links.find(linkId);
    if (link) {
      const { state, canAct } = link.permissions(this.clock.now());
      if (!canAct) throw linkEnded(state);
      this.requested.set(accountId, link);
    } else this.requested.delete(accountId);
  }

  /**
   * Whether the holder of this link may see the codes of its account now. A used link shows no codes, although its page may
   * still read. A link for one phone shows only codes of pairings that are limited to this phone.
   */
  canSeeCodes(linkId: string): boolean {
    const link = this.links.find(linkId);
    if (!link?.permissions(this.clock.now()).canAct) return false;
    const { expectedPhone } = link.record;
    return expectedPhone === null || this.begun.get(link.accountId)?.record.expectedPhone === expectedPhone;
  }

  private linked(accountId: AccountId): void {
    this.requested.delete(accountId);
    this.begun.delete(accountId);
    this.links.markUsed(accountId);
  }

  private recordStart(accountId: AccountId): void {
    const link = this.requested.get(accountId);
    if (link) this.begun.set(accountId, link);
    else this.begun.delete(accountId);
    // The link can end between the request and the start of the pairing.
    if (link && !link.permissions(this.clock.now()).canAct) this.stop(link);
  }

  private stop(link: LoadedPageLink): void {
    const { accountId } = link;
    if (this.begun.get(accountId) !== link) return;
    if (this.accounts.status(accountId).status === 'pending') void this.stopInTurn(link);
    else this.begun.delete(accountId);
  }

  private async stopInTurn(link: LoadedPageLink): Promise<void> {
    const { accountId, id } = link;
    const isStillCurrent = (): boolean => this.begun.get(accountId) === link;
    try {
      // Another caller's pairing can start while this stop waits in the queue.
      await this.pairing.stop(accountId, isStillCurrent);
      if (!isStillCurrent()) return;
      this.begun.delete(accountId);
      this.logger.log(`The pairing of ${accountId} was stopped, because its page link ${id} ended.`);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'shutting_down') return;
      this.later(STOP_AGAIN_MS, () => {
        this.stop(link);
      });
    }
  }

  private later(delayMs: number, act: () => void): void {
    const due = (): void => {
      this.timers.delete(timer);
      act();
    };
    const timer = this.clock.after(delayMs, due, { background: true });
    this.timers.add(timer);
  }
}
