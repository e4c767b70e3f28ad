import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { World } from '../../support/processes/world.js';
import { startChromium, STRANGE_HOST } from './chromium.js';
import { Visitor } from './visitor.js';

let world: World;
let browser: Browser;
let visitor: Visitor;

const TIMINGS = { ...STAYS_DOWN, connectTimeoutMs: 20_000, loginTimeoutMs: 20_000, phoneCodeMs: 2_500 };

/** The service has to come back under the address that the page has. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

beforeAll(async () => {
  const environment = { PORT: await freePort() };
  [world, browser] = await Promise.all([World.create({ timings: TIMINGS, environment }), startChromium()]);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

const visit = async (query: string): Promise<void> => {
  visitor = await Visitor.arrive(browser, `${world.service.url}/${query}`);
};

describe('a code', () => {
  it('is renewed by itself, without a word to those who listen, and in the end the page says what to do', async () => {
    await visit('?accountId=expiring');
    await visitor.press('Show a QR code');
    const first = await visitor.scan();
    const said = await visitor.spoken();
    expect(said).toBe('Scan this code');
    const second = await visitor.scan(first);
    expect(await visitor.reads('#life')).toMatch(/^New code in [1-3] s$/);
    expect(await visitor.scan(second)).not.toBe(first);
    expect(await visitor.spoken()).toBe(said);
    await visitor.sees('Not linked', 15_000);
    expect(await visitor.reads('#notice-advice')).toBe('Show a new code and scan it.');
    expect(await visitor.inspect('12-expired')).toEqual([]);
    await visitor.press('Show a QR code');
    expect(await visitor.scan()).not.toBe(second);
    await visitor.press('Stop');
  });

  it('for a phone number is over after its time, and the page says so', async () => {
    await visit('?accountId=slow');
    await visitor.page.fill('#phone-number', `+${world.newPhone()}`);
    await visitor.press('Get a code');
    await visitor.typedCode();
    await visitor.sees('Not linked');
    expect(await visitor.reads('#notice-message')).toContain('was not typed on the phone in time');
  });
});

describe('a link', () => {
  it('that is down is told, and can be tried at once', async () => {
    const phone = await world.link('dropped');
    await visit('?accountId=dropped');
    await visitor.sees('Connected');
    await world.simulator.control.act({ type: 'cut' }, { phone });
    await visitor.sees('Reconnecting');
    expect(await visitor.reads('#lead')).toMatch(/^The connection to WhatsApp was lost\./);
    expect(await visitor.reads('#since')).toContain('Linked since');
    expect(await visitor.inspect('13-reconnecting')).toEqual([]);
    await visitor.press('Connect now');
    await visitor.sees('Connected');
  });

  it('that was removed on the phone is told, and can be made again', async () => {
    const phone = await world.link('removed');
    await visit('?accountId=removed');
    await visitor.sees('Connected');
    await world.simulator.control.removeDevices(phone);
    await visitor.sees('Not linked');
    expect(await visitor.reads('#notice-message')).toContain('removed on the phone');
    await visitor.press('Show a QR code');
    await visitor.scan();
    await visitor.press('Stop');
  });

  it('that WhatsApp has locked is told, with whom to ask', async () => {
    const phone = await world.link('locked');
    await visit('?accountId=locked');
    await visitor.sees('Connected');
    await world.simulator.control.act({ type: 'fail', code: 403 }, { phone });
    await visitor.sees('Not connected');
    expect(await visitor.reads('#notice-advice')).toBe('Tell whoever runs this service.');
    expect(await visitor.inspect('14-locked')).toEqual([]);
  });
});

describe('the service', () => {
  it.each([
    ['kill', 'Interrupted'],
    ['stop', 'Link this account'],
  ] as const)(
    'is gone and comes back (%s): the page says so, hides a code that is dead, and goes on by itself',
    async (how, title) => {
      await visit(`?accountId=gone-${how}`);
      await visitor.press('Show a QR code');
      await visitor.scan();
      await world.service[how]();
      await visitor.page.locator('#banner', { hasText: 'The service does not answer.' }).waitFor();
      await visitor.sees(title);
      expect(await visitor.page.isVisible('#qr')).toBe(false);
      if (how === 'kill') expect(await visitor.inspect('15-service-gone')).toEqual([]);
      await world.restart(how);
      await visitor.page.locator('#banner').waitFor({ state: 'hidden', timeout: 20_000 });
      await visitor.sees('Link this account');
      await visitor.press('Show a QR code');
      await visitor.scan();
      await visitor.press('Stop');
    },
    40_000,
  );

  it('says no, and the page says why', async () => {
    const address = world.service.url.replace('127.0.0.1', STRANGE_HOST);
    visitor = await Visitor.arrive(browser, `${address}/?accountId=strange`);
    await visitor.page
      .locator('#banner', { hasText: 'takes no requests under the name “strange.example”' })
      .waitFor();
    expect(await visitor.inspect('16-refused-host')).toEqual([]);
  });
});

describe('the accounts', () => {
  it('stand beside the chosen one with their state, and lead to it', async () => {
    await visit('?accountId=dropped');
    const item = visitor.page.getByRole('link', { name: /^locked/ });
    await item.filter({ hasText: 'Needs attention' }).waitFor();
    await item.click();
    await visitor.page.waitForURL(/accountId=locked$/);
    await visitor.page.locator('#account-name', { hasText: 'locked' }).waitFor();
    expect(await visitor.page.getAttribute('a[aria-current]', 'href')).toBe('?accountId=locked');
  });

  it('can be joined by a new one, whose name is checked', async () => {
    await visit('');
    await visitor.page.locator('#account-name', { hasText: 'default' }).waitFor();
    await visitor.page.getByLabel('Another account').fill('no good');
    await visitor.press('Open');
    await visitor.page.locator('#other-account-problem', { hasText: '1 to 64 letters' }).waitFor();
    await visitor.page.getByLabel('Another account').fill('Brand-new_1');
    await visitor.press('Open');
    await visitor.page.locator('#account-name', { hasText: 'Brand-new_1' }).waitFor();
    await visitor.sees('Link this account');
  });

  it.each(['?accountId=no%20good', '?accountId=', '?accountId=a&accountId=b'])(
    'do not have one that is called %s',
    async (query) => {
      await visit(query);
      await visitor.sees('There is no such account');
      if (query.endsWith('=')) expect(await visitor.inspect('17-no-such-account')).toEqual([]);
    },
  );
});
