import type { AccountId } from '../domain/account-id.js';
import type { Connector } from '../domain/account.js';

export type ConnectorUpdate = Partial<
  Pick<Connector, 'confirmedAt' | 'lastConnectedAt' | 'lastError' | 'parked'>
>;

/** The record of a `disconnect` whose logout WhatsApp did not confirm: the phone may still show the device. */
export interface UnconfirmedLogout {
  readonly accountId: AccountId;
  /** When the service deleted the account's data. */
  readonly at: Date;
}

/**
 * The saved config: connectors, unconfirmed logouts and settings. `AuthStateWriter` creates and deletes connectors and
 * unconfirmed logouts, in the transaction that stores or erases the credentials. This port finds, lists and updates
 * them. It treats connectors whose link WhatsApp has ended (`unlinkedAt`) like the others.
 */
export abstract class ConfigRepository {
  /** @throws StorageFailed */
  abstract find(accountId: AccountId): Promise<Connector | null>;
  /** Lists connectors in order of id, after the given id; at most `limit`. @throws StorageFailed */
  abstract list(page: { readonly after: AccountId | null; readonly limit: number }): Promise<Connector[]>;
  /** Changes the given fields. Does nothing for an account without a connector. @throws StorageFailed */
  abstract update(accountId: AccountId, update: ConnectorUpdate): Promise<void>;
  /**
   * Lists accounts that were erased although WhatsApp did not confirm the logout, in order of id, after the given id;
   * at most `limit`. An account leaves the list when a device is accepted for it, at its next `erase`, and by
   * `forgetUnconfirmedLogout`.
   * @throws StorageFailed
   */
  abstract unconfirmedLogouts(page: {
    readonly after: AccountId | null;
    readonly limit: number;
  }): Promise<UnconfirmedLogout[]>;
  /** Removes the account from `unconfirmedLogouts`; does nothing when it is not listed. @throws StorageFailed */
  abstract forgetUnconfirmedLogout(accountId: AccountId): Promise<void>;
  /** Returns a named value of the whole service; null: not set. @throws StorageFailed */
  abstract setting(name: string): Promise<string | null>;
  /**
   * Stores a named value. When it resolves, the value survives a crash of the process. A power cut can lose the latest
   * values.
   * @throws StorageFailed
   */
  abstract saveSetting(name: string, value: string): Promise<void>;
}
