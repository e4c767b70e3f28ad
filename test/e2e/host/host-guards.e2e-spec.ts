import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { as, BASE, HostedTenants, outcome, read } from '../../support/host/hosted-tenants.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';

const ORDER = 'provided, made, scoped, instance';
const ALL = ['read', 'pair', 'disconnect', 'admin'] as const;

let tenants: HostedTenants;

beforeAll(async () => {
  tenants = await HostedTenants.start(
    {
      red: { scopes: ALL, prefix: 'red-' },
      reader: { scopes: ['read'], prefix: 'red-' },
      refused: { scopes: ALL, refusing: true },
      proven: { scopes: ALL, authenticated: true },
    },
    ['https://Office.example.com/', 'http://office.example.com:80'],
  );
});
afterAll(() => tenants.close());

describe('the guards of a host application', () => {
  it('the guards run in their order, whether provided, created by Nest, request-scoped or an instance', async () => {
    const { status, headers } = await tenants.host.send(`${BASE}/status`);
    expect([status, headers.get('x-guards')]).toEqual([200, ORDER]);
  });

  it.each(['provided', 'made', 'scoped', 'instance'])(
    'a refusal by the %s guard, in each form, is answered by the filter of the host',
    async (name) => {
      const asked = ORDER.slice(0, ORDER.indexOf(name) + name.length);
      for (const form of ['false', 'promise', 'observable', 'throw', 'reject']) {
        const verdict = { 'x-verdict': `${name} ${form}` };
        const refused = await tenants.host.post(`${BASE}/pair`, { accountId: 'refused' }, verdict);
        const expected = form === 'throw' || form === 'reject' ? 401 : 403;
        expect([read(refused), refused.headers.get('x-guards')]).toEqual([
          [expected, { problem: expected }],
          asked,
        ]);
      }
      expect((await tenants.host.send(`${BASE}/status?accountId=refused`)).text).toContain('"status":"idle"');
    },
  );

  it('a cross-site request is refused before the guards run, and the guards run before validation', async () => {
    const foreign = await tenants.host.send(`${BASE}/status`, {
      headers: { origin: 'https://evil.example' },
    });
    expect([outcome(foreign), foreign.headers.get('x-guards')]).toEqual([[403, 'cross_site'], null]);
    const invalid = await tenants.host.send(`${BASE}/status?no=1`, {
      headers: { 'x-verdict': 'instance false' },
    });
    expect(read(invalid)).toEqual([403, { problem: 403 }]);
    expect(read(await tenants.get('unknown', 'status'))).toEqual([401, { problem: 401 }]);
  });

  it('the guards know the scope that a route needs', async () => {
    const may = async (method: 'get' | 'post', path: string): Promise<number> => {
      const answer =
        method === 'get'
          ? tenants.get('reader', path)
          : tenants.post('reader', path, { accountId: 'red-none' });
      return (await answer).status;
    };
    const query = '?accountId=red-none';
    expect(await may('get', `status${query}`)).toBe(200);
    expect(await may('get', `pair${query}`)).toBe(200);
    expect(await may('get', 'accounts')).toBe(200);
    expect(await may('get', `pair/qr${query}`)).toBe(403);
    for (const path of ['pair', 'pair/stop', 'disconnect']) expect(await may('post', path)).toBe(403);
  });
});

describe('a caller whose onMutation refuses', () => {
  it('a refused request changes nothing and is answered with the code of the refusal', async () => {
    for (const path of ['pair', 'pair/stop', 'disconnect']) {
      const answer = await tenants.post('refused', path, { accountId: 'not-begun' });
      expect(read(answer)).toEqual([
        429,
        { ok: false, statusCode: 429, error: 'Too Many Requests', code: 'busy', message: 'Not now.' },
      ]);
    }
    expect((await tenants.get('refused', 'status?accountId=not-begun')).text).toContain('"status":"idle"');
    expect(outcome(await tenants.post('refused', 'pair', { accountId: '' }))).toEqual([
      400,
      'invalid_request',
    ]);
    const { begun } = await tenants.host.tenant('refused');
    expect(begun).toEqual(Array.from({ length: 3 }, () => 'refused not-begun'));
  });
});

describe('requests under a foreign Host or from a foreign Origin', () => {
  const under = async (name: string, headers: Record<string, string> = {}): Promise<number | undefined> => {
    const lines = { Host: name, Connection: 'close', ...headers };
    const bytes = bytesOf({ method: 'GET', target: `${BASE}/status`, headers: Object.entries(lines) });
    return (await sendRaw(tenants.host.url, bytes))[0]?.status;
  };

  it('a foreign Host is permitted only to an authenticated caller, and never from a page of another site', async () => {
    expect(await under('rebound.example')).toBe(403);
    expect(await under('rebound.example', as('red'))).toBe(403);
    expect(await under('rebound.example', as('proven'))).toBe(200);
    // Authentication does not outweigh the headers that a browser adds for a page of another site.
    expect(await under('rebound.example', { ...as('proven'), Origin: 'https://evil.example' })).toBe(403);
    expect(await under('rebound.example', { ...as('proven'), 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  });

  it('a page of another site may call only when its exact origin is configured', async () => {
    const from = async (origin: string): Promise<number> => {
      const headers = { origin, 'sec-fetch-site': 'cross-site' };
      return (await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'office' }, headers)).status;
    };
    expect(await from('https://office.example.com')).toBe(200);
    expect(await from('http://office.example.com')).toBe(200);
    for (const origin of [
      'https://office.example.com:8443',
      'https://office.example.com.evil.example',
      'https://evil.example',
      'null',
    ])
      expect([origin, await from(origin)]).toEqual([origin, 403]);
    expect(await under('rebound.example', { Origin: 'https://office.example.com' })).toBe(403);
  });
});
