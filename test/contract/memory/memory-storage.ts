import { AttemptOver, StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { Connector, ErasureRecord } from '../../../src/whatsapp/domain/account.js';
import type { AccountLease } from '../../../src/whatsapp/ports/account-leases.js';
import {
  type AuthStateChange,
  AuthStateStore,
  AuthStateWriter,
} from '../../../src/whatsapp/ports/auth-state.store.js';
import {
  ConfigRepository,
  type ConnectorUpdate,
  type UnconfirmedLogout,
} from '../../../src/whatsapp/ports/config.repository.js';
import {
  type Disk,
  emptyAccount,
  emptyDisk,
  type Page,
  ReplaceableSteps,
  type StoredAccount,
} from '../replaceable-steps.js';
import type { StorageSubject } from '../storage-subject.js';

const LARGE_BYTES = 10_240;

/** Both storage ports in memory. They are asynchronous, like a store behind a network. */
export class MemorySubject implements StorageSubject {
  disk = emptyDisk();
  store: MemoryAuthStateStore;
  config: MemoryConfigRepository;

  private constructor(readonly steps: ReplaceableSteps) {
    this.store = new MemoryAuthStateStore(this.disk, steps);
    this.config = new MemoryConfigRepository(this.disk, steps);
  }

  static create(steps = new ReplaceableSteps()): Promise<StorageSubject> {
    return Promise.resolve(new MemorySubject(steps));
  }

  reopen(): Promise<void> {
    this.disk = this.steps.restarted(this.disk);
    this.store = new MemoryAuthStateStore(this.disk, this.steps);
    this.config = new MemoryConfigRepository(this.disk, this.steps);
    return Promise.resolve();
  }

  damageCredentials(accountId: AccountId): Promise<void> {
    const account = this.disk.accounts.get(this.steps.accountName(accountId));
    if (account) account.damaged = true;
    return Promise.resolve();
  }

  async whileFull(work: () => Promise<void>): Promise<void> {
    this.disk.full = true;
    await work();
    this.disk.full = false;
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

class MemoryAuthStateStore extends AuthStateStore {
  readonly #newest = new Map<string, { readonly epoch: number; readonly writer: MemoryAuthStateWriter }>();

  constructor(
    private readonly disk: Disk,
    private readonly steps: ReplaceableSteps,
  ) {
    super();
  }

  async load(accountId: AccountId): Promise<Uint8Array | null> {
    await Promise.resolve();
    const credentials = this.steps.load(this.disk.accounts.get(this.steps.accountName(accountId)));
    return credentials && this.steps.bytesOut(credentials);
  }

  async linked(page: Page): Promise<AccountId[]> {
    await Promise.resolve();
    const accounts = [...this.disk.accounts.values()].filter((account) => this.steps.listed(account));
    return this.steps.page(
      accounts.map(({ id }) => id),
      page,
    ) as AccountId[];
  }

  async open(lease: AccountLease): Promise<AuthStateWriter> {
    await Promise.resolve();
    const before = this.#newest.get(lease.accountId);
    const older = before !== undefined && before.epoch > lease.epoch;
    if (!this.steps.admitsOpen({ older, lost: lease.lost.aborted })) throw new AttemptOver();
    if (before) before.writer.superseded = true;
    const writer = new MemoryAuthStateWriter(this.disk, this.steps, lease);
    this.#newest.set(lease.accountId, { epoch: lease.epoch, writer });
    return writer;
  }
}

class MemoryAuthStateWriter extends AuthStateWriter {
  superseded = false;
  #closed = false;
  #draining = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly disk: Disk,
    private readonly steps: ReplaceableSteps,
    private readonly lease: AccountLease,
  ) {
    super();
  }

  read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.#queued(() => {
      const found = new Map<string, Uint8Array>();
      for (const id of ids) {
        const value = this.#account().keys.get(this.steps.keyName(type, id));
        if (value) found.set(id, this.steps.bytesOut(value));
      }
      return found;
    });
  }

  write(change: AuthStateChange): Promise<void> {
    return this.#queued(() => {
      this.steps.transaction(this.disk, this.#account(), (draft) => {
        this.#apply(draft, change);
      });
      const name = this.steps.accountName(this.lease.accountId);
      this.steps.written(this.disk, name, { accepted: change.connector !== undefined });
    });
  }

  erase(erasure?: ErasureRecord): Promise<void> {
    return this.#queued(() => {
      this.steps.erase(this.disk, this.lease.accountId, erasure);
    });
  }

  async close(mode: 'drain' | 'drop'): Promise<void> {
    if (mode === 'drain' && !this.#closed) this.#draining = true;
    this.#closed = true;
    if (mode === 'drain') await this.steps.drain(this.#last);
    this.#draining = false;
  }

  #queued<T>(work: () => T): Promise<T> {
    if (!this.#admitted(this.#closed)) return Promise.reject(new AttemptOver());
    const done = this.steps.turn(this.#last).then(() => {
      if (!this.#admitted(this.#closed && !this.#draining)) throw new AttemptOver();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  #admitted(closed: boolean): boolean {
    return this.steps.admits({ closed, superseded: this.superseded, lost: this.lease.lost.aborted });
  }

  #account(): StoredAccount {
    const { accountId } = this.lease;
    return this.disk.accounts.get(this.steps.accountName(accountId)) ?? emptyAccount(accountId);
  }

  #apply(draft: StoredAccount, { credentials, keys = [], connector }: AuthStateChange): void {
    if (credentials) {
      draft.credentials = this.steps.bytesIn(credentials);
      draft.damaged = false;
      draft.connector = this.steps.connectorWithoutAcceptance(this.lease.accountId, draft.connector);
    }
    if (connector) {
      const fresh = {
        confirmedAt: null,
        lastConnectedAt: null,
        unlinkedAt: null,
        lastError: null,
        parked: null,
      };
      const accepted = { accountId: this.lease.accountId, ...connector, ...fresh };
      draft.connector = this.steps.acceptedConnector(accepted, draft.connector);
    }
    for (const { type, id, value } of keys) {
      if (this.disk.full && value && value.length > LARGE_BYTES) throw new StorageFailed();
      if (value) draft.keys.set(this.steps.keyName(type, id), this.steps.bytesIn(value));
      else draft.keys.delete(this.steps.keyName(type, id));
    }
  }
}

class MemoryConfigRepository extends ConfigRepository {
  constructor(
    private readonly disk: Disk,
    private readonly steps: ReplaceableSteps,
  ) {
    super();
  }

  async find(accountId: AccountId): Promise<Connector | null> {
    await Promise.resolve();
    return this.disk.accounts.get(this.steps.accountName(accountId))?.connector ?? null;
  }

  async list(page: Page): Promise<Connector[]> {
    await Promise.resolve();
    const connectors = [...this.disk.accounts.values()].flatMap(({ connector }) => connector ?? []);
    const ids = this.steps.page(
      connectors.map(({ accountId }) => accountId),
      page,
    );
    return ids.flatMap((id) => connectors.find(({ accountId }) => accountId === id) ?? []);
  }

  async update(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    await Promise.resolve();
    const account = this.disk.accounts.get(this.steps.accountName(accountId));
    if (account?.connector) account.connector = this.steps.updated(account.connector, update);
    else this.steps.updateOfUnknown(this.disk, accountId);
  }

  async unconfirmedLogouts(page: Page): Promise<UnconfirmedLogout[]> {
    await Promise.resolve();
    const logouts = [...this.disk.logouts.values()];
    const ids = this.steps.page(
      logouts.map(({ accountId }) => accountId),
      page,
    );
    return ids.flatMap((id) => logouts.find(({ accountId }) => accountId === id) ?? []);
  }

  async forgetUnconfirmedLogout(accountId: AccountId): Promise<void> {
    await Promise.resolve();
    this.steps.forgetLogout(this.disk, this.steps.accountName(accountId));
  }

  async setting(name: string): Promise<string | null> {
    await Promise.resolve();
    return this.disk.settings.get(this.steps.settingName(name)) ?? null;
  }

  async saveSetting(name: string, value: string): Promise<void> {
    await Promise.resolve();
    this.disk.settings.set(this.steps.settingName(name), value);
  }
}
