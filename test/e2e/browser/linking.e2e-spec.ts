import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { World } from '../../support/processes/world.js';
import { startChromium } from './chromium.js';
import { Visitor } from './visitor.js';

let world: World;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  [world, browser] = await Promise.all([
    World.create({ timings: { ...SHORT_TIMINGS, ...PATIENT } }),
    startChromium(),
  ]);
});
afterEach(async () => {
  expect(visitor.problems).toEqual([]);
  await visitor.leave();
  await world.simulator.control.removeFault();
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

const visit = async (accountId: string): Promise<void> => {
  visitor = await Visitor.arrive(browser, `${world.service.url}/?accountId=${accountId}`);
};
const scan = (qr: string, phone = world.newPhone()) => world.simulator.control.scan({ qr, phone });

describe('linking an account on the page', () => {
  it('by QR code: shows it, sees the scan, and says which number is linked, and since when', async () => {
    await visit('by-qr');
    await visitor.sees('Link this account');
    expect(await visitor.inspect('1-not-linked')).toEqual([]);
    await visitor.press('Show a QR code');
    await visitor.sees('Scan this code');
    const code = await visitor.scan();
    expect(code).toBe((await world.service.qr('by-qr')).value);
    expect(await visitor.reads('#life')).toMatch(/^New code in (\d+ s|1 min \d+ s)$/);
    expect(await visitor.inspect('2-qr')).toEqual([]);
    expect(await scan(await visitor.scan(), '4915112345678')).toMatchObject({ paired: true });
    await visitor.sees('Connected');
    expect(await visitor.reads('#number')).toBe('+49 151 123 456 78');
    expect(await visitor.reads('#since')).toMatch(/^Linked since \d+ \w+ \d{4} at \d\d:\d\d$/);
    expect(await visitor.spoken()).toBe('Connected');
    expect(await visitor.inspect('4-connected')).toEqual([]);
  });

  it('by phone number: shows the code that WhatsApp has accepted, to be copied and to be heard', async () => {
    const phone = world.newPhone();
    await visit('by-code');
    await visitor.page.getByLabel('Link with the phone number instead').fill(`+49 ${phone.slice(2)}`);
    await visitor.press('Get a code');
    const code = await visitor.typedCode();
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(await visitor.spoken()).toContain(code.slice(0, 4).replace(/.(?=.)/g, '$& '));
    expect(await visitor.reads('#life')).toMatch(/^Good for /);
    await visitor.press('Copy the code');
    await visitor.page.getByRole('button', { name: 'Copied' }).waitFor();
    await visitor.page.focus('#other-account');
    await visitor.page.keyboard.press('Control+V');
    expect(await visitor.page.inputValue('#other-account')).toBe(code);
    expect(await visitor.inspect('3-code')).toEqual([]);
    expect(await world.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await visitor.sees('Connected');
  });

  it('begins with a QR code and goes on with a phone number, and back', async () => {
    const phone = world.newPhone();
    await visit('both');
    await visitor.press('Show a QR code');
    const first = await visitor.scan();
    await visitor.press('Use the phone number instead');
    expect(await visitor.hasFocus('#phone-number')).toBe(true);
    await visitor.page.keyboard.type(`+${phone}`);
    await visitor.page.keyboard.press('Enter');
    await visitor.typedCode();
    await visitor.press('Use a QR code instead');
    await visitor.sees('Scan this code');
    expect(await scan(await visitor.scan(first), phone)).toMatchObject({ paired: true });
    await visitor.sees('Connected');
  });

  it.each([
    ['', 'Enter the phone number, with its country code.'],
    ['0151', 'This is not an international phone number. Begin with “+” and the country code.'],
    ['call me', 'This is not an international phone number. Begin with “+” and the country code.'],
  ])('says beside the field what is wrong with "%s", and changes nothing', async (typed, problem) => {
    await visit('wrong-input');
    await visitor.page.fill('#phone-number', typed);
    await visitor.press('Get a code');
    await visitor.page.locator('#phone-number-problem', { hasText: problem }).waitFor();
    expect(await visitor.hasFocus('#phone-number')).toBe(true);
    expect(await visitor.page.getAttribute('#phone-number', 'aria-invalid')).toBe('true');
    if (typed === '0151') expect(await visitor.inspect('5-wrong-number')).toEqual([]);
    expect((await world.service.status('wrong-input')).status).toBe('idle');
  });

  it('tells what WhatsApp has against a number, until that is put away', async () => {
    await world.simulator.control.addFault({
      stage: 'companion_hello',
      action: { type: 'query_error', code: 400, text: 'bad-request' },
    });
    await visit('refused');
    await visitor.page.fill('#phone-number', `+${world.newPhone()}`);
    await visitor.press('Get a code');
    await visitor.sees('Not linked');
    expect(await visitor.reads('#notice-message')).toContain('WhatsApp refused a code for this number');
    expect(await visitor.spoken()).toContain('WhatsApp refused a code for this number');
    expect(await visitor.inspect('6-refused')).toEqual([]);
    await visitor.press('Dismiss');
    await visitor.sees('Link this account');
    expect(await visitor.page.isVisible('#notice')).toBe(false);
    expect(await visitor.hasFocus('#title')).toBe(true);
  });

  it('tells of a passkey that stands in the way', async () => {
    const phone = world.newPhone();
    await world.simulator.control.requirePasskey({ phone });
    await visit('passkey');
    await visitor.press('Show a QR code');
    expect(await scan(await visitor.scan(), phone)).toMatchObject({ paired: false });
    await visitor.sees('Not linked');
    expect(await visitor.reads('#notice-message')).toContain('passkey');
    expect(await visitor.inspect('7-passkey')).toEqual([]);
  });

  it('stops when somebody wants it to, and begins anew', async () => {
    await visit('stopped');
    await visitor.press('Show a QR code');
    const first = await visitor.scan();
    await visitor.press('Stop');
    await visitor.sees('Link this account');
    expect(await visitor.page.isVisible('#qr')).toBe(false);
    await visitor.press('Show a QR code');
    expect(await visitor.scan(first)).not.toBe(first);
  });

  it('waits for a code where WhatsApp takes its time, and where it lets nobody else in, says for how long', async () => {
    await world.simulator.control.addFault({ stage: 'pair_device', action: { type: 'silent' } });
    await visit('waiting');
    await visitor.press('Show a QR code');
    await visitor.sees('Getting a code');
    expect(await visitor.inspect('8-getting-a-code')).toEqual([]);
    await visitor.press('Stop');
    const crowd = Array.from({ length: 10 }, (_, index) => `crowd-${index}`);
    await Promise.all(crowd.map((accountId) => world.service.pair(accountId)));
    await visitor.press('Show a QR code');
    await visitor.page.locator('#notice-message', { hasText: 'Too many accounts are pairing' }).waitFor();
    expect(await visitor.reads('#notice-advice')).toMatch(/^Try again in /);
    expect(await visitor.inspect('9-too-many')).toEqual([]);
    await Promise.all(crowd.map((accountId) => world.service.stopPairing(accountId)));
  });
});

describe('disconnecting', () => {
  it('asks first, and does nothing when the answer is no', async () => {
    await world.link('kept');
    await visit('kept');
    await visitor.sees('Connected');
    await visitor.press('Disconnect …');
    await visitor.page.getByRole('dialog', { name: 'Disconnect this account?' }).waitFor();
    expect(await visitor.hasFocus('#ask-no')).toBe(true);
    expect(await visitor.inspect('10-disconnect')).toEqual([]);
    await visitor.press('Keep it linked');
    expect(await visitor.hasFocus('#disconnect')).toBe(true);
    await visitor.press('Disconnect …');
    await visitor.page.keyboard.press('Escape');
    expect((await world.service.status('kept')).status).toBe('connected');
  });

  it('logs the account out when the answer is yes, and it can be linked again', async () => {
    const phone = await world.link('given-up');
    await visit('given-up');
    await visitor.press('Disconnect …');
    await visitor.press('Disconnect');
    await visitor.sees('Link this account');
    expect(await visitor.hasFocus('#title')).toBe(true);
    expect(await world.device(phone)).toBeUndefined();
  });

  it('tells that the device may still stand on the phone when WhatsApp has not confirmed it', async () => {
    await world.link('unconfirmed');
    await world.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    await visit('unconfirmed');
    await visitor.press('Disconnect …');
    await visitor.press('Disconnect');
    await visitor.page.locator('#notice-advice', { hasText: 'Look on the phone' }).waitFor();
    await visitor.sees('Link this account');
    expect(await visitor.inspect('11-logout-unconfirmed')).toEqual([]);
    await visitor.press('Dismiss');
    await visitor.page.locator('#notice').waitFor({ state: 'hidden' });
    expect(await world.service.failure('unconfirmed')).toBeNull();
  });
});
