import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GUARDED_CODES } from '../../src/security/security.openapi.js';
import { makeSecret } from '../../src/security/secret.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { PhoneNumber } from '../../src/whatsapp/domain/phone-number.js';
import { SCOPES, type Scope } from '../../src/whatsapp/domain/scope.js';
import { ROWS } from '../support/api-rows.js';
import type { Operation } from '../support/api-document.js';
import { PressedApi, type Call } from '../support/pressed-api.js';
import { bytesOf, sendRaw } from '../support/raw-http.js';
import { storeSecrets } from '../support/stored-secrets.js';
import { World } from '../support/world.js';

const MINE = 'mine' as AccountId;
const PAST = new Date(Date.now() - 3_600_000);

const without = (scope: Scope): Scope[] => SCOPES.filter((one) => one !== scope);

const KEYS = {
  right: {},
  expired: { expiresAt: PAST },
  revoked: { revokedAt: PAST },
  revokedAndExpired: { revokedAt: PAST, expiresAt: PAST },
  withoutread: { scopes: without('read') },
  withoutpair: { scopes: without('pair') },
  withoutdisconnect: { scopes: without('disconnect') },
  withoutadmin: { scopes: without('admin') },
  others: { accounts: ['other', 'min', 'mine-*', 'Mine'] },
} as const;

const LINKS = {
  open: { accountId: MINE },
  toRevoke: { accountId: MINE },
  bound: { accountId: MINE, expectedPhone: '491511234567' as PhoneNumber },
  expired: { accountId: MINE, expiresAt: PAST },
  revoked: { accountId: MINE, ended: { as: 'revoked', at: PAST } },
  used: { accountId: MINE, ended: { as: 'used', at: PAST } },
} as const;

/** Had in the tests of the limits. */
const ELSEWHERE = ['rate_limited'];

let world: World;
let api: PressedApi;
let keys: Readonly<Record<keyof typeof KEYS, string>>;
let links: Readonly<Record<keyof typeof LINKS, string>>;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'who-may-call-'));
  ({ keys, links } = await storeSecrets(dataDir, KEYS, LINKS));
  world = await World.create({ dataDir });
  api = await PressedApi.of(world);
});
afterAll(() => world.close());

const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });
const idOf = (secret: string): string => secret.split('_')[1] ?? '';

interface Refused {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  readonly challenge: string | null;
}

async function press(
  id: string,
  headers: Record<string, string>,
  accountId: string = MINE,
): Promise<Response> {
  const operation = api.operation(id);
  const path = operation.path.replace('{linkId}', idOf(links.toRevoke));
  return api.press({ ...operation, path }, { ...ROWS[id]?.call(accountId), headers });
}

async function refused(
  id: string,
  headers: Record<string, string>,
  accountId: string = MINE,
): Promise<Refused> {
  const operation = api.operation(id);
  const { query = '', body }: Call = ROWS[id]?.call(accountId) ?? {};
  const path = operation.path.replace('{linkId}', idOf(links.toRevoke));
  const response = await fetch(`${world.service.url}${path}${query}`, {
    method: operation.method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const value = JSON.parse(text) as { code: string };
  api.hold(operation, response, value);
  return {
    status: response.status,
    code: value.code,
    text,
    challenge: response.headers.get('www-authenticate'),
  };
}

const rows = Object.entries(ROWS);
const ofAccounts = rows.filter(([, { isOfAccount }]) => isOfAccount);
const forLinks = rows.filter(([, { isForLinks }]) => isForLinks);

describe('the table', () => {
  it('has a row for every route of the API, and the scope that its description names', () => {
    const documented = api.operations.filter(({ path }) => path.startsWith('/api/'));
    expect(Object.keys(ROWS).sort()).toEqual(documented.map(({ operationId }) => operationId).sort());
    for (const operation of documented as (Operation & {
      readonly 'x-scope'?: string;
      readonly security?: unknown;
    })[]) {
      const scope = ROWS[operation.operationId]?.scope;
      expect([operation.operationId, operation['x-scope']]).toEqual([operation.operationId, scope]);
      expect([operation.operationId, operation.security]).toEqual([
        operation.operationId,
        [{ key: [] }, { keyHeader: [] }, {}],
      ]);
      expect(operation.description).toContain(`Scope of the key: \`${String(scope)}\`.`);
    }
  });
});

describe('the document', () => {
  it('says how a key is shown, so that Swagger UI can', () => {
    expect((api.document.components as { readonly securitySchemes?: unknown }).securitySchemes).toMatchObject(
      {
        key: { type: 'http', scheme: 'bearer' },
        keyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    );
  });
});

describe('without a key that is good', () => {
  const UNKNOWN = makeSecret('wak').text;

  it.each<[string, () => Record<string, string>, string]>([
    ['no key', () => ({}), 'key_missing'],
    ['another scheme', () => ({ authorization: `Basic ${btoa(`x:${keys.right}`)}` }), 'key_missing'],
    ['a key that nobody has', () => bearer(UNKNOWN), 'key_invalid'],
    [
      'the id of a key, and another secret',
      () => bearer(`wak_${idOf(keys.right)}_${UNKNOWN.slice(13)}`),
      'key_invalid',
    ],
    ['a key that lost its last letter', () => bearer(keys.right.slice(0, -1)), 'key_invalid'],
    ['a key with a letter too much', () => bearer(`${keys.right}A`), 'key_invalid'],
    ['a password', () => bearer('secret'), 'key_invalid'],
    ['two keys that differ', () => ({ ...bearer(keys.right), 'x-api-key': UNKNOWN }), 'key_invalid'],
    ['two keys in one header', () => ({ 'x-api-key': `${keys.right}, ${keys.right}` }), 'key_invalid'],
    ['an expired key', () => bearer(keys.expired), 'key_expired'],
    ['a revoked key', () => bearer(keys.revoked), 'key_revoked'],
    ['a key that was revoked and has expired', () => bearer(keys.revokedAndExpired), 'key_revoked'],
    ['a link that nobody has', () => bearer(makeSecret('wpl').text), 'link_invalid'],
    ['the token of a link as a key', () => bearer(links.open.replace('wpl', 'wak')), 'key_invalid'],
    ['a key as the token of a link', () => bearer(keys.right.replace('wak', 'wpl')), 'link_invalid'],
    ['an expired link', () => bearer(links.expired), 'link_expired'],
    ['a revoked link', () => bearer(links.revoked), 'link_revoked'],
    ['a link that was used an hour ago', () => bearer(links.used), 'link_used'],
  ])('%s is refused on every route, in the same words', async (_, headers, code) => {
    const answers = new Set<string>();
    for (const [id] of rows) {
      const answer = await refused(id, headers());
      expect([id, answer]).toEqual([id, { status: 401, code, text: answer.text, challenge: 'Bearer' }]);
      answers.add(answer.text);
    }
    expect(answers.size).toBe(1);
  });

  it('a key in the address is none', async () => {
    for (const name of ['key', 'api_key', 'access_token', 'authorization', 'token']) {
      const path = `/api/whatsapp/status?${name}=${keys.right}`;
      expect((await world.service.call('GET', path)).status).toBe(401);
    }
  });

  it('another spelling of the address, or HEAD, does not help', async () => {
    for (const path of [
      '/api/whatsapp/accounts/',
      '/API/WhatsApp/Accounts',
      '/api/whatsapp/accounts?limit=1',
    ])
      expect((await world.service.call('GET', path)).status).toBe(401);
    for (const { method, path } of api.operations.filter(({ path }) => path.startsWith('/api/'))) {
      if (method !== 'GET') continue;
      const response = await fetch(world.service.url + path, { method: 'HEAD' });
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer',
      ]);
    }
  });

  it('the page, the documentation and the health can be seen: nothing of accounts stands there', async () => {
    for (const path of ['/', '/docs', '/docs-json', '/health/live', '/health/ready']) {
      const response = await fetch(world.service.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
  });
});

describe('with a key that may do less', () => {
  it.each(rows)('%s needs its scope, and all the others do not replace it', async (id, { scope }) => {
    expect(await refused(id, bearer(keys[`without${scope}`]))).toMatchObject({
      status: 403,
      code: 'scope_missing',
      challenge: null,
    });
  });

  it.each(ofAccounts)('%s is refused for accounts of others', async (id) => {
    expect(await refused(id, bearer(keys.others))).toMatchObject({
      status: 403,
      code: 'account_forbidden',
      challenge: null,
    });
  });

  it.each(rows.filter(([, { isForLinks }]) => !isForLinks))('%s is not for page links', async (id) => {
    expect(await refused(id, bearer(links.open))).toMatchObject({ status: 403, code: 'scope_missing' });
  });

  it.each(forLinks.filter(([, { isOfAccount }]) => isOfAccount))(
    '%s is refused with the page link of another account',
    async (id) => {
      expect(await refused(id, bearer(links.open), 'other')).toMatchObject({
        status: 403,
        code: 'account_forbidden',
      });
    },
  );

  it('a link that is bound to a number links no other', async () => {
    const call = {
      body: JSON.stringify({ accountId: MINE, phoneNumber: '+4915100000001' }),
      headers: bearer(links.bound),
    };
    expect((await api.press(api.operation('pair'), call)).status).toBe(403);
    expect([...api.provoked]).toContain('pair 403 number_forbidden');
  });

  it('nothing has happened', async () => {
    const { body: list } = await world.service.call(
      'GET',
      '/api/whatsapp/accounts',
      undefined,
      bearer(keys.right),
    );
    expect(list).toEqual({ accounts: [], next: null });
    const { body: made } = await world.service.call(
      'GET',
      '/api/whatsapp/links',
      undefined,
      bearer(keys.right),
    );
    expect((made as { links: unknown[] }).links).toHaveLength(Object.keys(LINKS).length);
    expect((await world.simulator.control.state()).counters.connections).toBe(0);
  });

  it('every refusal that is documented has been had', () => {
    const wanted = GUARDED_CODES.filter((code) => !ELSEWHERE.includes(code)) as readonly string[];
    const documented = api.operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const schema = content?.['application/json']?.schema as
          { properties?: { code?: { enum?: string[] } } } | undefined;
        const codes = schema?.properties?.code?.enum ?? [];
        return codes
          .filter((code) => wanted.includes(code))
          .map((code) => `${operationId} ${status} ${code}`);
      }),
    );
    expect(documented.length).toBeGreaterThan(100);
    expect(documented.filter((one) => !api.provoked.has(one))).toEqual([]);
  });
});

describe('with a key that may', () => {
  it.each(['authorization', 'x-api-key'])('every route answers, by %s', async (header) => {
    const value = header === 'authorization' ? `Bearer ${keys.right}` : keys.right;
    for (const [id, { status }] of rows) {
      const response = await press(id, { [header]: value });
      expect([id, response.status]).toEqual([id, status]);
    }
  });

  it('every route that is for page links answers one', async () => {
    for (const [id] of forLinks)
      expect([id, (await press(id, bearer(links.open))).status]).toEqual([id, 200]);
  });

  it('an account that is there is refused to others in the words for one that nobody has', async () => {
    expect((await press('pair', bearer(keys.right))).status).toBe(200);
    for (const [id] of ofAccounts) {
      const there = await refused(id, bearer(keys.others));
      const nowhere = await refused(id, bearer(keys.others), 'nobody');
      expect([id, there.code, there.text]).toEqual([id, 'account_forbidden', nowhere.text]);
    }
    expect((await press('stopPairing', bearer(keys.right))).status).toBe(200);
  });

  it('any name of this machine will do: the key is the proof', async () => {
    const under = async (...headers: [string, string][]): Promise<number | undefined> => {
      const target = '/api/whatsapp/status';
      const bytes = bytesOf({
        method: 'GET',
        target,
        headers: [['Host', 'wa.example.com'], ['Connection', 'close'], ...headers],
      });
      return (await sendRaw(world.service.url, bytes))[0]?.status;
    };
    expect(await under(['X-API-Key', keys.right])).toBe(200);
    expect(await under()).toBe(401);
  });
});
