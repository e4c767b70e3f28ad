import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { AccountRegistry } from '../accounts/account-registry.js';
import type { AccountId } from '../domain/account-id.js';
import { AccountLeases } from '../ports/account-leases.js';
import { AccountQueue } from './account-queue.js';
import { SessionPool } from './session-pool.js';
import { WebVersions } from './web-versions.js';

/** Reconnects linked accounts when the service starts, and after a newer version of WhatsApp Web becomes available. */
@Injectable()
export class LinkRestorer implements OnModuleInit, OnApplicationBootstrap {
  /** Accounts that WhatsApp refused as outdated, also after a client dismissed the error. */
  private readonly outdated = new Set<AccountId>();

  constructor(
    private readonly pool: SessionPool,
    private readonly registry: AccountRegistry,
    private readonly leases: AccountLeases,
    private readonly webVersions: WebVersions,
    private readonly calls: AccountQueue,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.registry.restore();
  }

  /** Reconnects in the background: the service answers requests during it. */
  onApplicationBootstrap(): void {
    this.leases.adopt(this.registry.linkedIds(), (accountId) => {
      this.restore(accountId);
    });
    this.pool.changes.subscribe(({ accountId, ended }) => {
      if (ended?.kind === 'failed' && ended.failure.code === 'client_outdated') this.outdated.add(accountId);
      else if (ended) this.outdated.delete(accountId);
    });
    this.webVersions.newer.subscribe(() => {
      for (const accountId of this.outdated) this.restore(accountId);
    });
  }

  /** Restores the account after the calls for it that are in progress. */
  private restore(accountId: AccountId): void {
    void this.calls.runAlways(accountId, () => this.pool.restore(accountId));
  }
}
