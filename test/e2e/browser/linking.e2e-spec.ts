import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';
import { startChromium } from './chromium.js';
import { PageDriver } from './page-driver.js';

let setup: TestEnvironment;
let browser: Browser;
let driver: PageDriver;

beforeAll(async () => {
  [setup, browser] = await Promise.all([
    TestEnvironment.create({ timings: { ...SHORT_TIMINGS, ...PATIENT } }),
    startChromium(),
  ]);
});
afterEach(async () => {
  expect(driver.problems).toEqual([]);
  await driver.leave();
  await setup.simulator.control.removeFault();
});
afterAll(async () => {
  await browser.close();
  await setup.close();
});

const visit = async (accountId: string): Promise<void> => {
  driver = await PageDriver.arrive(browser, `${setup.service.url}/?accountId=${accountId}`);
};
const scan = (qr: string, phone = setup.newPhone()) => setup.simulator.control.scan({ qr, phone });

describe('linking an account on the page', () => {
  it('a user links by QR code and then sees the linked number and the date', async () => {
    await visit('by-qr');
    await driver.sees('Link this account');
    expect(await driver.inspect('1-not-linked')).toEqual([]);
    await driver.press('Show a QR code');
    await driver.sees('Scan this code');
    const code = await driver.scan();
    expect(code).toBe((await setup.service.qr('by-qr')).value);
    const life = await driver.reads('#life');
    expect(life).toMatch(/^New code in ([1-9]\d* min )?\d+ s$/);
    const minutes = Number(/(\d+) min/.exec(life)?.[1] ?? 0);
    expect(minutes).toBeLessThanOrEqual(timeLimit(PATIENT.firstCodeMs) / 60_000);
    expect(await driver.inspect('2-qr')).toEqual([]);
    expect(await scan(await driver.scan(), '4915112345678')).toMatchObject({ paired: true });
    await driver.sees('Connected');
    expect(await driver.reads('#number')).toBe('+49 151 123 456 78');
    expect(await driver.reads('#since')).toMatch(/^Linked since \d+ \w+ \d{4} at \d\d:\d\d$/);
    expect(await driver.spoken()).toBe('Connected');
    expect(await driver.inspect('4-connected')).toEqual([]);
  });

  it('a user links by phone code, which can be copied and is announced to screen readers', async () => {
    const phone = setup.newPhone();
    await visit('by-code');
    await driver.page.getByLabel('Link with the phone number instead').fill(`+49 ${phone.slice(2)}`);
    await driver.press('Get a code');
    const code = await driver.typedCode();
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(await driver.spoken()).toContain(code.slice(0, 4).replace(/.(?=.)/g, '$& '));
    expect(await driver.reads('#life')).toMatch(/^Valid for /);
    await driver.press('Copy the code');
    await driver.page.getByRole('button', { name: 'Copied' }).waitFor();
    await driver.page.focus('#other-account');
    await driver.page.keyboard.press('Control+V');
    expect(await driver.page.inputValue('#other-account')).toBe(code);
    expect(await driver.inspect('3-code')).toEqual([]);
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await driver.sees('Connected');
  });

  it('a user changes from QR code to phone code and back', async () => {
    const phone = setup.newPhone();
    await visit('both');
    await driver.press('Show a QR code');
    const first = await driver.scan();
    await driver.press('Use the phone number instead');
    expect(await driver.hasFocus('#phone-number')).toBe(true);
    await driver.page.keyboard.type(`+${phone}`);
    await driver.page.keyboard.press('Enter');
    await driver.typedCode();
    await driver.press('Use a QR code instead');
    await driver.sees('Scan this code');
    expect(await scan(await driver.scan(first), phone)).toMatchObject({ paired: true });
    await driver.sees('Connected');
  });

  it.each([
    ['', 'Enter the phone number, with its country code.'],
    ['0151', 'This is not an international phone number. Begin with “+” and the country code.'],
    ['call me', 'This is not an international phone number. Begin with “+” and the country code.'],
  ])(
    'the page shows the problem of the input "%s" beside its field and starts nothing',
    async (typed, problem) => {
      await visit('wrong-input');
      await driver.page.fill('#phone-number', typed);
      await driver.press('Get a code');
      await driver.page.locator('#phone-number-problem', { hasText: problem }).waitFor();
      expect(await driver.hasFocus('#phone-number')).toBe(true);
      expect(await driver.page.getAttribute('#phone-number', 'aria-invalid')).toBe('true');
      if (typed === '0151') expect(await driver.inspect('5-wrong-number')).toEqual([]);
      expect((await setup.service.status('wrong-input')).status).toBe('idle');
    },
  );

  it('the page shows why WhatsApp refused a number until the user dismisses it', async () => {
    await setup.simulator.control.addFault({
      stage: 'companion_hello',
      action: { type: 'query_error', code: 400, text: 'bad-request' },
    });
    await visit('refused');
    await driver.page.fill('#phone-number', `+${setup.newPhone()}`);
    await driver.press('Get a code');
    await driver.sees('Not linked');
    expect(await driver.reads('#notice-message')).toContain('WhatsApp refused a code for this number');
    expect(await driver.spoken()).toContain('WhatsApp refused a code for this number');
    expect(await driver.inspect('6-refused')).toEqual([]);
    await driver.press('Dismiss');
    await driver.sees('Link this account');
    expect(await driver.page.isVisible('#notice')).toBe(false);
    expect(await driver.hasFocus('#title')).toBe(true);
  });

  it('the page shows that WhatsApp requires a passkey', async () => {
    const phone = setup.newPhone();
    await setup.simulator.control.requirePasskey({ phone });
    await visit('passkey');
    await driver.press('Show a QR code');
    expect(await scan(await driver.scan(), phone)).toMatchObject({ paired: false });
    await driver.sees('Not linked');
    expect(await driver.reads('#notice-message')).toContain('passkey');
    expect(await driver.inspect('7-passkey')).toEqual([]);
  });

  it('a user stops a pairing and starts again', async () => {
    await visit('stopped');
    await driver.press('Show a QR code');
    const first = await driver.scan();
    await driver.press('Stop');
    await driver.sees('Link this account');
    expect(await driver.page.isVisible('#qr')).toBe(false);
    await driver.press('Show a QR code');
    expect(await driver.scan(first)).not.toBe(first);
  });

  it('the page waits for a slow code, and shows the wait when too many accounts are pairing', async () => {
    await setup.simulator.control.addFault({ stage: 'pair_device', action: { type: 'silent' } });
    await visit('waiting');
    await driver.press('Show a QR code');
    await driver.sees('Getting a code');
    expect(await driver.inspect('8-getting-a-code')).toEqual([]);
    await driver.press('Stop');
    const crowd = Array.from({ length: 10 }, (_, index) => `crowd-${index}`);
    await Promise.all(crowd.map((accountId) => setup.service.pair(accountId)));
    await driver.press('Show a QR code');
    await driver.page.locator('#notice-message', { hasText: 'Too many accounts are pairing' }).waitFor();
    expect(await driver.reads('#notice-advice')).toMatch(/^Try again in /);
    expect(await driver.inspect('9-too-many')).toEqual([]);
    await Promise.all(crowd.map((accountId) => setup.service.stopPairing(accountId)));
  });
});

describe('disconnecting an account on the page', () => {
  it('the page asks for confirmation and does nothing without it', async () => {
    await setup.link('kept');
    await visit('kept');
    await driver.sees('Connected');
    await driver.press('Disconnect …');
    await driver.page.getByRole('dialog', { name: 'Disconnect this account?' }).waitFor();
    expect(await driver.hasFocus('#ask-no')).toBe(true);
    expect(await driver.inspect('10-disconnect')).toEqual([]);
    await driver.press('Keep it linked');
    expect(await driver.hasFocus('#disconnect')).toBe(true);
    await driver.press('Disconnect …');
    await driver.page.keyboard.press('Escape');
    expect((await setup.service.status('kept')).status).toBe('connected');
  });

  it('the page logs the account out after confirmation, and it can be linked again', async () => {
    const phone = await setup.link('given-up');
    await visit('given-up');
    await driver.press('Disconnect …');
    await driver.press('Disconnect');
    await driver.sees('Link this account');
    expect(await driver.hasFocus('#title')).toBe(true);
    expect(await setup.device(phone)).toBeUndefined();
  });

  it('the page shows when WhatsApp did not confirm the logout', async () => {
    await setup.link('unconfirmed');
    await setup.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    await visit('unconfirmed');
    await driver.press('Disconnect …');
    await driver.press('Disconnect');
    await driver.page.locator('#notice-advice', { hasText: 'Look on the phone' }).waitFor();
    await driver.sees('Link this account');
    expect(await driver.inspect('11-logout-unconfirmed')).toEqual([]);
    await driver.press('Dismiss');
    await driver.page.locator('#notice').waitFor({ state: 'hidden' });
    expect(await setup.service.failure('unconfirmed')).toBeNull();
  });
});
