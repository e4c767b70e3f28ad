import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { KeyCommandClient } from '../../support/store/key-command-client.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';
import { newKey, ApiClient } from './api-client.js';
import { startChromium } from './chromium.js';
import { ReturnSite } from './return-site.js';
import { PageDriver } from './page-driver.js';

const ON_A_PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const READER = newKey('reader', 'read');
const PAIRER = newKey('pairer', 'pair');
const BRANCH = newKey('branch', 'read+pair:branch-*');
const STRANGER = newKey('stranger', 'read');

let setup: TestEnvironment;
let browser: Browser;
let returnSite: ReturnSite;
let driver: PageDriver;
const api = new ApiClient(() => setup);

beforeAll(async () => {
  returnSite = await ReturnSite.open();
  const environment = {
    WHATSAPP_API_KEYS: [api.key, READER, PAIRER, BRANCH].map(({ entry }) => entry).join(),
    WHATSAPP_RETURN_URLS: `${returnSite.url}thanks`,
  };
  [setup, browser] = await Promise.all([
    TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT }, environment }),
    startChromium(),
  ]);
});
afterEach(async () => {
  expect(driver.problems).toEqual([]);
  await driver.leave();
});
afterAll(async () => {
  await browser.close();
  returnSite.close();
  await setup.close();
});

const open = async (url: string, options?: BrowserContextOptions): Promise<void> => {
  driver = await PageDriver.arrive(browser, url, options);
};
const visit = (query: string): Promise<void> => open(`${setup.service.url}/${query}`);
const scan = (qr: string, phone = setup.newPhone()) => setup.simulator.control.scan({ qr, phone });

async function showKey({ text }: { readonly text: string }): Promise<void> {
  await driver.page.getByLabel('API key').fill(text);
  await driver.press('Open');
}

/** Returns the visible parts of the page that are for operators and not for customers. */
async function forOperators(): Promise<string[]> {
  const parts = ['#others', '#docs', '#forget-key', '#disconnect', '#with-key'];
  const shown = await Promise.all(parts.map((part) => driver.page.isVisible(part)));
  return parts.filter((_, index) => shown[index]);
}

describe('the page with a page link', () => {
  it('a customer links the required phone and continues to the return address', async () => {
    const phone = setup.newPhone();
    const ending = phone.slice(-2);
    const { url, token } = await api.link('customer-1', {
      expectedPhoneNumber: `+${phone}`,
      returnUrl: `${returnSite.url}thanks?order=7`,
    });
    await open(url);
    await driver.sees('Link your WhatsApp');
    expect(driver.page.url()).toBe(`${setup.service.url}/`);
    expect(await driver.reads('#lead')).toContain(`with the number ending in ${ending}`);
    expect(await forOperators()).toEqual([]);
    expect(await driver.inspect('18-link')).toEqual([]);

    await driver.page.getByLabel('Link with the phone number instead').fill('+4915112345678');
    await driver.press('Get a code');
    await driver.page
      .locator('#phone-number-problem', {
        hasText: `This link is only for the number ending in ${ending}.`,
      })
      .waitFor();
    expect(await driver.inspect('19-another-number')).toEqual([]);

    await driver.press('Show a QR code');
    const first = await driver.scan();
    expect(await driver.reads('#lead')).toBe(`Use the phone with the number ending in ${ending}.`);
    await driver.page.reload();
    expect(await driver.scan()).toBe(first);
    expect(await driver.inspect('20-link-qr')).toEqual([]);
    expect(await scan(await driver.scan(), phone)).toMatchObject({ paired: true });
    await driver.sees('Your WhatsApp is linked');
    expect(await forOperators()).toEqual([]);
    expect(await driver.inspect('21-linked-by-link')).toEqual([]);
    expect(await driver.exposes(token)).toEqual([]);

    await driver.page.getByRole('link', { name: 'Continue' }).click();
    await driver.page.waitForURL(`${returnSite.url}**`);
    expect(driver.problems.splice(0)).toEqual([`requested ${returnSite.url}thanks?order=7`]);
    const [{ path, headers } = { path: '', headers: {} }] = returnSite.visits;
    expect([path, headers.referer]).toEqual(['/thanks?order=7', undefined]);
    expect(JSON.stringify(headers)).not.toContain(token);
  });

  it('a customer links on the phone itself, by phone code and with the keyboard alone', async () => {
    const phone = setup.newPhone();
    await open((await api.link('customer-2')).url, ON_A_PHONE);
    await driver.sees('Link your WhatsApp');
    await driver.page.focus('#pair');
    await driver.page.keyboard.press('Tab');
    expect(await driver.hasFocus('#phone-number')).toBe(true);
    await driver.page.keyboard.type(`+${phone}`);
    await driver.page.keyboard.press('Enter');
    const code = await driver.typedCode();
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await driver.sees('Your WhatsApp is linked');
    expect(await driver.reads('#lead')).toBe('You can close this page.');
    expect(await driver.page.isVisible('#onward')).toBe(false);
  });

  it('a customer sees that a used link works only once', async () => {
    const { url } = await api.link('customer-3');
    await open(url);
    await driver.press('Show a QR code');
    expect(await scan(await driver.scan())).toMatchObject({ paired: true });
    await driver.sees('Your WhatsApp is linked');
    await api.call('POST', 'disconnect', { accountId: 'customer-3' });
    await driver.sees('This link has been used');
    expect(await driver.inspect('22-link-used')).toEqual([]);
    await driver.page.reload();
    await driver.press('Show a QR code');
    await driver.sees('This link has been used');
  });

  it('a customer of a withdrawn link sees that it is withdrawn, and no code', async () => {
    const { url, linkId } = await api.link('customer-4');
    await open(url);
    await driver.press('Show a QR code');
    await driver.scan();
    const begun = performance.now();
    await api.call('DELETE', `links/${linkId}`);
    await driver.sees('This link has been withdrawn');
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 2_000));
    expect(await driver.page.isVisible('#qr')).toBe(false);
    expect(await driver.page.isVisible('#actions button')).toBe(false);
  });

  it('a customer sees that a link has expired', async () => {
    await open((await api.link('customer-5', { expiresInSeconds: 60 })).url);
    await driver.sees('Link your WhatsApp');
    await setup.service.shiftClock(61_000);
    await driver.press('Show a QR code');
    await driver.sees('This link has expired');
    await setup.service.shiftClock(0);
  });

  it('a customer sees that an incomplete link does not work, and can open the complete one in the same tab', async () => {
    const { url, token } = await api.link('customer-6');
    await open(url.slice(0, -5));
    await driver.sees('This link does not work');
    expect(await driver.exposes(token.slice(0, -5))).toEqual([]);
    await driver.page.evaluate(`location.hash = '${token}'`);
    await driver.sees('Link your WhatsApp');
    expect(await driver.exposes(token)).toEqual([]);
  });
});

describe('the page with an API key', () => {
  it('the page asks for a key once', async () => {
    await visit('?accountId=keyed');
    await driver.sees('This service requires a key');
    expect(await driver.inspect('23-key')).toEqual([]);
    const problem = driver.page.locator('#key-problem');
    await showKey({ text: 'open sesame' });
    await problem.filter({ hasText: 'Keys begin with “wak_”' }).waitFor();
    await showKey(STRANGER);
    await problem.filter({ hasText: 'The service does not know this key.' }).waitFor();
    expect(await driver.hasFocus('#key')).toBe(true);
    expect(await driver.inspect('24-wrong-key')).toEqual([]);
    await driver.page.keyboard.type(api.key.text);
    await driver.page.keyboard.press('Enter');
    await driver.sees('Link this account');
    await driver.press('Show a QR code');
    expect(await scan(await driver.scan())).toMatchObject({ paired: true });
    await driver.sees('Connected');
    await driver.page.reload();
    await driver.sees('Connected');
    await driver.page
      .getByRole('link', { name: /^keyed/ })
      .filter({ hasText: 'Connected' })
      .waitFor();
    expect(await driver.exposes(api.key.text)).toEqual([]);
    expect(await driver.inspect('25-with-key')).toEqual([]);
  });

  it('the page forgets the key on request and shows nothing of the account', async () => {
    await visit('?accountId=keyed');
    await showKey(api.key);
    await driver.sees('Connected');
    const number = await driver.reads('#number');
    await driver.press('Forget the key');
    await driver.sees('This service requires a key');
    expect(await driver.page.content()).not.toContain(number);
    expect(await driver.page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')).toBe('{}');
  });

  it('a user with a key that may only read sees no code and the required scope', async () => {
    await visit('?accountId=looked-at');
    await showKey(READER);
    await driver.sees('Link this account');
    await driver.press('Show a QR code');
    await driver.page
      .locator('#notice-message', { hasText: 'The current key does not allow this.' })
      .waitFor();
    expect(await driver.reads('#notice-advice')).toBe('Use a key with the scope “pair”.');
    await api.call('POST', 'pair', { accountId: 'looked-at' });
    const code = await api.code('looked-at');
    await driver.sees('This account is being linked');
    expect(await driver.reads('#lead')).toBe('To see the code, use a key with the scope “pair”.');
    expect(await driver.inspect('26-may-not-see')).toEqual([]);
    expect(await scan(code)).toMatchObject({ paired: true });
    await driver.sees('Connected');
  });

  it('a user with a key that may not read sees that the key cannot read accounts', async () => {
    await visit('?accountId=unseen');
    await showKey(PAIRER);
    await driver.sees('This key cannot read accounts');
  });

  it('a user with a key for other accounts sees that this account is not accessible, and can open the other accounts', async () => {
    await api.call('POST', 'pair', { accountId: 'branch-1' });
    await visit('?accountId=keyed');
    await showKey(BRANCH);
    await driver.sees('No access to this account');
    expect(await driver.inspect('27-other-accounts')).toEqual([]);
    await driver.page.getByRole('link', { name: /^branch-1/ }).click();
    await driver.sees('Scan this code');
    await driver.press('Stop');
    await driver.sees('Link this account');
  });

  it('a user with a revoked key sees nothing of the account from that moment on', async () => {
    const keys = new KeyCommandClient(setup.dataDir);
    const text = await keys.create('guest');
    await visit('?accountId=keyed');
    await showKey({ text });
    await driver.sees('Connected');
    const number = await driver.reads('#number');
    await keys.revoke('guest');
    await driver.page.locator('#key-problem', { hasText: 'This key has been revoked.' }).waitFor();
    expect(await driver.page.content()).not.toContain(number);
    expect(await driver.page.isVisible('#others')).toBe(false);
  });
});
