import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { AccountId } from '../../whatsapp/domain/account-id.js';
import { causeMessage } from '../../whatsapp/domain/cause-of.js';
import { DomainError } from '../../whatsapp/domain/errors.js';
import { PairingService } from '../../whatsapp/pairing.service.js';
import { Clock, type Timer } from '../../whatsapp/ports/clock.js';
import { WhatsappAccounts } from '../../whatsapp/whatsapp-accounts.js';
import { linkEnded } from '../access/access.errors.js';
import { PageLinks } from './page-links.js';

/** The queue of an account holds 16 calls. If it is full when a link ends, the stop is repeated after this time. */
const STOP_AGAIN_MS = 250;
/** A stop that failed for another reason is repeated after this time. */
const FAILED_STOP_AGAIN_MS = 60_000;

/**
 * Connects page links with the pairings of their accounts. A successful pairing marks the open links of the account as
 * used. The end of a link stops a pairing that was started with it.
 */
@Injectable()
export class PageLinkPairings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Security');
  /** The id of the link with which the latest pairing of an account was started, until WhatsApp accepts the device. */
  private readonly begun = new Map<AccountId, string>();
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
    links.ended$.subscribe(({ accountId, id }) => {
      this.stop(accountId, id);
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
   * Checks that a link permits the start of a pairing.
   * @throws DomainError `link_expired`, `link_revoked`, `link_used`: the link ended after the caller was authenticated
   */
  assertCanPair(linkId: string): void {
    const permissions = this.links.find(linkId)?.permissions(this.clock.now());
    if (permissions && !permissions.canAct) throw linkEnded(permissions.state);
  }

  /**
   * Whether the holder of this link may see the codes of its account now. A used link shows no codes, although its page may
   * still read. A link for one phone shows only codes of pairings that are limited to this phone.
   */
  canSeeCodes(linkId: string): boolean {
    const link = this.links.find(linkId);
    if (!link?.permissions(this.clock.now()).canAct) return false;
    const { expectedPhone } = link.record;
    if (expectedPhone === null) return true;
    const begunWith = this.links.find(this.begun.get(link.accountId) ?? '');
    return begunWith?.record.expectedPhone === expectedPhone;
  }

  private linked(accountId: AccountId): void {
    this.begun.delete(accountId);
    this.links.markUsed(accountId);
  }

  private recordStart(accountId: AccountId): void {
    const linkId = this.pairing.startedBy(accountId);
    if (linkId === null) {
      this.begun.delete(accountId);
      return;
    }
    this.begun.set(accountId, linkId);
    // The link can end between the request and the start of the pairing. A used link stops nothing: its account is linked.
    const link = this.links.find(linkId);
    if (link?.record.ended?.as === 'used') return;
    if (!link?.permissions(this.clock.now()).canAct) this.stop(accountId, linkId);
  }

  private stop(accountId: AccountId, linkId: string): void {
    if (this.begun.get(accountId) !== linkId) return;
    if (this.accounts.status(accountId).status === 'pending') void this.stopInTurn(accountId, linkId);
    else this.begun.delete(accountId);
  }

  private async stopInTurn(accountId: AccountId, linkId: string): Promise<void> {
    const isStillCurrent = (): boolean => this.begun.get(accountId) === linkId;
    try {
      // Another caller's pairing can start while this stop waits in the queue.
      await this.pairing.stop(accountId, isStillCurrent);
      if (!isStillCurrent()) return;
      this.begun.delete(accountId);
      this.logger.log(`The pairing of ${accountId} was stopped, because its page link ${linkId} ended.`);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : null;
      if (code === 'shutting_down') return;
      if (code !== 'busy') {
        this.logger.warn(
          `The stop of the pairing of ${accountId} failed after the end of its page link ${linkId}: ${causeMessage(error)}. The service tries again in a minute. Check the disk and the store.`,
        );
      }
      this.later(code === 'busy' ? STOP_AGAIN_MS : FAILED_STOP_AGAIN_MS, () => {
        this.stop(accountId, linkId);
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
