import type { AccountId } from '../domain/account-id.js';
import type { Connector } from '../domain/connector.js';

export type ConnectorUpdate = Partial<
  Pick<Connector, 'confirmedAt' | 'lastConnectedAt' | 'lastError' | 'parked'>
>;

/**
 * The saved config: connectors and settings. A connector is created and removed by `AuthStateWriter`, in the transaction
 * of the credentials; here it is found, listed and updated.
 */
export abstract class ConfigRepository {
  /** @throws StorageFailed */
  abstract find(accountId: AccountId): Promise<Connector | null>;
  /** In order of id, after the given one; at most `limit`. @throws StorageFailed */
  abstract list(page: { readonly after: AccountId | null; readonly limit: number }): Promise<Connector[]>;
  /** Changes the given fields; an account without a connector is left alone. @throws StorageFailed */
  abstract update(accountId: AccountId, update: ConnectorUpdate): Promise<void>;
  /** A named value that is not about one account. @throws StorageFailed */
  abstract setting(name: string): Promise<string | null>;
  /** A crash cannot lose it once this has resolved; a power cut can lose the latest ones. @throws StorageFailed */
  abstract saveSetting(name: string, value: string): Promise<void>;
}
