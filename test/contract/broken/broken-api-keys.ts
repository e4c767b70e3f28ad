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
  ids: 'an id is given once: a second key with it is refused, and the first stays',
  itself: 'a key is revoked by itself',
  first: 'the first revocation stays',
  use: 'a use is noted, and nothing else of the key changes',
  latest: 'the latest use is the one that is remembered',
  unknown: 'an unknown id changes nothing',
  restart: 'all of it outlives a restart',
} as const;

export const brokenApiKeyStores: readonly BrokenApiKeys[] = [
  brokenStore('takes no accounts for all accounts', RULES.listed, {
    added: (key) => ({ ...key, accounts: key.accounts ?? [] }),
  }),
  brokenStore('rounds times to seconds', RULES.listed, {
    added: (key) => ({ ...key, createdAt: new Date(Math.floor(key.createdAt.getTime() / 1000) * 1000) }),
  }),
  brokenStore('sorts scopes', RULES.listed, {
    added: (key) => ({ ...key, scopes: [...key.scopes].sort() }),
  }),
  brokenStore('leaves out what was revoked', RULES.listed, {
    listed: (keys) => keys.filter(({ revokedAt }) => revokedAt === null),
  }),
  brokenStore('lists by time', RULES.order, {
    listed: (keys) => [...keys].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
  }),
  brokenStore('lists by id', RULES.order, {
    listed: (keys) => [...keys].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }),
  brokenStore('knows keys by their name', RULES.names, {
    admits: (key, rows) => [...rows.values()].every(({ name }) => name !== key.name),
  }),
  brokenStore('replaces a key', RULES.ids, { admits: () => true }),
  brokenStore('refuses in its own words', RULES.ids, {
    refusal: () => new Error('UNIQUE constraint failed'),
  }),
  brokenStore('takes ids for the same whatever their case', RULES.itself, {
    name: (id) => id.toLowerCase(),
    admits: () => true,
  }),
  brokenStore('moves the revocation', RULES.first, { revoked: (key, at) => ({ ...key, revokedAt: at }) }),
  brokenStore('takes the earliest revocation', RULES.first, {
    revoked: (key, at) => ({ ...key, revokedAt: key.revokedAt && key.revokedAt < at ? key.revokedAt : at }),
  }),
  brokenStore('revokes with a use', RULES.use, {
    used: (key, at) => ({ ...right.used(key, at), revokedAt: at }),
  }),
  brokenStore('forgets uses', RULES.use, { used: (key) => key }),
  brokenStore('remembers the use that was noted last', RULES.latest, {
    used: (key, at) => ({ ...key, lastUsedAt: at }),
  }),
  brokenStore('changes another key', RULES.unknown, {
    changeOfUnknown: (_, rows) => {
      for (const [id, key] of rows) rows.set(id, { ...key, revokedAt: new Date() });
    },
  }),
  brokenStore('forgets last uses at a restart', RULES.restart, {
    restarted: (rows) => new Map([...rows].map(([id, key]) => [id, { ...key, lastUsedAt: null }])),
  }),
  brokenStore('forgets revocations at a restart', RULES.restart, {
    restarted: (rows) => new Map([...rows].map(([id, key]) => [id, { ...key, revokedAt: null }])),
  }),
];
