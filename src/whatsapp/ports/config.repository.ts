import type { AccountId } from '../domain/account-id.js';
import type { Connector } from '../domain/account.js';

export type ConnectorUpdate = Partial<
  Pick<Connector, 'confirmedAt' | 'lastConnectedAt' | 'lastError' | 'parked'>
>;

/** The logout of a link that was ended here did not reach WhatsApp: the phone may still show the device. */
export interface UnconfirmedLogout {
  readonly accountId: AccountId;
  /** When the link was ended here. */
  readonly at: Date;
}

/**
 * The saved config: connectors, remarks about logouts, settings. A connector or a remark is created by `AuthStateWriter`,
 * in the transaction of the credentials or of their erasure, and removed by it; here it is found, listed and updated.
 * Connectors whose link WhatsApp has ended (`unlinkedAt`) are found, listed and updated like the others.
 */
export abstract class ConfigRepository {
  /** @throws StorageFailed */
  abstract find(accountId: AccountId): Promise<Connector | null>;
  /** In order of id, after the given one; at most `limit`. @throws StorageFailed */
  abstract list(page: { readonly after: AccountId | null; readonly limit: number }): Promise<Connector[]>;
  /** Changes the given fields; an account without a connector is left alone. @throws StorageFailed */
  abstract update(accountId: AccountId, update: ConnectorUpdate): Promise<void>;
  /**
   * Accounts that were erased although WhatsApp did not confirm the logout, in order of id, after the given one; at most
   * `limit`. An account leaves the list when a device is accepted for it, at its next `erase`, and by
   * `forgetUnconfirmedLogout`. @throws StorageFailed
   */
  abstract unconfirmedLogouts(page: {
    readonly after: AccountId | null;
    readonly limit: number;
  }): Promise<UnconfirmedLogout[]>;
  /** Forgetting what is not remembered does nothing. @throws StorageFailed */
  abstract forgetUnconfirmedLogout(accountId: AccountId): Promise<void>;
  /** A named value that is not about one account. @throws StorageFailed */
  abstract setting(name: string): Promise<string | null>;
  /** A crash cannot lose it once this has resolved; a power cut can lose the latest ones. @throws StorageFailed */
  abstract saveSetting(name: string, value: string): Promise<void>;
}
