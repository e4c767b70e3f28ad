import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../../src/security/access/secret.js';
import { type CallAnswer, callFrom, type CallFrom } from '../../support/clients/call-from.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const REQUESTS = 12;
const PAIRINGS = 3;
const PROXY = '127.9.9.9';

const KEYS = Array.from({ length: 20 }, () => makeSecret('wak'));
const READER = makeSecret('wak');
const STATUS: CallFrom = { path: '/api/whatsapp/status' };

let setup: TestEnvironment;
let addresses = 0;
let keys = 0;

beforeAll(async () => {
  const entries = KEYS.map(({ hash }, n) => `key${n}:${hash}`);
  setup = await TestEnvironment.create({
    environment: {
      WHATSAPP_REQUESTS_PER_MINUTE: String(REQUESTS),
      WHATSAPP_PAIRINGS_PER_MINUTE: String(PAIRINGS),
      WHATSAPP_TRUSTED_PROXIES: `${PROXY}, 10.0.0.0/8`,
      WHATSAPP_API_KEYS: [...entries, `reader:${READER.hash}:read`].join(),
    },
  });
});
afterAll(() => setup.close());

/** Returns an address that no test has used yet. */
function newAddress(): string {
  addresses += 1;
  return `127.1.0.${addresses}`;
}

/** Returns a key that no test has used yet. */
function newKey(): string {
  const key = KEYS[keys++];
  if (!key) throw new Error('all keys of the test are used');
  return key.text;
}

const call = (from: string, what: CallFrom): Promise<CallAnswer> => callFrom(from, setup.service.url, what);
const keyed = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const pairing = (key: string, accountId: string): CallFrom => ({
  method: 'POST',
  path: '/api/whatsapp/pair',
  headers: { ...keyed(key), 'content-type': 'application/json' },
  body: JSON.stringify({ accountId }),
});

/** Repeats a call until it is limited. Returns the other answers; the wait is more than 30 s and at most a minute. */
async function callUntilLimited(from: string, what: CallFrom, maximum: number): Promise<CallAnswer[]> {
  const answers: CallAnswer[] = [];
  for (let n = 0; n <= maximum; n++) {
    const answer = await call(from, what);
    if (answer.status === 429) {
      expect(answer).toMatchObject({ code: 'rate_limited' });
      expect(answer.retryAfterS).toBeGreaterThan(30);
      expect(answer.retryAfterS).toBeLessThanOrEqual(60);
      return answers;
    }
    answers.push(answer);
  }
  return answers;
}

describe('rate limits', () => {
  it.each<[what: string, asked: CallFrom, status: number]>([
    ['without a key', STATUS, 401],
    ['with an unknown key', { ...STATUS, headers: keyed(makeSecret('wak').text) }, 401],
    ['with a partial key', { ...STATUS, headers: keyed('wak_') }, 401],
    [
      'with the wrong secret of a key',
      { ...STATUS, headers: keyed(`${READER.text.slice(0, 13)}${'A'.repeat(43)}`) },
      401,
    ],
    [
      'with two keys',
      { ...STATUS, headers: { ...keyed(READER.text), 'x-api-key': makeSecret('wak').text } },
      401,
    ],
    ['with the token of a link', { ...STATUS, headers: keyed(makeSecret('wpl').text) }, 401],
    ['for the page', { path: '/' }, 200],
    ['for a file of the page', { path: '/assets/page.css' }, 200],
    ['for the documentation', { path: '/docs-json' }, 200],
    ['for an unknown path', { path: '/none' }, 404],
    [
      'with a body that is no JSON',
      {
        method: 'POST',
        path: '/api/whatsapp/pair',
        headers: { 'content-type': 'application/json' },
        body: '{',
      },
      400,
    ],
  ])('requests %s are counted by address', async (_, asked, status) => {
    const address = newAddress();
    const answers = await callUntilLimited(address, asked, REQUESTS);
    expect(answers.map((answer) => answer.status)).toEqual(Array(REQUESTS).fill(status));
    // Every path counts for the address. Other addresses, and keys from this address, are not limited.
    expect(await call(address, STATUS)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(await call(newAddress(), asked)).toMatchObject({ status });
    expect(await call(address, { path: '/health/live' })).toMatchObject({ status: 200 });
    expect(await call(address, { ...STATUS, headers: keyed(newKey()) })).toMatchObject({ status: 200 });
  });

  it('requests from pages of other sites are counted apart', async () => {
    const address = newAddress();
    const asked = { ...STATUS, headers: { 'sec-fetch-site': 'cross-site' } };
    expect(await callUntilLimited(address, asked, REQUESTS)).toHaveLength(REQUESTS);
    expect(await call(address, STATUS)).toMatchObject({ status: 401 });
  });

  it('requests with a key are counted by key, from any address and to any path', async () => {
    const key = newKey();
    const asked: readonly (readonly [CallFrom, number])[] = [
      [STATUS, 200],
      [{ ...pairing(key, 'keyed'), body: '{' }, 400],
      [{ path: '/none' }, 404],
      [{ path: '/docs-json' }, 200],
    ];
    for (let n = 0; n < REQUESTS; n++) {
      const [what, status] = asked[n % asked.length] ?? [STATUS, 200];
      expect(
        await call(newAddress(), { ...what, headers: { ...what.headers, ...keyed(key) } }),
      ).toMatchObject({
        status,
      });
    }
    for (const [what] of asked) {
      const headers = { ...what.headers, ...keyed(key) };
      expect(await call(newAddress(), { ...what, headers })).toMatchObject({
        status: 429,
        code: 'rate_limited',
      });
    }
    expect(await call(newAddress(), { ...STATUS, headers: { 'x-api-key': key } })).toMatchObject({
      status: 429,
    });
    expect(await call(newAddress(), { ...STATUS, headers: keyed(newKey()) })).toMatchObject({ status: 200 });
  });

  it('requests that the scope of the key forbids are counted too', async () => {
    const address = newAddress();
    const asked = { ...pairing(READER.text, 'forbidden') };
    const answers = await callUntilLimited(address, asked, REQUESTS);
    expect(answers.map(({ code }) => code)).toEqual(Array(REQUESTS).fill('scope_missing'));
    expect(await call(address, STATUS)).toMatchObject({ status: 401 });
  });

  it('starts of pairings have a lower limit', async () => {
    const [one, other] = [newKey(), newKey()];
    const address = newAddress();
    const answers = await callUntilLimited(address, pairing(one, 'often'), REQUESTS);
    expect(answers.map(({ status }) => status)).toEqual(Array(PAIRINGS).fill(200));
    expect(await call(address, { ...STATUS, headers: keyed(one) })).toMatchObject({ status: 200 });
    expect(await call(address, pairing(other, 'often'))).toMatchObject({ status: 200 });
  });

  it('a refusal by a rate limit is logged once, with advice', async () => {
    const [key, address] = [newKey(), newAddress()];
    const name = `key${keys - 1}`;
    await callUntilLimited(address, { ...STATUS, headers: keyed(key) }, REQUESTS);
    await callUntilLimited(address, STATUS, REQUESTS);
    for (let n = 0; n < 3; n++) {
      await call(address, STATUS);
      await call(address, { ...STATUS, headers: keyed(key) });
    }
    const logged = setup.service.output.split('\n').filter((line) => line.includes('More than'));
    expect(logged.filter((line) => line.includes(`from the key "${name}"`))).toHaveLength(1);
    const ofAddress = logged.filter((line) => line.includes(`from ${address},`));
    expect(ofAddress).toEqual([expect.stringContaining('WHATSAPP_TRUSTED_PROXIES')]);
    expect(ofAddress[0]).toContain(
      `More than ${REQUESTS} requests within a minute (WHATSAPP_REQUESTS_PER_MINUTE)`,
    );
    expect(setup.service.output).not.toContain(key);
  });

  it('a refused pairing is in the audit trail once', async () => {
    const key = newKey();
    await callUntilLimited(newAddress(), pairing(key, 'limited'), REQUESTS);
    for (let n = 0; n < 3; n++) await call(newAddress(), pairing(key, 'limited'));
    const answer = await setup.service.call(
      'GET',
      '/api/whatsapp/audit?accountId=limited',
      undefined,
      keyed(newKey()),
    );
    const { entries } = answer.body as { entries: { result: string }[] };
    expect(entries.map(({ result }) => result)).toEqual([
      'rate_limited',
      ...Array<string>(PAIRINGS).fill('ok'),
    ]);
  });
});

describe('the counted address', () => {
  const forwarded = (forwardedFor: string): CallFrom => ({
    ...STATUS,
    headers: { 'x-forwarded-for': forwardedFor },
  });

  it('the address of the connection counts, whatever the client claims', async () => {
    const address = newAddress();
    for (let n = 0; n < REQUESTS; n++) {
      expect(await call(address, forwarded(`198.51.100.${n}`))).toMatchObject({ status: 401 });
    }
    expect(await call(address, forwarded('198.51.100.99'))).toMatchObject({ status: 429 });
    expect(await call(PROXY, forwarded('198.51.100.1'))).toMatchObject({ status: 401 });
  });

  it('the address from a trusted proxy counts, and not the address that the client sent to the proxy', async () => {
    for (let n = 0; n < REQUESTS; n++) {
      expect(await call(PROXY, forwarded(`198.51.100.${n}, 203.0.113.1, 10.0.0.1`))).toMatchObject({
        status: 401,
      });
    }
    expect(await call(PROXY, forwarded('198.51.100.99, 203.0.113.1'))).toMatchObject({ status: 429 });
    expect(await call(PROXY, forwarded('203.0.113.2'))).toMatchObject({ status: 401 });
  });

  it('the /64 network of an IPv6 address counts', async () => {
    for (let n = 0; n < REQUESTS; n++) {
      expect(await call(PROXY, forwarded(`2001:db8:1:2:${n}::1`))).toMatchObject({ status: 401 });
    }
    expect(await call(PROXY, forwarded('2001:db8:1:2:ffff::1'))).toMatchObject({ status: 429 });
    expect(await call(PROXY, forwarded('2001:db8:1:3::1'))).toMatchObject({ status: 401 });
  });
});
