import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { PairingService } from '../../whatsapp/pairing.service.js';
import { Clock } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import type { KnownLink } from './known-link.js';
import { PageLinks } from './page-links.js';

/** Sixteen calls can wait for an account: whoever filled its queue just before their link ended gains so much. */
const STOP_AGAIN_MS = 250;

/** Ties page links to the pairings of their accounts: one that succeeds uses them up, one of theirs ends with its link. */
@Injectable()
export class PairingsByLink implements OnApplicationBootstrap {
  private readonly logger = new Logger('Security');
  /** The link with which the latest pairing was asked for. */
  private readonly asked = new Map<AccountId, KnownLink>();
  /** The link with which the latest pairing was begun. */
  private readonly begun = new Map<AccountId, KnownLink>();

  constructor(
    private readonly links: PageLinks,
    private readonly accounts: WhatsappAccounts,
    private readonly pairing: PairingService,
    private readonly clock: Clock,
  ) {
    accounts.events.subscribe(({ type, accountId }) => {
      if (type === 'linked' || type === 'connected') this.linked(accountId);
      if (type === 'pairing') this.began(accountId);
    });
    links.wasted.subscribe((link) => {
      this.stop(link);
    });
  }

  /** What happened to the accounts while nobody could store what became of their links. */
  onApplicationBootstrap(): void {
    for (const { accountId, record } of this.links.list()) {
      const { linkedAt } = this.accounts.account(accountId);
      if (record.ended === null && linkedAt !== null && linkedAt >= record.createdAt)
        this.links.use(accountId);
    }
  }

  /** @param linkId the link of whoever is about to ask for a pairing of this account; null: they have none */
  isAskedFor(accountId: AccountId, linkId: string | null): void {
    const link = linkId === null ? null : this.links.find(linkId);
    if (link) this.asked.set(accountId, link);
    else this.asked.delete(accountId);
  }

  private linked(accountId: AccountId): void {
    this.asked.delete(accountId);
    this.begun.delete(accountId);
    this.links.use(accountId);
  }

  private began(accountId: AccountId): void {
    const link = this.asked.get(accountId);
    if (link) this.begun.set(accountId, link);
    else this.begun.delete(accountId);
    // Its end can have come between the call and the pairing.
    if (link && !link.powers(this.clock.now()).mayAct) this.stop(link);
  }

  private stop(link: KnownLink): void {
    const { accountId, id } = link;
    if (this.begun.get(accountId) !== link || this.accounts.status(accountId).status !== 'pending') return;
    this.pairing.stop(accountId).then(
      () => {
        this.begun.delete(accountId);
        this.logger.log(`The pairing of ${accountId} was stopped: its page link ${id} has ended.`);
      },
      (error: unknown) => {
        if (error instanceof DomainError && error.code === 'shutting_down') return;
        this.clock.after(
          STOP_AGAIN_MS,
          () => {
            this.stop(link);
          },
          { background: true },
        );
      },
    );
  }
}
