import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkPage, MadeLink } from '../../../src/security/page-links/page-link.service.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import {
  type Answer,
  NO_SERVER,
  outcomeOf,
  ServiceProcess,
} from '../../support/processes/service-process.js';
import { timeLimit } from '../../support/time/time-limit.js';

const PHONE = '4915112345678';

const office = makeSecret('wak');
const shop = makeSecret('wak');

let dataDir: string;
let service: ServiceProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-'));
  service = await ServiceProcess.start({
    dataDir,
    // No test pairs, so no server is needed.
    server: NO_SERVER,
    environment: {
      WHATSAPP_API_KEYS: `office:${office.hash},shop:${shop.hash}:pair+read:shop-*`,
      WHATSAPP_PUBLIC_URL: 'https://wa.example.com/',
      WHATSAPP_RETURN_URLS: 'https://app.example.com, https://app.example.org/a',
    },
  });
});
afterAll(async () => {
  await service.stop();
  await rm(dataDir, { recursive: true });
});

type Key = typeof office;

const ask = (key: Key, method: string, path: string, body?: unknown): Promise<Answer> =>
  service.call(method, `/api/whatsapp/${path}`, body, { 'x-api-key': key.text });
const order = (key: Key, more: object): Promise<Answer> =>
  ask(key, 'POST', 'links', { accountId: 'shop-1', expiresInSeconds: 60, ...more });
const made = async (key: Key, more: object): Promise<MadeLink> => (await order(key, more)).body;
const list = async (key: Key, query = ''): Promise<LinkPage> => (await ask(key, 'GET', `links${query}`)).body;

describe('creation of page links', () => {
  it.each([
    ['a lifetime of less than a minute', { expiresInSeconds: 59 }],
    ['a lifetime of more than a week', { expiresInSeconds: 604_801 }],
    ['a fractional lifetime', { expiresInSeconds: 60.5 }],
    ['a text as lifetime', { expiresInSeconds: '60' }],
    ['null as lifetime', { expiresInSeconds: null }],
    ['no lifetime', { expiresInSeconds: undefined }],
    ['an invalid phone number', { expectedPhoneNumber: '0151' }],
    ['null as return URL', { returnUrl: null }],
    ['a return URL that is too long', { returnUrl: `https://app.example.com/${'x'.repeat(2_048)}` }],
    ['an unknown field', { returnURL: 'https://app.example.com/' }],
  ])('a link with %s is refused', async (_what, more) => {
    expect(outcomeOf(await order(office, more))).toEqual([400, 'invalid_request']);
  });

  it.each([
    'https://app.example.com.evil.com/',
    'javascript:alert(1)',
    '//app.example.com',
    'https://app.example.org/',
  ])('a link with the return URL %s is refused', async (returnUrl) => {
    expect(outcomeOf(await order(office, { returnUrl }))).toEqual([400, 'return_url_refused']);
  });

  it('the URL of a link is the configured address of the service, whatever the request contains', async () => {
    const { linkId, url, expiresAt } = await made(office, { returnUrl: 'https://app.example.org/a/b' });
    expect(url).toMatch(new RegExp(`^https://wa\\.example\\.com/#wpl_${linkId}_[\\w-]{43}$`));
    expect(Math.abs(Date.parse(String(expiresAt)) - Date.now() - 60_000)).toBeLessThan(timeLimit(10_000));
  });

  it('the list of links has pages, latest first, without tokens and phone numbers', async () => {
    const links = [];
    for (let i = 0; i < 3; i += 1)
      links.push(await made(office, { accountId: 'listed', expectedPhoneNumber: PHONE }));
    const [first, second, third] = links.map(({ linkId }) => linkId);
    const page = await list(office, '?accountId=listed&limit=2');
    expect(page.links.map(({ linkId }) => linkId)).toEqual([third, second]);
    expect(page.next).toBe(second);
    const rest = await list(office, `?accountId=listed&limit=2&after=${String(second)}`);
    expect(rest).toEqual({
      links: [
        {
          linkId: first,
          accountId: 'listed',
          state: 'open',
          createdAt: expect.any(String),
          createdBy: 'office',
          expiresAt: links[0]?.expiresAt,
          endedAt: null,
          expectsNumber: true,
          returnUrl: null,
        },
      ],
      next: null,
    });
    const listed = JSON.stringify(await list(office));
    expect(listed).not.toContain(PHONE);
    for (const { url } of links) expect(listed).not.toContain(url.slice(-43));
  });

  it('a key does not see links of accounts that it may not access', async () => {
    const own = await made(shop, {});
    const others = await made(office, { accountId: 'sales' });
    const { links } = await list(shop);
    expect(new Set(links.map(({ accountId }) => accountId))).toEqual(new Set(['shop-1']));
    expect(links[0]).toMatchObject({ linkId: own.linkId, createdBy: 'shop' });
    expect(outcomeOf(await order(shop, { accountId: 'sales' }))).toEqual([403, 'account_forbidden']);
    expect(outcomeOf(await ask(shop, 'GET', 'links?accountId=sales'))).toEqual([403, 'account_forbidden']);
    const unknown = await ask(shop, 'DELETE', 'links/nononono');
    expect(outcomeOf(unknown)).toEqual([404, 'link_unknown']);
    expect((await ask(shop, 'DELETE', `links/${others.linkId}`)).body).toEqual(unknown.body);
    for (const after of ['nononono', others.linkId])
      expect(await list(shop, `?after=${after}`)).toEqual({ links: [], next: null });
    expect((await list(office, '?accountId=sales')).links).toMatchObject([{ state: 'open' }]);
  });

  it('GET /link is refused for a caller without a page link', async () => {
    expect(outcomeOf(await ask(office, 'GET', 'link'))).toEqual([404, 'not_found']);
    expect(outcomeOf(await service.call('GET', '/api/whatsapp/link'))).toEqual([401, 'key_missing']);
  });

  it('the audit trail has the creation and the revocation of a link, with its id', async () => {
    const { linkId } = await made(shop, { accountId: 'shop-2' });
    await ask(office, 'DELETE', `links/${linkId}`);
    const { entries } = (await ask(office, 'GET', 'audit?accountId=shop-2')).body as { entries: unknown[] };
    expect(entries).toMatchObject([
      { action: 'revoke_link', by: { kind: 'key', name: 'office' }, subject: linkId, result: 'ok' },
      { action: 'create_link', by: { kind: 'key', name: 'shop' }, subject: linkId, result: 'ok' },
    ]);
  });
});
