import { type ApiKey, ApiKeyStore } from '../../../src/security/ports/api-key.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { ApiKeySubject } from '../suites/api-key-store.contract.js';

type Rows = Map<string, ApiKey>;

/** The steps in which a store of API keys can be wrong. The defaults follow every rule; a broken store replaces one. */
export class ApiKeyReplaceableSteps {
  name(id: string): string {
    return id;
  }

  added(key: ApiKey): ApiKey {
    return key;
  }

  admits(key: ApiKey, rows: Rows): boolean {
    return !rows.has(this.name(key.id));
  }

  refusal(): Error {
    return new StorageFailed();
  }

  listed(keys: readonly ApiKey[]): readonly ApiKey[] {
    return keys;
  }

  revoked(key: ApiKey, at: Date): ApiKey {
    return { ...key, revokedAt: key.revokedAt ?? at };
  }

  used(key: ApiKey, at: Date): ApiKey {
    return { ...key, lastUsedAt: key.lastUsedAt && key.lastUsedAt > at ? key.lastUsedAt : at };
  }

  changeOfUnknown(_id: string, _rows: Rows): void {
    return;
  }

  restarted(rows: Rows): Rows {
    return rows;
  }
}

/** An `ApiKeyStore` in memory. It is asynchronous, like a store behind a network. */
export class MemoryApiKeyStore extends ApiKeyStore {
  /** While true, every change is refused. */
  isFailing = false;

  constructor(
    readonly rows: Rows = new Map<string, ApiKey>(),
    private readonly steps = new ApiKeyReplaceableSteps(),
  ) {
    super();
  }

  async list(): Promise<readonly ApiKey[]> {
    await Promise.resolve();
    return this.steps.listed([...this.rows.values()]);
  }

  async add(key: ApiKey): Promise<void> {
    await this.#writing();
    if (!this.steps.admits(key, this.rows)) throw this.steps.refusal();
    this.rows.set(this.steps.name(key.id), this.steps.added(key));
  }

  revoke(id: string, at: Date): Promise<void> {
    return this.#change(id, (key) => this.steps.revoked(key, at));
  }

  noteUse(id: string, at: Date): Promise<void> {
    return this.#change(id, (key) => this.steps.used(key, at));
  }

  async #change(id: string, changed: (key: ApiKey) => ApiKey): Promise<void> {
    await this.#writing();
    const name = this.steps.name(id);
    const key = this.rows.get(name);
    if (key) this.rows.set(name, changed(key));
    else this.steps.changeOfUnknown(id, this.rows);
  }

  async #writing(): Promise<void> {
    await Promise.resolve();
    if (this.isFailing) throw new StorageFailed({ cause: new Error('the disk is full') });
  }
}

export function memoryApiKeySubject(steps = new ApiKeyReplaceableSteps()): Promise<ApiKeySubject> {
  let keys = new MemoryApiKeyStore(new Map(), steps);
  return Promise.resolve({
    get keys() {
      return keys;
    },
    reopen: () => {
      keys = new MemoryApiKeyStore(steps.restarted(keys.rows), steps);
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  });
}
