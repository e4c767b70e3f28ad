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
  it.each(REFUSED)('%s is refused on every route, in the same words', async (_, shown, code) => {
    const answers = new Set<string>();
    for (const [id] of rows) {
      const answer = await routes.refuse(id, shown({ keys, links }));
      expect([id, answer]).toEqual([id, { status: 401, code, text: answer.text, challenge: 'Bearer' }]);
      answers.add(answer.text);
    }
    expect(answers.size).toBe(1);
  });

  it('a key in the address is none', async () => {
    for (const name of ['key', 'api_key', 'access_token', 'authorization', 'token']) {
      const path = `/api/whatsapp/status?${name}=${keys.right}`;
      expect((await setup.service.call('GET', path)).status).toBe(401);
    }
  });

  it('another spelling of the address, or HEAD, does not help', async () => {
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

  it('the page, the documentation and the health can be seen: nothing of accounts stands there', async () => {
    for (const path of ['/', '/docs', '/docs-json', '/health/live', '/health/ready']) {
      const response = await fetch(setup.service.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
  });
});

describe('with a key that may do less', () => {
  it.each(rows)('%s needs its scope, and all the others do not replace it', async (id, { scope }) => {
    expect(await routes.refuse(id, bearer(keys[`without${scope}`]))).toMatchObject({
      status: 403,
      code: 'scope_missing',
      challenge: null,
    });
  });

  it.each(ofAccounts)('%s is refused for accounts of others', async (id) => {
    expect(await routes.refuse(id, bearer(keys.others))).toMatchObject({
      status: 403,
      code: 'account_forbidden',
      challenge: null,
    });
  });

  it.each(rows.filter(([, { isForLinks }]) => !isForLinks))('%s is not for page links', async (id) => {
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

  it('a link that is bound to a number links no other', async () => {
    const call = {
      body: JSON.stringify({ accountId: MINE, phoneNumber: '+4915100000001' }),
      headers: bearer(links.bound),
    };
    expect((await api.press(api.operation('pair'), call)).status).toBe(403);
    expect([...api.provoked]).toContain('pair 403 number_forbidden');
  });

  it('nothing has happened', async () => {
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
      expect([id, await routes.press(id, { [header]: value })]).toEqual([id, status]);
    }
  });

  it('every route that is for page links answers one', async () => {
    for (const [id] of forLinks) expect([id, await routes.press(id, bearer(links.open))]).toEqual([id, 200]);
  });

  it('an account that is there is refused to others in the words for one that nobody has', async () => {
    expect(await routes.press('pair', bearer(keys.right))).toBe(200);
    for (const [id] of ofAccounts) {
      const existing = await routes.refuse(id, bearer(keys.others));
      const missing = await routes.refuse(id, bearer(keys.others), 'unknown');
      expect([id, existing.code, existing.text]).toEqual([id, 'account_forbidden', missing.text]);
    }
    expect(await routes.press('stopPairing', bearer(keys.right))).toBe(200);
  });

  it.each(ofAccounts)(
    '%s takes as long to refuse the one as the other',
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

  it('any name of this machine will do: the key is the proof', async () => {
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
