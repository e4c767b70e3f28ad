import { Injectable } from '@nestjs/common';
import type { Connector, ErasureRecord } from '../domain/account.js';
import type { AccountId } from '../domain/account-id.js';
import type { AccountLease } from '../ports/account-leases.js';
import { AuthStateStore, type AuthStateWriter } from '../ports/auth-state.store.js';
import { ConfigRepository, type ConnectorUpdate } from '../ports/config.repository.js';
import { WhatsappGateway } from '../ports/whatsapp.gateway.js';
import { AccountLogger } from './account-logger.js';

const PAGE = 200;

/** Reads and writes the stored data of accounts: auth states, connectors, and logouts that WhatsApp did not confirm. */
@Injectable()
export class AccountStorage {
  constructor(
    private readonly store: AuthStateStore,
    private readonly config: ConfigRepository,
    private readonly gateway: WhatsappGateway,
  ) {}

  /** Yields every connector, in order of id. @throws StorageFailed */
  connectors(): AsyncGenerator<Connector> {
    return everyOf((after) => this.config.list({ after, limit: PAGE }), accountIdOf);
  }

  /** Yields every account with stored credentials, readable or not, in order of id. @throws StorageFailed */
  linkedIds(): AsyncGenerator<AccountId> {
    return everyOf(
      (after) => this.store.linked({ after, limit: PAGE }),
      (accountId) => accountId,
    );
  }

  /** Yields every account whose logout WhatsApp did not confirm, in order of id. @throws StorageFailed */
  async *unconfirmedLogouts(): AsyncGenerator<AccountId> {
    const logouts = everyOf((after) => this.config.unconfirmedLogouts({ after, limit: PAGE }), accountIdOf);
    for await (const { accountId } of logouts) yield accountId;
  }

  /** Returns the stored credentials; null when there are none. @throws AuthStateCorrupt · StorageFailed */
  credentials(accountId: AccountId): Promise<Uint8Array | null> {
    return this.store.load(accountId);
  }

  /**
   * Returns the number of the stored credentials; null when there are none.
   * @throws AuthStateCorrupt · StorageFailed
   */
  async phone(accountId: AccountId): Promise<string | null> {
    const credentials = await this.store.load(accountId);
    return credentials && this.gateway.inspect(credentials).phone;
  }

  /** @throws StorageFailed */
  openWriter(lease: AccountLease): Promise<AuthStateWriter> {
    return this.store.open(lease);
  }

  /** Deletes all data of the account except the record. @throws StorageFailed · AttemptOver */
  async erase(lease: AccountLease, record: ErasureRecord | null): Promise<void> {
    const writer = await this.store.open(lease);
    try {
      await writer.erase(record ?? undefined);
    } finally {
      await writer.close('drop');
    }
  }

  /** @throws StorageFailed */
  async savePairingStart(at: Date): Promise<void> {
    await this.config.saveSetting('lastPairingStartedAt', at.toISOString());
  }

  /** Updates the connector. A failure is logged and not thrown. @returns whether the update is stored */
  update(accountId: AccountId, update: ConnectorUpdate): Promise<boolean> {
    return this.isStored(accountId, () => this.config.update(accountId, update));
  }

  /** Removes the record of an unconfirmed logout. A failure is logged and not thrown. */
  async forgetUnconfirmedLogout(accountId: AccountId): Promise<void> {
    await this.isStored(accountId, () => this.config.forgetUnconfirmedLogout(accountId));
  }

  /**
   * Runs a change and returns whether it is stored. The registry in memory stays correct until the next start, so a
   * change that cannot be stored must not fail the call.
   */
  private async isStored(accountId: AccountId, change: () => Promise<void>): Promise<boolean> {
    try {
      await change();
      return true;
    } catch (error) {
      new AccountLogger(accountId, undefined, 'WhatsappAccounts').warn(
        'saved config update failed; check the disk of the data directory',
        { error: String(error) },
      );
      return false;
    }
  }
}

function accountIdOf({ accountId }: { readonly accountId: AccountId }): AccountId {
  return accountId;
}

async function* everyOf<T>(
  read: (after: AccountId | null) => Promise<T[]>,
  idOf: (item: T) => AccountId,
): AsyncGenerator<T> {
  for (let after: AccountId | null = null; ;) {
    const page = await read(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = idOf(last);
  }
}
