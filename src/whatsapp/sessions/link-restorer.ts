import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { AccountRegistry } from '../accounts/account-registry.js';
import type { AccountId } from '../domain/account-id.js';
import { AccountLeases } from '../ports/account-leases.js';
import { AccountQueue } from './account-queue.js';
import { SessionPool } from './session-pool.js';
import { WebVersions } from './web-versions.js';

/** Brings linked accounts back, at the start and when WhatsApp accepts the version of this service again. */
@Injectable()
export class LinkRestorer implements OnModuleInit, OnApplicationBootstrap {
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

  /** In the background: requests are answered meanwhile. */
  onApplicationBootstrap(): void {
    this.leases.adopt(this.registry.linkedIds(), (accountId) => {
      this.restore(accountId);
    });
    this.webVersions.newer.subscribe(() => {
      for (const accountId of this.registry.linkedIds()) {
        if (this.registry.failure(accountId)?.code === 'client_outdated') this.restore(accountId);
      }
    });
  }

  /** After the calls for the account that are under way. */
  private restore(accountId: AccountId): void {
    const restored = this.calls.runAlways(accountId, () => this.pool.restore(accountId));
    // Only a shutdown that has just begun can keep it from starting.
    restored.catch(() => undefined);
  }
}
