import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GUARDED_CODES } from '../../../src/security/api/security.openapi.js';
import type { Operation } from '../../support/openapi/api-document.js';
import { ROWS } from '../../support/openapi/api-rows.js';
import { GuardedRoutes } from '../../support/openapi/guarded-routes.js';
import { DocumentedApi } from '../../support/clients/documented-api.js';
import { ALIKE, ratioOfTimes } from '../../support/ratio-of-times.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import {
  bearer,
  idOf,
  KEYS,
  LINKS,
  MINE,
  REFUSED,
  type TestSecrets,
} from '../../support/secrets/test-credentials.js';
import { storeSecrets } from '../../support/secrets/stored-secrets.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

/** Codes that the tests of the rate limits provoke. */
const ELSEWHERE = ['rate_limited'];

let setup: TestEnvironment;
let api: DocumentedApi;
let routes: GuardedRoutes;
let keys: TestSecrets['keys'];
let links: TestSecrets['links'];

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'who-may-call-'));
  ({ keys, links } = await storeSecrets(dataDir, KEYS, LINKS));
  setup = await TestEnvironment.create({ dataDir });
  api = await DocumentedApi.of(setup);
  routes = new GuardedRoutes(api, idOf(links.toRevoke));
});
afterAll(() => setup.close());

const rows = Object.entries(ROWS);
const ofAccounts = rows.filter(([, { isOfAccount }]) => isOfAccount);
const forLinks = rows.filter(([, { isForLinks }]) => isForLinks);

/** Pairs another number than the one of the page link. */
function pairOtherNumber(): Promise<Response> {
  const body = JSON.stringify({ accountId: MINE, phoneNumber: '+4915100000001' });
  return api.press(api.operation('pair'), { body, headers: bearer(links.bound) });
}

describe('table of routes', () => {
  it('the table has every route of the API, with the scope of its description', () => {
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

describe('OpenAPI document', () => {
  it('the document describes both headers for a key, so that Swagger UI can send them', () => {
    expect((api.document.components as { readonly securitySchemes?: unknown }).securitySchemes).toMatchObject(
      {
        key: { type: 'http', scheme: 'bearer' },
        keyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    );
  });
});

describe('requests without a valid key', () => {
  it.each(REFUSED)('%s is refused on every route with the same answer', async (_, shown, code) => {
    const answers = new Set<string>();
    for (const [id] of rows) {
      const answer = await routes.refuse(id, shown({ keys, links }));
      expect([id, answer]).toEqual([id, { status: 401, code, text: answer.text, challenge: 'Bearer' }]);
      answers.add(answer.text);
    }
    expect(answers.size).toBe(1);
  });

  it('a key in the URL is not accepted', async () => {
    for (const name of ['key', 'api_key', 'access_token', 'authorization', 'token']) {
      const path = `/api/whatsapp/status?${name}=${keys.right}`;
      expect((await setup.service.call('GET', path)).status).toBe(401);
    }
  });

  it('another spelling of the path, or HEAD, does not avoid the key', async () => {
    for (const path of [
      '/api/whatsapp/accounts/',
      '/API/WhatsApp/Accounts',
      '/api/whatsapp/accounts?limit=1',
    ])
      expect((await setup.service.call('GET', path)).status).toBe(401);
    for (const { method, path } of api.operations.filter(({ path }) => path.startsWith('/api/'))) {
      if (method !== 'GET') continue;
      const response = await fetch(setup.service.url + path, { method: 'HEAD' });
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer',
      ]);
    }
  });

  it('the page, the documentation and the health checks need no key, because they show no accounts', async () => {
    for (const path of ['/', '/docs', '/docs-json', '/health/live', '/health/ready']) {
      const response = await fetch(setup.service.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
  });
});

describe('requests beyond the permissions of a key', () => {
  it.each(rows)('%s needs its own scope, and all other scopes do not replace it', async (id, { scope }) => {
    expect(await routes.refuse(id, bearer(keys[`without${scope}`]))).toMatchObject({
      status: 403,
      code: 'scope_missing',
      challenge: null,
    });
  });

  it.each(ofAccounts)('%s is refused for accounts that the key may not access', async (id) => {
    expect(await routes.refuse(id, bearer(keys.others))).toMatchObject({
      status: 403,
      code: 'account_forbidden',
      challenge: null,
    });
  });

  it.each(rows.filter(([, { isForLinks }]) => !isForLinks))('%s is refused with a page link', async (id) => {
    expect(await routes.refuse(id, bearer(links.open))).toMatchObject({ status: 403, code: 'scope_missing' });
  });

  it.each(forLinks.filter(([, { isOfAccount }]) => isOfAccount))(
    '%s is refused with the page link of another account',
    async (id) => {
      expect(await routes.refuse(id, bearer(links.open), 'other')).toMatchObject({
        status: 403,
        code: 'account_forbidden',
      });
    },
  );

  it('a link for one number links no other number', async () => {
    expect((await pairOtherNumber()).status).toBe(403);
    expect([...api.provoked]).toContain('pair 403 number_forbidden');
  });

  it('refused requests have no effect', async () => {
    const { body: list } = await setup.service.call(
      'GET',
      '/api/whatsapp/accounts',
      undefined,
      bearer(keys.right),
    );
    expect(list).toEqual({ accounts: [], next: null });
    const { body: made } = await setup.service.call(
      'GET',
      '/api/whatsapp/links',
      undefined,
      bearer(keys.right),
    );
    expect((made as { links: unknown[] }).links).toHaveLength(Object.keys(LINKS).length);
    expect((await setup.simulator.control.state()).counters.connections).toBe(0);
  });

  it('the tests have provoked every documented refusal', async () => {
    // Also those of the tests above, which may not have run.
    for (const [id, { scope, isOfAccount = false }] of rows) {
      for (const [, shown] of REFUSED) await routes.refuse(id, shown({ keys, links }));
      await routes.refuse(id, bearer(keys[`without${scope}`]));
      if (isOfAccount) await routes.refuse(id, bearer(keys.others));
    }
    await pairOtherNumber();
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

describe('requests within the permissions of a key', () => {
  it.each(['authorization', 'x-api-key'])('every route answers a key in the header %s', async (header) => {
    const value = header === 'authorization' ? `Bearer ${keys.right}` : keys.right;
    for (const [id, { status }] of rows) {
      expect([id, await routes.press(id, { [header]: value })]).toEqual([id, status]);
    }
  });

  it('every route that is open to page links answers a page link', async () => {
    for (const [id] of forLinks) expect([id, await routes.press(id, bearer(links.open))]).toEqual([id, 200]);
  });

  it('a forbidden account gets the same answer whether it exists or not', async () => {
    expect(await routes.press('pair', bearer(keys.right))).toBe(200);
    for (const [id] of ofAccounts) {
      const existing = await routes.refuse(id, bearer(keys.others));
      const missing = await routes.refuse(id, bearer(keys.others), 'unknown');
      expect([id, existing.code, existing.text]).toEqual([id, 'account_forbidden', missing.text]);
    }
    expect(await routes.press('stopPairing', bearer(keys.right))).toBe(200);
  });

  it.each(ofAccounts)(
    '%s refuses an existing and an unknown account in the same time',
    async (id) => {
      expect(await routes.press('pair', bearer(keys.right))).toBe(200);
      const shown = bearer(keys.others);
      const { low, high } = await ratioOfTimes(
        () => routes.ms(id, shown, MINE),
        () => routes.ms(id, shown, 'none'),
      );
      expect(low).toBeGreaterThan(ALIKE.low);
      expect(high).toBeLessThan(ALIKE.high);
    },
    120_000,
  );

  it('a request with a key may use any host name', async () => {
    const under = async (...headers: [string, string][]): Promise<number | undefined> => {
      const target = '/api/whatsapp/status';
      const bytes = bytesOf({
        method: 'GET',
        target,
        headers: [['Host', 'wa.example.com'], ['Connection', 'close'], ...headers],
      });
      return (await sendRaw(setup.service.url, bytes))[0]?.status;
    };
    expect(await under(['X-API-Key', keys.right])).toBe(200);
    expect(await under()).toBe(401);
  });
});
