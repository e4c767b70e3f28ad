import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { slowness } from '../../support/time/time-limit.js';
import { startChromium } from './chromium.js';
import { PageDriver } from './page-driver.js';

const REACTION_MS = 300;
const MOST_BYTES = 60_000;
const QR_PICTURES = /\/pair\/qr\?/;
const EVENTS = /\/events\?/;

let setup: TestEnvironment;
let browser: Browser;
let driver: PageDriver;

beforeAll(async () => {
  [setup, browser] = await Promise.all([
    TestEnvironment.create({
      timings: { ...SHORT_TIMINGS, ...PATIENT, firstCodeMs: 6_000, nextCodeMs: 6_000 },
    }),
    startChromium(),
  ]);
});
afterEach(async () => {
  expect(driver.problems).toEqual([]);
  await driver.leave();
});
afterAll(async () => {
  await browser.close();
  await setup.close();
});

const visit = async (accountId: string, options?: BrowserContextOptions): Promise<void> => {
  driver = await PageDriver.arrive(browser, `${setup.service.url}/?accountId=${accountId}`, options);
};
const scan = (qr: string, phone = setup.newPhone()) => setup.simulator.control.scan({ qr, phone });

/** Replaces Playwright's `waitForFunction`, which polls from within the page: the policy of the page forbids that. */
const happens = (condition: string): Promise<void> =>
  eventually(
    () => driver.page.evaluate<boolean>(condition),
    10_000,
    () => `the page does not fulfil ${condition}`,
  );

/** Records when the service emitted each event, and when the page has drawn its effect. */
const STOPWATCH = `
  const emitted = {}, shown = {};
  const source = new EventSource('api/whatsapp/events' + location.search);
  for (const type of ['qr', 'status']) source.addEventListener(type, ({ data }) => {
    const { at, status, pairing } = JSON.parse(data);
    emitted[type === 'qr' ? 'code ' + pairing.step.sequence : status.status] ??= Date.parse(at);
  });
  let codes = 0;
  const note = (name) => requestAnimationFrame(() => { shown[name] ??= Date.now(); });
  document.querySelector('#qr').addEventListener('load', () => note('code ' + ++codes));
  new MutationObserver(() => {
    const title = document.querySelector('#title').textContent;
    if (title === 'Connected') note('connected');
    if (title === 'Getting a code') note('pending');
    if (title === 'Link this account') note('idle');
  }).observe(document.querySelector('#title'), { childList: true, characterData: true, subtree: true });
  new Promise((resolve) => source.addEventListener('open', () => { Object.assign(window, { emitted, shown }); resolve(); }));
`;

describe('the page', () => {
  it('the page shows an event within 300 ms', async () => {
    await visit('quick');
    await driver.sees('Link this account');
    await driver.page.evaluate(STOPWATCH);
    // Without the delay, the code may arrive before the page has drawn that it waits for one.
    await setup.simulator.control.addFault({ stage: 'pair_device', action: { type: 'delay', ms: 500 } });
    await driver.press('Show a QR code');
    // No screenshots until here, because they keep the page busy.
    await happens('shown["code 2"] !== undefined');
    expect(await scan(await driver.scan())).toMatchObject({ paired: true });
    await driver.sees('Connected');
    await driver.press('Disconnect …');
    await driver.press('Disconnect');
    await driver.sees('Link this account');
    await happens('emitted.idle !== undefined && shown.idle !== undefined');
    const [emitted, shown] = await driver.page.evaluate<Record<string, number>[]>('[emitted, shown]');
    const names = ['pending', 'code 1', 'code 2', 'connected', 'idle'];
    const late = names.filter((name) => {
      const [eventMs = NaN, drawnMs = NaN] = [emitted?.[name], shown?.[name]];
      return !(drawnMs - eventMs <= REACTION_MS * slowness(eventMs, drawnMs));
    });
    expect(late.map((name) => [name, emitted?.[name], shown?.[name]])).toEqual([]);
  });

  it('the page loads less than 60 KB, all from the service', async () => {
    await visit('small');
    await driver.press('Show a QR code');
    expect(await scan(await driver.scan())).toMatchObject({ paired: true });
    await driver.sees('Connected');
    const { urls } = driver.traffic;
    expect(urls.length).toBeGreaterThan(10);
    expect(urls.filter((url) => !/^(blob:)?http:\/\/127\.0\.0\.1:/.test(url))).toEqual([]);
    const bytes = driver.traffic.bytes(QR_PICTURES);
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  it('the page is usable with a keyboard alone, from start to end', async () => {
    await visit('keys');
    await driver.sees('Link this account');
    const tabTo = async (selector: string): Promise<void> => {
      for (let presses = 0; presses < 20; presses += 1) {
        await driver.page.keyboard.press('Tab');
        if (await driver.hasFocus(selector)) return;
      }
      throw new Error(`the Tab key does not focus ${selector}`);
    };
    await tabTo('#pair');
    await driver.page.keyboard.press('Enter');
    await driver.sees('Scan this code');
    expect(await driver.hasFocus('#title')).toBe(true);
    await tabTo('#stop');
    await tabTo('#other-way');
    await driver.page.keyboard.press('Space');
    const phone = setup.newPhone();
    await driver.page.keyboard.type(`00${phone}`);
    await driver.page.keyboard.press('Enter');
    const code = await driver.typedCode();
    await tabTo('#copy');
    expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
    await driver.sees('Connected');
    await tabTo('#disconnect');
    await driver.page.keyboard.press('Enter');
    expect(await driver.hasFocus('#ask-no')).toBe(true);
    await tabTo('#ask-yes');
    await driver.page.keyboard.press('Enter');
    await driver.sees('Link this account');
  });

  it.each([
    ['in the dark color scheme', { colorScheme: 'dark' }],
    ['on the screen of a phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }],
    ['with reduced motion', { reducedMotion: 'reduce' }],
  ] as const)('the page shows a code that a camera reads %s', async (_, options) => {
    await visit('seen', options);
    await driver.press('Show a QR code');
    // On a busy machine the next code can appear between the two.
    await eventually(
      async () => (await driver.scan()) === (await setup.service.qr('seen')).value,
      10_000,
      () => 'the camera reads another code than that of the service',
    );
    const moves = await driver.page.evaluate(
      "getComputedStyle(document.querySelector('#ring')).transitionDuration",
    );
    expect(moves).toBe('reducedMotion' in options ? '0s' : '0.25s');
    await driver.press('Stop');
  });

  it('the page draws a ring that shrinks and is full again with the next code', async () => {
    await visit('ring');
    await driver.press('Show a QR code');
    await driver.scan();
    const left = async (): Promise<number> =>
      1 - Number(await driver.page.evaluate("document.querySelector('#ring').style.strokeDashoffset"));
    const gets = (test: (part: number) => boolean, what: string): Promise<void> =>
      eventually(
        async () => test(await left()),
        8_000,
        () => `the ring does not become ${what}`,
      );
    await gets((part) => part < 0.5, 'smaller');
    await gets((part) => part > 0.8, 'full again');
    await driver.press('Stop');
  });

  it('the page links to the API for browsers without JavaScript', async () => {
    await visit('plain', { javaScriptEnabled: false });
    expect(await driver.page.textContent('noscript')).toContain('This page needs JavaScript');
  });

  it('the page closes its connection in the background and opens one when it is visible again', async () => {
    await visit('unseen');
    await driver.sees('Link this account');
    const lastEventIds: (string | undefined)[] = [];
    driver.page.on('request', (request) => {
      if (EVENTS.test(request.url())) lastEventIds.push(request.headers()['last-event-id']);
    });
    const hide = (state: string): Promise<unknown> =>
      driver.page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await driver.page.clock.install();
    await hide('hidden');
    await driver.page.clock.fastForward(31_000);
    await hide('visible');
    await setup.service.pair('unseen');
    await driver.sees('Scan this code');
    expect(lastEventIds).toEqual([expect.stringMatching(/^[0-9a-f]{12}-\d+$/)]);
  });

  it('the page replaces a connection that receives no data', async () => {
    await visit('silent');
    await driver.sees('Link this account');
    await driver.page.clock.install();
    await setup.service.pair('silent');
    await driver.sees('Scan this code');
    const another = driver.page.waitForRequest(EVENTS);
    await driver.page.clock.fastForward(46_000);
    await another;
    await setup.service.stopPairing('silent');
    await driver.sees('Link this account');
  });
});

describe('the files of the page', () => {
  it.each(['', 'assets/icon.svg'])('the document /%s runs only scripts of the service', async (path) => {
    const { headers } = await fetch(`${setup.service.url}/${path}`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it.each(['', 'assets/main.js', 'assets/page.css', 'assets/icon.svg'])(
    'the file /%s is cached by browsers and revalidated each time',
    async (path) => {
      const get = (ifNoneMatch: string) =>
        fetch(`${setup.service.url}/${path}`, {
          headers: { 'if-none-match': ifNoneMatch, 'cache-control': 'max-age=0' },
        });
      const { headers, status } = await get('"another"');
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache']);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect((await get(headers.get('etag') ?? '')).status).toBe(304);
    },
  );

  it.each([
    'assets/',
    'assets/page',
    'assets/answers.d.ts',
    'assets/tsconfig.json',
    'assets/..%2fpage-files.js',
    'assets/%2e%2e/page-files.js',
  ])('the path /%s is not served', async (path) => {
    expect((await fetch(`${setup.service.url}/${path}`)).status).toBe(404);
  });
});
