import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { KeyDesk } from '../../support/store/key-desk.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { World } from '../../support/processes/world.js';
import { newKey, Office } from './access.js';
import { startChromium } from './chromium.js';
import { Shop } from './shop.js';
import { Visitor } from './visitor.js';

const ON_A_PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const READER = newKey('reader', 'read');
const PAIRER = newKey('pairer', 'pair');
const BRANCH = newKey('branch', 'read+pair:branch-*');
const STRANGER = newKey('stranger', 'read');

let world: World;
let browser: Browser;
let shop: Shop;
let visitor: Visitor;
const office = new Office(() => world);

beforeAll(async () => {
  shop = await Shop.open();
  const environment = {
    WHATSAPP_API_KEYS: [office.key, READER, PAIRER, BRANCH].map(({ entry }) => entry).join(),
    WHATSAPP_RETURN_URLS: `${shop.url}thanks`,
  };
  [world, browser] = await Promise.all([
    World.create({ timings: { ...SHORT_TIMINGS, ...PATIENT }, environment }),
    startChromium(),
  ]);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});
afterAll(async () => {
  await browser.close();
  shop.close();
  await world.close();
});

const open = async (url: string, options?: BrowserContextOptions): Promise<void> => {
  visitor = await Visitor.arrive(browser, url, options);
};
const visit = (query: string): Promise<void> => open(`${world.service.url}/${query}`);
const scan = (qr: string, phone = world.newPhone()) => world.simulator.control.scan({ qr, phone });

async function showKey({ text }: { readonly text: string }): Promise<void> {
  await visitor.page.getByLabel('API key').fill(text);
  await visitor.press('Open');
}

/** What of the page is for those who run accounts, and not for a customer. */
async function forOperators(): Promise<string[]> {
  const parts = ['#others', '#docs', '#forget-key', '#disconnect', '#with-key'];
  const shown = await Promise.all(parts.map((part) => visitor.page.isVisible(part)));
  return parts.filter((_, index) => shown[index]);
}

describe('a customer with a link', () => {
  it('links the phone that is meant, and goes on to where the link leads', async () => {
    const phone = world.newPhone();
    const ending = phone.slice(-2);
    const { url, token } = await office.link('customer-1', {
      expectedPhoneNumber: `+${phone}`,
      returnUrl: `${shop.url}thanks?order=7`,
    });
    await open(url);
    await visitor.sees('Link your WhatsApp');
    expect(visitor.page.url()).toBe(`${world.service.url}/`);
    expect(await visitor.reads('#lead')).toContain(`with the number ending in ${ending}`);
    expect(await forOperators()).toEqual([]);
    expect(await visitor.inspect('18-link')).toEqual([]);

    await visitor.page.getByLabel('Link with the phone number instead').fill('+4915112345678');
    await visitor.press('Get a code');
    await visitor.page
      .locator('#phone-number-problem', {
        hasText: `This link is only for the number ending in ${ending}.`,
      })
      .waitFor();
    expect(await visitor.inspect('19-another-number')).toEqual([]);

    await visitor.press('Show a QR code');
    const first = await visitor.scan();
    expect(await visitor.reads('#lead')).toBe(`Use the phone with the number ending in ${ending}.`);
    await visitor.page.reload();
    expect(await visitor.scan()).toBe(first);
    expect(await visitor.inspect('20-link-qr')).toEqual([]);
    expect(await scan(await visitor.scan(), phone)).toMatchObject({ paired: true });
    await visitor.sees('Your WhatsApp is linked');
    expect(await forOperators()).toEqual([]);
    expect(await visitor.inspect('21-linked-by-link')).toEqual([]);
    expect(await visitor.exposes(token)).toEqual([]);

    await visitor.page.getByRole('link', { name: 'Continue' }).click();
    await visitor.page.waitForURL(`${shop.url}**`);
    expect(visitor.problems.splice(0)).toEqual([`asked ${shop.url}thanks?order=7`]);
    const [{ path, headers } = { path: '', headers: {} }] = shop.visits;
    expect([path, headers.referer]).toEqual(['/thanks?order=7', undefined]);
    expect(JSON.stringify(headers)).not.toContain(token);
  });

  it('can do it on the phone itself, with a code and the keyboard alone', async () => {
    const phone = world.newPhone();
    await open((await office.link('customer-2')).url, ON_A_PHONE);
    await visitor.sees('Link your WhatsApp');
    await visitor.page.focus('#pair');
    await visitor.page.keyboard.press('Tab');
    expect(await visitor.hasFocus('#phone-number')).toBe(true);
    await visitor.page.keyboard.type(`+${phone}`);
    await visitor.page.keyboard.press('Enter');
    const code = await visitor.typedCode();
    expect(await world.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await visitor.sees('Your WhatsApp is linked');
    expect(await visitor.reads('#lead')).toBe('You can close this page.');
    expect(await visitor.page.isVisible('#onward')).toBe(false);
  });

  it('is told that a link works once', async () => {
    const { url } = await office.link('customer-3');
    await open(url);
    await visitor.press('Show a QR code');
    expect(await scan(await visitor.scan())).toMatchObject({ paired: true });
    await visitor.sees('Your WhatsApp is linked');
    await office.call('POST', 'disconnect', { accountId: 'customer-3' });
    await visitor.sees('This link has been used');
    expect(await visitor.inspect('22-link-used')).toEqual([]);
    await visitor.page.reload();
    await visitor.press('Show a QR code');
    await visitor.sees('This link has been used');
  });

  it('is told that it was withdrawn, and sees no code any more', async () => {
    const { url, linkId } = await office.link('customer-4');
    await open(url);
    await visitor.press('Show a QR code');
    await visitor.scan();
    await office.call('DELETE', `links/${linkId}`);
    await visitor.sees('This link has been withdrawn', 2_000);
    expect(await visitor.page.isVisible('#qr')).toBe(false);
    expect(await visitor.page.isVisible('#actions button')).toBe(false);
  });

  it('is told that it has expired', async () => {
    await open((await office.link('customer-5', { expiresInSeconds: 60 })).url);
    await visitor.sees('Link your WhatsApp');
    await world.service.shiftClock(61_000);
    await visitor.press('Show a QR code');
    await visitor.sees('This link has expired');
    await world.service.shiftClock(0);
  });

  it('is told that half a link leads nowhere, and can open the whole one in the same place', async () => {
    const { url, token } = await office.link('customer-6');
    await open(url.slice(0, -5));
    await visitor.sees('This link does not work');
    expect(await visitor.exposes(token.slice(0, -5))).toEqual([]);
    await visitor.page.evaluate(`location.hash = '${token}'`);
    await visitor.sees('Link your WhatsApp');
    expect(await visitor.exposes(token)).toEqual([]);
  });
});

describe('somebody with a key', () => {
  it('is asked for it, once', async () => {
    await visit('?accountId=keyed');
    await visitor.sees('This service asks for a key');
    expect(await visitor.inspect('23-key')).toEqual([]);
    const problem = visitor.page.locator('#key-problem');
    await showKey({ text: 'open sesame' });
    await problem.filter({ hasText: 'keys begin with “wak_”' }).waitFor();
    await showKey(STRANGER);
    await problem.filter({ hasText: 'The service does not know this key.' }).waitFor();
    expect(await visitor.hasFocus('#key')).toBe(true);
    expect(await visitor.inspect('24-wrong-key')).toEqual([]);
    await visitor.page.keyboard.type(office.key.text);
    await visitor.page.keyboard.press('Enter');
    await visitor.sees('Link this account');
    await visitor.press('Show a QR code');
    expect(await scan(await visitor.scan())).toMatchObject({ paired: true });
    await visitor.sees('Connected');
    await visitor.page.reload();
    await visitor.sees('Connected');
    await visitor.page
      .getByRole('link', { name: /^keyed/ })
      .filter({ hasText: 'Connected' })
      .waitFor();
    expect(await visitor.exposes(office.key.text)).toEqual([]);
    expect(await visitor.inspect('25-with-key')).toEqual([]);
  });

  it('takes it away again, and nothing of the account stays', async () => {
    await visit('?accountId=keyed');
    await showKey(office.key);
    await visitor.sees('Connected');
    const number = await visitor.reads('#number');
    await visitor.press('Forget the key');
    await visitor.sees('This service asks for a key');
    expect(await visitor.page.content()).not.toContain(number);
    expect(await visitor.page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).toBe('{}');
  });

  it('that may only read sees no code, and is told what it needs', async () => {
    await visit('?accountId=looked-at');
    await showKey(READER);
    await visitor.sees('Link this account');
    await visitor.press('Show a QR code');
    await visitor.page.locator('#notice-message', { hasText: 'The key in use may not do this.' }).waitFor();
    expect(await visitor.reads('#notice-advice')).toBe('It would need the scope “pair”.');
    await office.call('POST', 'pair', { accountId: 'looked-at' });
    const code = await office.code('looked-at');
    await visitor.sees('Somebody is linking this account');
    expect(await visitor.reads('#lead')).toBe('Someone who may pair sees the code.');
    expect(await visitor.inspect('26-may-not-see')).toEqual([]);
    expect(await scan(code)).toMatchObject({ paired: true });
    await visitor.sees('Connected');
  });

  it('that may not read is told so', async () => {
    await visit('?accountId=unseen');
    await showKey(PAIRER);
    await visitor.sees('This key shows nothing here');
  });

  it('for other accounts is told so, and finds them beside', async () => {
    await office.call('POST', 'pair', { accountId: 'branch-1' });
    await visit('?accountId=keyed');
    await showKey(BRANCH);
    await visitor.sees('Not an account of this key');
    expect(await visitor.inspect('27-other-accounts')).toEqual([]);
    await visitor.page.getByRole('link', { name: /^branch-1/ }).click();
    await visitor.sees('Scan this code');
    await visitor.press('Stop');
    await visitor.sees('Link this account');
  });

  it('that is revoked sees no more from that moment on', async () => {
    const keys = new KeyDesk(world.dataDir);
    const text = await keys.create('guest');
    await visit('?accountId=keyed');
    await showKey({ text });
    await visitor.sees('Connected');
    const number = await visitor.reads('#number');
    await keys.revoke('guest');
    await visitor.page.locator('#key-problem', { hasText: 'This key has been revoked.' }).waitFor();
    expect(await visitor.page.content()).not.toContain(number);
    expect(await visitor.page.isVisible('#others')).toBe(false);
  });
});
