import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkPage, MadeLink } from '../../../src/security/page-links/page-link.service.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { ServiceProcess } from '../../support/processes/service-process.js';
import type { Answer } from '../../support/processes/service-process.js';
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
    server: { url: 'ws://127.0.0.1:9/ws' },
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
const codeOf = ({ status, body }: Answer): unknown[] => [status, (body as { code?: string }).code];
const order = (key: Key, more: object): Promise<Answer> =>
  ask(key, 'POST', 'links', { accountId: 'shop-1', expiresInSeconds: 60, ...more });
const made = async (key: Key, more: object): Promise<MadeLink> => (await order(key, more)).body;
const list = async (key: Key, query = ''): Promise<LinkPage> => (await ask(key, 'GET', `links${query}`)).body;

describe('whoever makes links', () => {
  it.each([
    ['less than a minute', { expiresInSeconds: 59 }],
    ['more than a week', { expiresInSeconds: 604_801 }],
    ['half a second', { expiresInSeconds: 60.5 }],
    ['a text for a time', { expiresInSeconds: '60' }],
    ['null for a time', { expiresInSeconds: null }],
    ['no time', { expiresInSeconds: undefined }],
    ['a number that is none', { expectedPhoneNumber: '0151' }],
    ['null for an address', { returnUrl: null }],
    ['a long address', { returnUrl: `https://app.example.com/${'x'.repeat(2_048)}` }],
    ['an unknown field', { returnURL: 'https://app.example.com/' }],
  ])('cannot ask for %s', async (_what, more) => {
    expect(codeOf(await order(office, more))).toEqual([400, 'invalid_request']);
  });

  it.each([
    'https://app.example.com.evil.com/',
    'javascript:alert(1)',
    '//app.example.com',
    'https://app.example.org/',
  ])('cannot have the page lead to %s', async (returnUrl) => {
    expect(codeOf(await order(office, { returnUrl }))).toEqual([400, 'return_url_refused']);
  });

  it('get an address that is the service’s own, whatever the request says of it', async () => {
    const { linkId, url, expiresAt } = await made(office, { returnUrl: 'https://app.example.org/a/b' });
    expect(url).toMatch(new RegExp(`^https://wa\\.example\\.com/#wpl_${linkId}_[\\w-]{43}$`));
    expect(Math.abs(Date.parse(String(expiresAt)) - Date.now() - 60_000)).toBeLessThan(timeLimit(10_000));
  });

  it('see them in pages, the latest first, without tokens and phone numbers', async () => {
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

  it('know nothing of the links of accounts that are not theirs', async () => {
    const own = await made(shop, {});
    const others = await made(office, { accountId: 'sales' });
    const { links } = await list(shop);
    expect(new Set(links.map(({ accountId }) => accountId))).toEqual(new Set(['shop-1']));
    expect(links[0]).toMatchObject({ linkId: own.linkId, createdBy: 'shop' });
    expect(codeOf(await order(shop, { accountId: 'sales' }))).toEqual([403, 'account_forbidden']);
    expect(codeOf(await ask(shop, 'GET', 'links?accountId=sales'))).toEqual([403, 'account_forbidden']);
    const unknown = await ask(shop, 'DELETE', 'links/nononono');
    expect(codeOf(unknown)).toEqual([404, 'link_unknown']);
    expect((await ask(shop, 'DELETE', `links/${others.linkId}`)).body).toEqual(unknown.body);
    for (const after of ['nononono', others.linkId])
      expect(await list(shop, `?after=${after}`)).toEqual({ links: [], next: null });
    expect((await list(office, '?accountId=sales')).links).toMatchObject([{ state: 'open' }]);
  });

  it('have come with no link themselves', async () => {
    expect(codeOf(await ask(office, 'GET', 'link'))).toEqual([404, 'not_found']);
    expect(codeOf(await service.call('GET', '/api/whatsapp/link'))).toEqual([401, 'key_missing']);
  });

  it('stand in the audit trail, with the link', async () => {
    const { linkId } = await made(shop, { accountId: 'shop-2' });
    await ask(office, 'DELETE', `links/${linkId}`);
    const { entries } = (await ask(office, 'GET', 'audit?accountId=shop-2')).body as { entries: unknown[] };
    expect(entries).toMatchObject([
      { action: 'revoke_link', by: { kind: 'key', name: 'office' }, subject: linkId, result: 'ok' },
      { action: 'create_link', by: { kind: 'key', name: 'shop' }, subject: linkId, result: 'ok' },
    ]);
  });
});
