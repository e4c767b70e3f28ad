import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../../support/eventually.js';
import { readPicture } from '../../support/clients/read-qr.js';
import { Traffic } from './traffic.js';

/**
 * Generous, because a browser on a busy machine may get no processor for many seconds. It only ends a test that hangs.
 */
const HANGS_MS = 60_000;
const SCREENSHOTS = 'test-output/screenshots';

const DESKTOP = { width: 1200, height: 860 };
const PHONE = { width: 360, height: 740 };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const EXAMINED = [
  ['phone', PHONE, 'light', RULES],
  ['dark', DESKTOP, 'dark', RULES],
] as const;
/** Further ways of which people may want screenshots. */
const PICTURED = [
  ['phone-dark', PHONE, 'dark', []],
  ['light', DESKTOP, 'light', []],
] as const;
/** Screenshots for people: of the examined ways, with `all` of the further ones too. Not set: none. */
const PICTURES = process.env['PAGE_PICTURES'] ?? '';
const WAYS = PICTURES === 'all' ? [...EXAMINED, ...PICTURED] : EXAMINED;

/** Transitions to another color scheme would give axe colors in between. */
const FINISH_ANIMATIONS =
  'for (const one of document.getAnimations()) if (one.effect.getComputedTiming().endTime < Infinity) one.finish();';

const RECORD_ANNOUNCEMENTS = `
  globalThis.announcements = [];
  addEventListener('DOMContentLoaded', () => {
    const spoken = document.querySelector('#spoken');
    if (!spoken) return;
    new MutationObserver(() => announcements.push(spoken.textContent)).observe(spoken, { childList: true });
  });`;

/** Chromium's message about an error answer, which the page is expected to handle. */
const EXPECTED = /^Failed to load resource/;

/** A user with the page open in a browser context of their own. */
export class PageDriver {
  /** Script errors, policy violations and requests to other sites; every test expects none. */
  readonly problems: string[] = [];
  /** The messages in the browser's console. */
  readonly said: string[] = [];

  private constructor(
    readonly page: Page,
    readonly traffic: Traffic,
  ) {}

  static async arrive(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<PageDriver> {
    const context = await browser.newContext({
      viewport: DESKTOP,
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(HANGS_MS);
    const driver = new PageDriver(page, await Traffic.watch(page));
    await driver.watch();
    await page.goto(url);
    return driver;
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }

  /** Waits until the page shows this title. */
  async sees(title: string): Promise<void> {
    await this.page
      .locator('#title', { hasText: new RegExp(`^${title}$`) })
      .waitFor()
      .catch(async () => {
        throw new Error(
          `the title of the page is "${String(await this.page.textContent('#title'))}" and not "${title}"`,
        );
      });
  }

  async reads(selector: string): Promise<string> {
    return ((await this.page.textContent(selector)) ?? '').trim();
  }

  press(name: string | RegExp): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Returns the QR code that a camera reads from the page. @param other waits for a code that differs from this one */
  async scan(other?: string): Promise<string> {
    let code: string | undefined;
    await eventually(
      async () => {
        const card = this.page.locator('#card[data-ready]');
        if ((await card.count()) === 0) return false;
        code = await readPicture(await card.screenshot());
        return code !== undefined && code !== other;
      },
      10_000,
      () => 'there is no code that a camera can read',
    );
    return code ?? '';
  }

  async typedCode(): Promise<string> {
    await this.sees('Enter this code on the phone');
    return this.reads('#letters');
  }

  /** Returns the last announcement for screen readers. */
  spoken(): Promise<string> {
    return this.reads('#spoken');
  }

  /** Returns all announcements for screen readers since the page was loaded. */
  announcements(): Promise<string[]> {
    return this.page.evaluate<string[]>('announcements');
  }

  /** Whether an element has the focus. */
  hasFocus(selector: string): Promise<boolean> {
    return this.page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)})`);
  }

  /** Returns the places where a secret can be read; there must be none. */
  async exposes(secret: string): Promise<string[]> {
    const session = await this.page.context().newCDPSession(this.page);
    const { entries } = await session.send('Page.getNavigationHistory');
    await session.detach();
    const places = {
      address: this.page.url(),
      history: entries.map(({ url }) => url).join(' '),
      requests: this.traffic.urls.join(' '),
      page: await this.page.content(),
      console: this.said.join(' '),
    };
    return Object.entries(places).flatMap(([name, text]) => (text.includes(secret) ? [name] : []));
  }

  /**
   * Checks the current page in several viewports and color schemes. With `PAGE_PICTURES` it stores screenshots.
   * @returns the problems: violations that axe finds, and horizontal scrolling
   */
  async inspect(name: string): Promise<string[]> {
    const found: string[] = [];
    for (const [way, viewport, colorScheme, rules] of WAYS) {
      await this.page.setViewportSize(viewport);
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(FINISH_ANIMATIONS);
      await this.picture(`${name}-${way}`, viewport === PHONE);
      found.push(...(await this.faults(rules)).map((fault) => `${way}: ${fault}`));
    }
    return found;
  }

  /** Stores a screenshot for people; only with `PAGE_PICTURES`. */
  async picture(name: string, fullPage = false): Promise<void> {
    if (!PICTURES) return;
    await this.page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: 'disabled', fullPage });
  }

  private async faults(rules: readonly string[]): Promise<string[]> {
    const [scrolled, shown] = await this.page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    );
    const faults = scrolled > shown ? [`it is ${scrolled} pixels wide`] : [];
    if (rules.length === 0) return faults;
    if (!(await this.page.evaluate<boolean>("'axe' in window"))) await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate<AxeResults>(
      `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] })`,
    );
    const found = violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, any }) => `${html} ${String(any[0]?.message)}`).join(', ')}`,
    );
    return [...faults, ...found];
  }

  private async watch(): Promise<void> {
    const { page } = this;
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      this.said.push(message.text());
      if (message.type() === 'error' && !EXPECTED.test(message.text())) this.problems.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      const own =
        protocol === 'blob:' || origin === new URL(page.url()).origin || page.url() === 'about:blank';
      if (!own) this.problems.push(`requested ${request.url()}`);
    });
    await page.addInitScript(RECORD_ANNOUNCEMENTS);
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`policy: ${violatedDirective} ${blockedURI}`))",
    );
  }
}
