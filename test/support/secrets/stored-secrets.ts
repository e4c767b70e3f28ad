import { keyOf } from '../../../src/security/keys/key-request.js';
import type { ApiKey } from '../../../src/security/ports/api-key.store.js';
import type { PageLink } from '../../../src/security/ports/page-link.store.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { SqliteApiKeyStore } from '../../../src/storage/sqlite/stores/sqlite-api-key.store.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { SqlitePageLinkStore } from '../../../src/storage/sqlite/stores/sqlite-page-link.store.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { SCOPES } from '../../../src/whatsapp/domain/scope.js';

type Texts<Name extends string> = Readonly<Record<Name, string>>;

/**
 * Adds keys and page links in any state to the store of a stopped service.
 * @returns their secrets
 */
export async function storeSecrets<Key extends string, Link extends string>(
  dataDirectory: string,
  keys: Readonly<Record<Key, Partial<ApiKey>>>,
  links: Readonly<Record<Link, Partial<PageLink> & { readonly accountId: AccountId }>>,
): Promise<{ readonly keys: Texts<Key>; readonly links: Texts<Link> }> {
  const database = await SqliteDatabase.open({ dataDirectory });
  try {
    return {
      keys: await storeKeys(new SqliteApiKeyStore(database), keys),
      links: await storeLinks(new SqlitePageLinkStore(database), links),
    };
  } finally {
    await database.close();
  }
}

async function storeKeys<Name extends string>(
  store: SqliteApiKeyStore,
  keys: Readonly<Record<Name, Partial<ApiKey>>>,
): Promise<Texts<Name>> {
  const texts: Record<string, string> = {};
  for (const [name, more] of Object.entries<Partial<ApiKey>>(keys)) {
    const { hash, text } = makeSecret('wak');
    const key = keyOf({ name, hash, scopes: SCOPES, accounts: null, lifetimeMs: null }, new Date());
    await store.add({ ...key, ...more });
    texts[name] = text;
  }
  return texts as Texts<Name>;
}

async function storeLinks<Name extends string>(
  store: SqlitePageLinkStore,
  links: Readonly<Record<Name, Partial<PageLink> & { readonly accountId: AccountId }>>,
): Promise<Texts<Name>> {
  const texts: Record<string, string> = {};
  const createdAt = new Date();
  for (const [name, more] of Object.entries<Partial<PageLink> & { readonly accountId: AccountId }>(links)) {
    const { hash, id, text } = makeSecret('wpl');
    await store.add({
      id,
      hash,
      expectedPhone: null,
      returnUrl: null,
      createdBy: null,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + 3_600_000),
      ended: null,
      ...more,
    });
    texts[name] = text;
  }
  return texts as Texts<Name>;
}
