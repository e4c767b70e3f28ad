import { AttemptOver, StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { Connector } from '../../../src/whatsapp/domain/connector.js';
import type { Remains } from '../../../src/whatsapp/domain/remains.js';
import type { Hold } from '../../../src/whatsapp/ports/account-ownership.js';
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
import { type Disk, emptyAccount, emptyDisk, type Page, Seams, type StoredAccount } from '../seams.js';
import type { StorageSubject } from '../storage-subject.js';

const LARGE_BYTES = 10_240;

/** Both storage ports in memory, as asynchronous as a store behind a network. */
export class MemorySubject implements StorageSubject {
  disk = emptyDisk();
  store: MemoryAuthStateStore;
  config: MemoryConfigRepository;

  private constructor(readonly seams: Seams) {
    this.store = new MemoryAuthStateStore(this.disk, seams);
    this.config = new MemoryConfigRepository(this.disk, seams);
  }

  static create(seams = new Seams()): Promise<StorageSubject> {
    return Promise.resolve(new MemorySubject(seams));
  }

  reopen(): Promise<void> {
    this.disk = this.seams.restarted(this.disk);
    this.store = new MemoryAuthStateStore(this.disk, this.seams);
    this.config = new MemoryConfigRepository(this.disk, this.seams);
    return Promise.resolve();
  }

  damageCredentials(accountId: AccountId): Promise<void> {
    const account = this.disk.accounts.get(this.seams.accountName(accountId));
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
    private readonly seams: Seams,
  ) {
    super();
  }

  async load(accountId: AccountId): Promise<Uint8Array | null> {
    await Promise.resolve();
    const credentials = this.seams.load(this.disk.accounts.get(this.seams.accountName(accountId)));
    return credentials && this.seams.bytesOut(credentials);
  }

  async linked(page: Page): Promise<AccountId[]> {
    await Promise.resolve();
    const accounts = [...this.disk.accounts.values()].filter((account) => this.seams.listed(account));
    return this.seams.page(
      accounts.map(({ id }) => id),
      page,
    ) as AccountId[];
  }

  async open(hold: Hold): Promise<AuthStateWriter> {
    await Promise.resolve();
    const before = this.#newest.get(hold.accountId);
    const older = before !== undefined && before.epoch > hold.epoch;
    if (!this.seams.admitsOpen({ older, lost: hold.lost.aborted })) throw new AttemptOver();
    if (before) before.writer.superseded = true;
    const writer = new MemoryAuthStateWriter(this.disk, this.seams, hold);
    this.#newest.set(hold.accountId, { epoch: hold.epoch, writer });
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
    private readonly seams: Seams,
    private readonly hold: Hold,
  ) {
    super();
  }

  read(type: string, ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.#queued(() => {
      const found = new Map<string, Uint8Array>();
      for (const id of ids) {
        const value = this.#account().keys.get(this.seams.keyName(type, id));
        if (value) found.set(id, this.seams.bytesOut(value));
      }
      return found;
    });
  }

  write(change: AuthStateChange): Promise<void> {
    return this.#queued(() => {
      this.seams.transaction(this.disk, this.#account(), (draft) => {
        this.#apply(draft, change);
      });
      const name = this.seams.accountName(this.hold.accountId);
      this.seams.written(this.disk, name, { accepted: change.connector !== undefined });
    });
  }

  erase(remains?: Remains): Promise<void> {
    return this.#queued(() => {
      this.seams.erase(this.disk, this.hold.accountId, remains);
    });
  }

  async close(mode: 'drain' | 'drop'): Promise<void> {
    if (mode === 'drain' && !this.#closed) this.#draining = true;
    this.#closed = true;
    if (mode === 'drain') await this.seams.drain(this.#last);
    this.#draining = false;
  }

  #queued<T>(work: () => T): Promise<T> {
    if (!this.#admitted(this.#closed)) return Promise.reject(new AttemptOver());
    const done = this.seams.turn(this.#last).then(() => {
      if (!this.#admitted(this.#closed && !this.#draining)) throw new AttemptOver();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  #admitted(closed: boolean): boolean {
    return this.seams.admits({ closed, superseded: this.superseded, lost: this.hold.lost.aborted });
  }

  #account(): StoredAccount {
    const { accountId } = this.hold;
    return this.disk.accounts.get(this.seams.accountName(accountId)) ?? emptyAccount(accountId);
  }

  #apply(draft: StoredAccount, { credentials, keys = [], connector }: AuthStateChange): void {
    if (credentials) {
      draft.credentials = this.seams.bytesIn(credentials);
      draft.damaged = false;
      draft.connector = this.seams.connectorWithoutAcceptance(this.hold.accountId, draft.connector);
    }
    if (connector) {
      const fresh = {
        confirmedAt: null,
        lastConnectedAt: null,
        unlinkedAt: null,
        lastError: null,
        parked: null,
      };
      const accepted = { accountId: this.hold.accountId, ...connector, ...fresh };
      draft.connector = this.seams.acceptedConnector(accepted, draft.connector);
    }
    for (const { type, id, value } of keys) {
      if (this.disk.full && value && value.length > LARGE_BYTES) throw new StorageFailed();
      if (value) draft.keys.set(this.seams.keyName(type, id), this.seams.bytesIn(value));
      else draft.keys.delete(this.seams.keyName(type, id));
    }
  }
}

class MemoryConfigRepository extends ConfigRepository {
  constructor(
    private readonly disk: Disk,
    private readonly seams: Seams,
  ) {
    super();
  }

  async find(accountId: AccountId): Promise<Connector | null> {
    await Promise.resolve();
    return this.disk.accounts.get(this.seams.accountName(accountId))?.connector ?? null;
  }

  async list(page: Page): Promise<Connector[]> {
    await Promise.resolve();
    const connectors = [...this.disk.accounts.values()].flatMap(({ connector }) => connector ?? []);
    const ids = this.seams.page(
      connectors.map(({ accountId }) => accountId),
      page,
    );
    return ids.flatMap((id) => connectors.find(({ accountId }) => accountId === id) ?? []);
  }

  async update(accountId: AccountId, update: ConnectorUpdate): Promise<void> {
    await Promise.resolve();
    const account = this.disk.accounts.get(this.seams.accountName(accountId));
    if (account?.connector) account.connector = this.seams.updated(account.connector, update);
    else this.seams.updateOfUnknown(this.disk, accountId);
  }

  async unconfirmedLogouts(page: Page): Promise<UnconfirmedLogout[]> {
    await Promise.resolve();
    const logouts = [...this.disk.logouts.values()];
    const ids = this.seams.page(
      logouts.map(({ accountId }) => accountId),
      page,
    );
    return ids.flatMap((id) => logouts.find(({ accountId }) => accountId === id) ?? []);
  }

  async forgetUnconfirmedLogout(accountId: AccountId): Promise<void> {
    await Promise.resolve();
    this.seams.forgetLogout(this.disk, this.seams.accountName(accountId));
  }

  async setting(name: string): Promise<string | null> {
    await Promise.resolve();
    return this.disk.settings.get(this.seams.settingName(name)) ?? null;
  }

  async saveSetting(name: string, value: string): Promise<void> {
    await Promise.resolve();
    this.disk.settings.set(this.seams.settingName(name), value);
  }
}
