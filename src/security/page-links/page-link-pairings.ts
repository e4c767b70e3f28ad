import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { PairingService } from '../../whatsapp/pairing.service.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import type { LoadedPageLink } from './loaded-page-link.js';
import { linkEnded } from '../access/access.errors.js';
import { PageLinks } from './page-links.js';

/** Sixteen calls can wait for an account: whoever filled its queue just before their link ended gains so much. */
const STOP_AGAIN_MS = 250;

/** So long after its link has ended no call is under way any more that was let in before. */
const LATEST_CALL_MS = 10 * 60_000;

/** Ties page links to the pairings of their accounts: one that succeeds uses them up, one of theirs ends with its link. */
@Injectable()
export class PageLinkPairings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Security');
  /** The link with which the latest pairing was asked for. */
  private readonly requested = new Map<AccountId, LoadedPageLink>();
  /** The link with which the latest pairing was begun. */
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

  /** What happened to the accounts while nobody could store what became of their links. */
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
   * @param linkId the link of whoever is about to ask for a pairing of this account; null: they have none
   * @throws DomainError `link_expired`, `link_revoked`, `link_used`: it has ended since they were let in
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
   * Whether whoever has this link may see the codes of its account now: not once it has done its work, although its page may
   * still read; and not those with which any phone could be linked, where the link is for one.
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
    // Its end can have come between the call and the pairing.
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
    const isTheirs = (): boolean => this.begun.get(accountId) === link;
    try {
      // Somebody else's pairing may come before its turn.
      await this.pairing.stop(accountId, isTheirs);
      if (!isTheirs()) return;
      this.begun.delete(accountId);
      this.logger.log(`The pairing of ${accountId} was stopped: its page link ${id} has ended.`);
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
