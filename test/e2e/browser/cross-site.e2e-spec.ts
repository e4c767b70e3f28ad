import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Frame, Page } from 'playwright-core';
import { makeSecret } from '../../../src/security/access/secret.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { CROSS_SITE_ATTEMPTS } from './cross-site-attempts.js';
import { startChromium, STRANGE_HOST } from './chromium.js';
import { ForeignSite } from './foreign-site.js';
import { PageDriver } from './page-driver.js';

const KEY = makeSecret('wak');

let site: ForeignSite;
let setup: TestEnvironment;
let browser: Browser;
let office: string;

beforeAll(async () => {
  site = await ForeignSite.open();
  office = site.origin('office.example');
  [setup, browser] = await Promise.all([
    TestEnvironment.create({
      // The code must not change while the attempts run.
      timings: { ...SHORT_TIMINGS, ...PATIENT, firstCodeMs: 300_000, sessionLimitMs: 300_000 },
      environment: { WHATSAPP_CORS_ORIGINS: office },
    }),
    startChromium(),
  ]);
  await setup.link('linked');
  await setup.service.pair('pairing');
  await setup.service.qr('pairing');
});
afterAll(async () => {
  await browser.close();
  await setup.close();
  await site.close();
});

/** Returns the state that no attempt may change. */
async function state(): Promise<unknown> {
  const { service, simulator } = setup;
  const { openSockets, devices } = await simulator.control.state();
  return [await service.accounts(), (await service.view('pairing')).body, openSockets, devices.length];
}

/** Runs a script in a page. @returns the text that the script could read; "nothing" when the browser threw an error */
function read(where: Page | Frame, script: string): Promise<string> {
  const service = JSON.stringify(setup.service.url);
  return where.evaluate<string>(
    `(async (service) => { const api = service + '/api/whatsapp'; ${script} })(${service}).catch(() => 'nothing')`,
  );
}

/** Returns the statuses of all answers from now on, including those that the browser hides from the page. */
async function statusesSeenBy(page: Page, where: Page | Frame): Promise<number[]> {
  const context = page.context();
  // A frame may have its own process.
  const session = await context.newCDPSession(where).catch(() => context.newCDPSession(page));
  const statuses: number[] = [];
  session.on('Network.responseReceivedExtraInfo', ({ statusCode }) => statuses.push(statusCode));
  await session.send('Network.enable');
  return statuses;
}

async function visit(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

describe('a page of another site', () => {
  it.each<[where: string, open: () => Promise<Page | Frame>]>([
    ['on another host', () => visit(`${site.origin('evil.example')}/`)],
    ['on another port of this machine', () => visit(`${site.origin('127.0.0.1')}/`)],
    [
      'in a sandbox without an origin',
      async () => {
        const page = await visit(`${site.origin('evil.example')}/framed`);
        const frame = page.frames()[1];
        if (!frame) throw new Error('there is no frame');
        await frame.waitForLoadState();
        return frame;
      },
    ],
  ])(
    'a page of another site (%s) changes nothing and reads nothing',
    async (_, open) => {
      const where = await open();
      const page = 'page' in where ? where.page() : where;
      const before = await state();
      const answered = await statusesSeenBy(page, where);
      for (const [what, script] of Object.entries(CROSS_SITE_ATTEMPTS)) {
        expect([what, await read(where, script)]).toEqual([what, 'nothing']);
      }
      expect(await state()).toEqual(before);
      // The requests reached the service. Preflights get 404, because they are no route. Other requests get 403. The
      // page gets 200, but the browser shows it in no frame.
      expect(answered.length).toBeGreaterThan(15);
      expect(answered.filter((status) => ![403, 404].includes(status))).toEqual([200]);
      expect(page.frames().filter((frame) => frame.url().startsWith(setup.service.url))).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  it('a page of another site cannot read a window that it opened', async () => {
    const page = await visit(`${site.origin('evil.example')}/`);
    for (const path of ['/', '/api/whatsapp/status?accountId=linked']) {
      const opening = page.waitForEvent('popup');
      await page.evaluate(`void (globalThis.opened = open(${JSON.stringify(setup.service.url + path)}))`);
      const opened = await opening;
      await opened.waitForLoadState();
      expect(await read(page, 'return opened.document.documentElement.outerHTML;')).toBe('nothing');
      if (path !== '/') expect(await opened.textContent('body')).toContain('"code":"cross_site"');
    }
    await page.context().close();
  });

  it('a page under its own host name that resolves to the service gets no access', async () => {
    const { port } = new URL(setup.service.url);
    const page = await visit(`http://${STRANGE_HOST}:${port}/`);
    const before = await state();
    for (const [method, path] of [
      ['POST', 'pair'],
      ['POST', 'disconnect'],
      ['GET', 'status?accountId=linked'],
      ['GET', 'pair/qr?accountId=pairing'],
      ['GET', 'events'],
    ]) {
      const script = `return (await fetch('/api/whatsapp/${path}', { method: '${method}' })).text();`;
      expect([path, await read(page, script)]).toEqual([
        path,
        expect.stringContaining('"code":"cross_site"'),
      ]);
    }
    expect(await state()).toEqual(before);
    await page.context().close();
  });
});

const ask = (path: string, init = ''): string =>
  `const answer = await fetch(api + '${path}', { ${init} }); return answer.status + ' ' + await answer.text();`;
const keyed = (key: string): string => `headers: { authorization: 'Bearer ${key}' }`;
const FIRST_EVENT = `
  const { body } = await fetch(api + '/events?accountId=linked', { ${keyed(KEY.text)} });
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  while (!read.includes('event: snapshot')) read += (await reader.read()).value;
  await reader.cancel();
  return read;
`;

describe('Swagger UI', () => {
  it('Swagger UI runs under its content security policy', async () => {
    const driver = await PageDriver.arrive(browser, `${setup.service.url}/docs`);
    const { page } = driver;
    await page.locator('.opblock-summary-path', { hasText: /status$/ }).click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
    await driver.picture('docs');
    expect(driver.problems).toEqual([]);
    await driver.leave();
  });
});

describe('a page of another site, with API keys required', () => {
  beforeAll(async () => {
    await setup.restart('stop', {
      environment: { WHATSAPP_CORS_ORIGINS: office, WHATSAPP_API_KEYS: `office:${KEY.hash}` },
    });
  });

  it('a page of an allowed origin may do what its key allows, and nothing without a key', async () => {
    const page = await visit(`${office}/`);
    expect(await read(page, ask('/status'))).toMatch(/^401 .*"key_missing"/);
    expect(await read(page, ask('/pair', "method: 'POST', body: '{}'"))).toMatch(/^401 .*"key_missing"/);
    expect(await read(page, ask('/status', keyed(makeSecret('wak').text)))).toMatch(/^401 .*"key_invalid"/);
    expect(await read(page, ask('/pair', `method: 'POST', ${keyed(KEY.text)}`))).toMatch(/^200 .*"pending"/);
    expect(await read(page, ask('/status', keyed(KEY.text)))).toMatch(/^200 .*"pending"/);
    expect(await read(page, FIRST_EVENT)).toContain('"linked"');
    await page.context().close();
  });

  it('a page of any other origin may do nothing, even with a key', async () => {
    const page = await visit(`${site.origin('evil.example')}/`);
    expect(await read(page, ask('/status', keyed(KEY.text)))).toBe('nothing');
    expect(await read(page, ask('/pair/stop', `method: 'POST', ${keyed(KEY.text)}`))).toBe('nothing');
    const status = await setup.service.call('GET', '/api/whatsapp/status', undefined, {
      'x-api-key': KEY.text,
    });
    expect(status.body).toMatchObject({ status: 'pending' });
    await page.context().close();
  });

  it('a page under any host name needs a key and nothing else', async () => {
    const { port } = new URL(setup.service.url);
    const page = await visit(`http://${STRANGE_HOST}:${port}/`);
    const own = (init: string): string =>
      `return (await fetch('/api/whatsapp/status', { ${init} })).status + '';`;
    expect(await read(page, own(''))).toBe('401');
    expect(await read(page, own(keyed(KEY.text)))).toBe('200');
    await page.context().close();
  });
});
