import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { Connector, ErasureRecord } from '../../src/whatsapp/domain/account.js';
import { AuthStateCorrupt } from '../../src/whatsapp/domain/errors.js';
import type { ConnectorUpdate, UnconfirmedLogout } from '../../src/whatsapp/ports/config.repository.js';

export interface StoredAccount {
  readonly id: string;
  credentials: Uint8Array | null;
  damaged: boolean;
  readonly keys: Map<string, Uint8Array>;
  connector: Connector | null;
}

export interface Disk {
  readonly accounts: Map<string, StoredAccount>;
  readonly logouts: Map<string, UnconfirmedLogout>;
  readonly settings: Map<string, string>;
  full: boolean;
}

export type Unlinked = Extract<ErasureRecord, { readonly kind: 'unlinked' }>;

export function emptyAccount(id: string): StoredAccount {
  return { id, credentials: null, damaged: false, keys: new Map(), connector: null };
}

export function emptyDisk(): Disk {
  return { accounts: new Map(), logouts: new Map(), settings: new Map(), full: false };
}

export type Page = { readonly after: string | null; readonly limit: number };

/** The steps in which a store can be wrong. The defaults follow every rule; a broken store replaces one or two. */
export class ReplaceableSteps {
  accountName(id: string): string {
    return id;
  }

  keyName(type: string, id: string): string {
    return JSON.stringify([type, id]);
  }

  settingName(name: string): string {
    return name;
  }

  bytesIn(value: Uint8Array): Uint8Array {
    return value.slice();
  }

  bytesOut(value: Uint8Array): Uint8Array {
    return value.slice();
  }

  /** Decides the order of queued work: resolves when the call may start. */
  turn(previous: Promise<unknown>): Promise<unknown> {
    return previous.then(() => undefined);
  }

  /** Whether this writer may still work. */
  admits(state: { readonly closed: boolean; readonly superseded: boolean; readonly lost: boolean }): boolean {
    return !state.closed && !state.superseded && !state.lost;
  }

  admitsOpen(state: { readonly older: boolean; readonly lost: boolean }): boolean {
    return !state.older && !state.lost;
  }

  async drain(pending: Promise<unknown>): Promise<void> {
    await pending.catch(() => undefined);
  }

  /** Works on a copy, so that a failure leaves the original unchanged. */
  transaction(disk: Disk, account: StoredAccount, apply: (draft: StoredAccount) => void): void {
    const draft = { ...account, keys: new Map(account.keys) };
    apply(draft);
    disk.accounts.set(this.accountName(account.id), draft);
  }

  acceptedConnector(fresh: Connector, old: Connector | null): Connector {
    return { ...fresh, lastConnectedAt: old?.lastConnectedAt ?? null };
  }

  connectorWithoutAcceptance(_id: AccountId, current: Connector | null): Connector | null {
    return current;
  }

  updated(current: Connector, update: ConnectorUpdate): Connector {
    return { ...current, ...update };
  }

  updateOfUnknown(_disk: Disk, _id: AccountId): void {
    return;
  }

  erase(disk: Disk, id: AccountId, erasure?: ErasureRecord): void {
    const name = this.accountName(id);
    const connector = disk.accounts.get(name)?.connector ?? null;
    disk.accounts.delete(name);
    this.forgetLogout(disk, name);
    if (erasure?.kind === 'unlinked') {
      const kept = this.unlinkedConnector(connector, erasure, id);
      if (kept) disk.accounts.set(name, { ...emptyAccount(id), connector: kept });
    }
    if (erasure?.kind === 'logoutUnconfirmed') {
      disk.logouts.set(name, this.unconfirmedLogout({ accountId: id, at: erasure.at }));
    }
  }

  unlinkedConnector(current: Connector | null, { at, failure }: Unlinked, _id: AccountId): Connector | null {
    return current && { ...current, phone: null, unlinkedAt: at, lastError: failure, parked: null };
  }

  unconfirmedLogout(logout: UnconfirmedLogout): UnconfirmedLogout {
    return logout;
  }

  forgetLogout(disk: Disk, name: string): void {
    disk.logouts.delete(name);
  }

  /** Runs after credentials or keys were written; `accepted`: with a connector. */
  written(disk: Disk, name: string, { accepted }: { readonly accepted: boolean }): void {
    if (accepted) disk.logouts.delete(name);
  }

  load(account: StoredAccount | undefined): Uint8Array | null {
    if (account?.damaged) throw new AuthStateCorrupt();
    return account?.credentials ?? null;
  }

  listed(account: StoredAccount): boolean {
    return account.credentials !== null;
  }

  page(ids: string[], { after, limit }: Page): string[] {
    return ids
      .filter((id) => after === null || id > after)
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, limit);
  }

  restarted(disk: Disk): Disk {
    return disk;
  }
}
