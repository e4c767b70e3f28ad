import { ApiKeyReplaceableSteps } from '../memory/memory-api-keys.js';

/** A store of API keys with one fault, and the rule that must detect it. */
export interface BrokenApiKeys {
  readonly wrong: string;
  readonly caughtBy: string;
  readonly steps: ApiKeyReplaceableSteps;
}

const right = new ApiKeyReplaceableSteps();

function brokenStore(
  wrong: string,
  caughtBy: string,
  overrides: Partial<ApiKeyReplaceableSteps>,
): BrokenApiKeys {
  return { wrong, caughtBy, steps: Object.assign(new ApiKeyReplaceableSteps(), overrides) };
}

const RULES = {
  listed: 'a key is listed as it was added',
  order: 'keys are listed in the order in which they were added',
  names: 'several keys can have the same name',
  ids: 'a second key with the same id is refused, and the first key stays',
  itself: 'a revocation concerns only its own key',
  first: 'the time of the first revocation stays',
  use: 'a use changes only the time of the last use of its key',
  latest: 'the time of the latest use is kept',
  unknown: 'a change of an unknown id changes nothing',
  restart: 'keys, revocations and uses are kept over a restart',
} as const;

export const brokenApiKeyStores: readonly BrokenApiKeys[] = [
  brokenStore('stores all accounts as no accounts', RULES.listed, {
    added: (key) => ({ ...key, accounts: key.accounts ?? [] }),
  }),
  brokenStore('rounds times to seconds', RULES.listed, {
    added: (key) => ({ ...key, createdAt: new Date(Math.floor(key.createdAt.getTime() / 1000) * 1000) }),
  }),
  brokenStore('sorts scopes', RULES.listed, {
    added: (key) => ({ ...key, scopes: [...key.scopes].sort() }),
  }),
  brokenStore('does not list revoked keys', RULES.listed, {
    listed: (keys) => keys.filter(({ revokedAt }) => revokedAt === null),
  }),
  brokenStore('lists keys by time', RULES.order, {
    listed: (keys) => [...keys].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
  }),
  brokenStore('lists by id', RULES.order, {
    listed: (keys) => [...keys].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }),
  brokenStore('refuses a second key with the same name', RULES.names, {
    admits: (key, rows) => [...rows.values()].every(({ name }) => name !== key.name),
  }),
  brokenStore('replaces a key', RULES.ids, { admits: () => true }),
  brokenStore('refuses with an error of its own', RULES.ids, {
    refusal: () => new Error('UNIQUE constraint failed'),
  }),
  brokenStore('ignores the case of ids', RULES.itself, {
    name: (id) => id.toLowerCase(),
    admits: () => true,
  }),
  brokenStore('replaces the time of a revocation', RULES.first, {
    revoked: (key, at) => ({ ...key, revokedAt: at }),
  }),
  brokenStore('keeps the earliest time of a revocation', RULES.first, {
    revoked: (key, at) => ({ ...key, revokedAt: key.revokedAt && key.revokedAt < at ? key.revokedAt : at }),
  }),
  brokenStore('revokes a key that is used', RULES.use, {
    used: (key, at) => ({ ...right.used(key, at), revokedAt: at }),
  }),
  brokenStore('does not store uses', RULES.use, { used: (key) => key }),
  brokenStore('keeps the use that was stored last', RULES.latest, {
    used: (key, at) => ({ ...key, lastUsedAt: at }),
  }),
  brokenStore('changes all keys for an unknown id', RULES.unknown, {
    changeOfUnknown: (_, rows) => {
      for (const [id, key] of rows) rows.set(id, { ...key, revokedAt: new Date() });
    },
  }),
  brokenStore('loses last uses at a restart', RULES.restart, {
    restarted: (rows) => new Map([...rows].map(([id, key]) => [id, { ...key, lastUsedAt: null }])),
  }),
  brokenStore('loses revocations at a restart', RULES.restart, {
    restarted: (rows) => new Map([...rows].map(([id, key]) => [id, { ...key, revokedAt: null }])),
  }),
];
