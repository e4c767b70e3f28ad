import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';
import { startChromium, STRANGE_HOST } from './chromium.js';
import { PageDriver } from './page-driver.js';

let setup: TestEnvironment;
let browser: Browser;
let driver: PageDriver;

const TIMINGS = {
  ...STAYS_DOWN,
  connectTimeoutMs: 20_000,
  loginTimeoutMs: 20_000,
  nextCodeMs: 2_500,
  phoneCodeMs: 2_500,
};

beforeAll(async () => {
  [setup, browser] = await Promise.all([TestEnvironment.create({ timings: TIMINGS }), startChromium()]);
});
afterEach(async () => {
  expect(driver.problems).toEqual([]);
  await driver.leave();
});
afterAll(async () => {
  await browser.close();
  await setup.close();
});

const visit = async (query: string): Promise<void> => {
  driver = await PageDriver.arrive(browser, `${setup.service.url}/${query}`);
};

describe('a code on the page', () => {
  it('a QR code is renewed without an announcement, and the page shows the next action when the last one expires', async () => {
    await visit('?accountId=expiring');
    await driver.press('Show a QR code');
    const first = await driver.scan();
    const second = await driver.scan(first);
    const [, leftS] = /^New code in (\d+) s$/.exec(await driver.reads('#life')) ?? [];
    expect(Number(leftS)).toBeGreaterThanOrEqual(1);
    expect(Number(leftS)).toBeLessThanOrEqual(timeLimit(3));
    expect(await driver.scan(second)).not.toBe(first);
    await driver.sees('Not linked');
    const announcements = await driver.announcements();
    // On a busy machine a code can expire before the next one is there.
    expect(announcements.slice(announcements.indexOf('Scan this code')).join(' | ')).toMatch(
      /^Scan this code( \| Getting a code \| Scan this code)*( \| Getting a code)? \| Not linked\. No phone scanned the QR code in time\. Start again for a new code\. Show a new code and scan it\.$/,
    );
    expect(await driver.reads('#notice-advice')).toBe('Show a new code and scan it.');
    expect(await driver.inspect('12-expired')).toEqual([]);
    await driver.press('Show a QR code');
    expect(await driver.scan()).not.toBe(second);
    await driver.press('Stop');
  });

  it('the page shows that a phone code has expired', async () => {
    await visit('?accountId=slow');
    await driver.page.fill('#phone-number', `+${setup.newPhone()}`);
    await driver.press('Get a code');
    await driver.typedCode();
    await driver.sees('Not linked');
    expect(await driver.reads('#notice-message')).toContain('was not entered on the phone in time');
  });
});

describe('a link on the page', () => {
  it('the page shows a link that is down, and the user can reconnect it at once', async () => {
    const phone = await setup.link('dropped');
    await visit('?accountId=dropped');
    await driver.sees('Connected');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await driver.sees('Reconnecting');
    expect(await driver.reads('#lead')).toMatch(/^The connection to WhatsApp was lost\./);
    expect(await driver.reads('#since')).toContain('Linked since');
    expect(await driver.inspect('13-reconnecting')).toEqual([]);
    await driver.press('Connect now');
    await driver.sees('Connected');
  });

  it('the page shows a link that was removed on the phone, and the user can link again', async () => {
    const phone = await setup.link('removed');
    await visit('?accountId=removed');
    await driver.sees('Connected');
    await setup.simulator.control.removeDevices(phone);
    await driver.sees('Not linked');
    expect(await driver.reads('#notice-message')).toContain('removed on the phone');
    await driver.press('Show a QR code');
    await driver.scan();
    await driver.press('Stop');
  });

  it('the page shows that WhatsApp locked the account, and the operator as contact', async () => {
    const phone = await setup.link('locked');
    await visit('?accountId=locked');
    await driver.sees('Connected');
    await setup.simulator.control.act({ type: 'fail', code: 403 }, { phone });
    await driver.sees('Not connected');
    expect(await driver.reads('#notice-advice')).toBe('Contact the operator of this service.');
    expect(await driver.inspect('14-locked')).toEqual([]);
  });
});

describe('the connection of the page to the service', () => {
  it.each([
    ['kill', 'Interrupted'],
    ['stop', 'Link this account'],
  ] as const)(
    'the page hides the code while the service is away (%s) and continues when it is back',
    async (how, title) => {
      await visit(`?accountId=gone-${how}`);
      await driver.press('Show a QR code');
      await driver.scan();
      await setup.service[how]();
      await driver.page.locator('#banner', { hasText: 'The service does not answer.' }).waitFor();
      await driver.sees(title);
      expect(await driver.page.isVisible('#qr')).toBe(false);
      if (how === 'kill') expect(await driver.inspect('15-service-gone')).toEqual([]);
      const { port } = new URL(setup.service.url);
      await setup.restart(how, { environment: { PORT: port } });
      await driver.page.locator('#banner').waitFor({ state: 'hidden' });
      await driver.sees('Link this account');
      await driver.press('Show a QR code');
      await driver.scan();
      await driver.press('Stop');
    },
    40_000,
  );

  it('the page shows why the service refuses it', async () => {
    const address = setup.service.url.replace('127.0.0.1', STRANGE_HOST);
    driver = await PageDriver.arrive(browser, `${address}/?accountId=strange`);
    await driver.page
      .locator('#banner', { hasText: 'refuses requests under the host name “strange.example”' })
      .waitFor();
    expect(await driver.inspect('16-refused-host')).toEqual([]);
  });
});

describe('the list of accounts on the page', () => {
  it('the list shows other accounts with their state and links to them', async () => {
    await visit('?accountId=dropped');
    const item = driver.page.getByRole('link', { name: /^locked/ });
    await item.filter({ hasText: 'Needs attention' }).waitFor();
    await item.click();
    await driver.page.waitForURL(/accountId=locked$/);
    await driver.page.locator('#account-name', { hasText: 'locked' }).waitFor();
    expect(await driver.page.getAttribute('a[aria-current]', 'href')).toBe('?accountId=locked');
  });

  it('a user opens a new account by its validated id', async () => {
    await visit('');
    await driver.page.locator('#account-name', { hasText: 'default' }).waitFor();
    await driver.page.getByLabel('Another account').fill('no good');
    await driver.press('Open');
    await driver.page.locator('#other-account-problem', { hasText: '1 to 64 letters' }).waitFor();
    await driver.page.getByLabel('Another account').fill('Brand-new_1');
    await driver.press('Open');
    await driver.page.locator('#account-name', { hasText: 'Brand-new_1' }).waitFor();
    await driver.sees('Link this account');
  });

  it.each(['?accountId=no%20good', '?accountId=', '?accountId=a&accountId=b'])(
    'the page refuses the invalid account of %s',
    async (query) => {
      await visit(query);
      await driver.sees('There is no such account');
      if (query.endsWith('=')) expect(await driver.inspect('17-no-such-account')).toEqual([]);
    },
  );
});
