import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkPage } from '../../../src/security/page-links/page-link.service.js';
import { makeSecret } from '../../../src/security/access/secret.js';
import { Customer } from '../../support/clients/customer.js';
import type { EventClient } from '../../support/clients/event-client.js';
import { misuses } from '../../support/requests/link-misuses.js';
import { PATIENT, STAYS_DOWN } from '../../support/processes/service-timings.js';
import { type Answer, outcomeOf } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';

const RETURN_URL = 'https://app.example.com/linked?order=7';
const HOUR_MS = 3_600_000;

const SETTINGS = {
  LOG_LEVEL: 'trace',
  WHATSAPP_BAILEYS_LOG: 'debug',
  WHATSAPP_RETURN_URLS: 'https://app.example.com',
};

let setup: TestEnvironment;
/** Tokens of all links that the tests create. */
const tokens: string[] = [];
let printed = '';

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: { ...STAYS_DOWN, ...PATIENT }, environment: SETTINGS });
});
afterEach(async () => {
  await setup.service.breakStore({});
  await setup.service.shiftClock(0);
});
afterAll(() => setup.close());

async function invite(accountId: string, order: object = {}): Promise<Customer> {
  const customer = await Customer.of(setup, accountId, order);
  tokens.push(customer.token);
  return customer;
}

const revoke = (linkId: string): Promise<Answer> =>
  setup.service.call('DELETE', `/api/whatsapp/links/${linkId}`);
const linkPage = async (query = ''): Promise<LinkPage> =>
  (await setup.service.call('GET', `/api/whatsapp/links${query}`)).body;
const stateOf = async ({ linkId }: Customer): Promise<string | undefined> =>
  (await linkPage()).links.find((link) => link.linkId === linkId)?.state;

/** Starts a pairing as another caller, and checks that the customer sees no code of it. */
async function expectNoCode(customer: Customer, reader: EventClient): Promise<void> {
  const { accountId } = customer;
  await setup.service.pair(accountId);
  const { value } = await setup.service.qr(accountId);
  await reader.until((messages) => messages.at(-1)?.type === 'qr', 'the events do not mention the code');
  const { body: view } = await customer.call('GET', `pair?accountId=${accountId}`);
  expect(view).toMatchObject({ status: 'pending', step: { type: 'qr', value: null }, qr: null });
  expect(reader.messages.at(-1)?.data).toMatchObject({ pairing: view });
  expect(JSON.stringify(reader.messages)).not.toContain(value);
  expect(outcomeOf(await customer.call('GET', `pair/qr?accountId=${accountId}`))).toEqual([
    403,
    'scope_missing',
  ]);
  expect(reader.isGone).toBe(false);
  reader.hangUp();
  await setup.service.stopPairing(accountId);
}

describe('page link', () => {
  it('a link pairs its account once, and its page can read the success afterwards', async () => {
    const customer = await invite('once', { returnUrl: RETURN_URL });
    expect(customer.url).toBe(`${setup.service.url}/#${customer.token}`);
    const { body: link } = await customer.call('GET', 'link');
    expect(link).toEqual({
      accountId: 'once',
      expiresAt: expect.any(String),
      phoneEnding: null,
      returnUrl: RETURN_URL,
    });
    const left = Date.parse((link as { expiresAt: string }).expiresAt) - Date.now();
    expect(left).toBeGreaterThan(HOUR_MS - 60_000);
    expect(left).toBeLessThanOrEqual(HOUR_MS);
    const reader = await customer.events();
    // Two browser tabs pair at the same time.
    const both = await Promise.all([customer.pair(), customer.pair()]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const phone = await customer.links();
    expect((await customer.reads()).body).toMatchObject({ status: 'connected', servicePhone: phone });
    expect(await customer.refusals()).toEqual([null, 'link_used']);
    expect(outcomeOf(await customer.pair())).toEqual([401, 'link_used']);
    expect((await customer.call('GET', 'link')).status).toBe(200);
    await reader.until(
      (messages) => messages.some(({ data }) => JSON.stringify(data).includes('"serviceConnected":true')),
      'the events do not mention the connection',
    );
    expect(await stateOf(customer)).toBe('used');
    await setup.service.disconnect('once');
    expect(await customer.refusals()).toEqual([null, 'link_used']);
    await expectNoCode(customer, reader);
  });

  it('a link for one number shows no code that can link another number', async () => {
    const phone = setup.newPhone();
    const customer = await invite('bound', { expectedPhoneNumber: phone });
    await expectNoCode(customer, await customer.events());
    await customer.links(phone);
  });

  it('a link permits only its account and the routes of its page', async () => {
    const customer = await invite('mine');
    for (const [method, path, body, code] of misuses(customer.linkId)) {
      const answer = outcomeOf(await customer.call(method, path, body));
      expect([method, path, ...answer]).toEqual([method, path, code === 'invalid_request' ? 400 : 403, code]);
    }
    expect(await customer.refusals()).toEqual([null, null]);
  });

  it('an incomplete or wrong token, or a token in the URL, authenticates nothing', async () => {
    const { token, headers, linkId } = await invite('guarded');
    const path = '/api/whatsapp/link';
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [
      token.slice(0, -1),
      flipped,
      `${token}x`,
      makeSecret('wpl').text,
      `wpl_${linkId}_`,
    ]) {
      const answer = await setup.service.call('GET', path, undefined, { authorization: `Bearer ${wrong}` });
      expect(outcomeOf(answer)).toEqual([401, 'link_invalid']);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
    for (const query of [`token=${token}`, `access_token=${token}`, token])
      expect((await setup.service.call('GET', `${path}?${query}`, undefined, {})).status).toBe(400);
    expect(outcomeOf(await setup.service.call('GET', path))).toEqual([404, 'not_found']);
    expect((await setup.service.call('GET', path, undefined, { 'x-api-key': token })).status).toBe(200);
    expect((await setup.service.call('GET', `${path}?x=1`, undefined, headers)).status).toBe(400);
  });

  it('a link for one number pairs no other number, by phone code or by QR code', async () => {
    const [phone, other] = [setup.newPhone(), setup.newPhone()];
    const customer = await invite('numbered', { expectedPhoneNumber: `+${phone}` });
    expect((await customer.call('GET', 'link')).body).toMatchObject({ phoneEnding: phone.slice(-2) });
    for (const field of ['phoneNumber', 'expectedPhoneNumber'])
      expect(outcomeOf(await customer.pair({ [field]: other }))).toEqual([403, 'number_forbidden']);
    const qr = await customer.showsCode();
    expect(await setup.simulator.control.scan({ phone: other, qr })).toMatchObject({ paired: false });
    await setup.service.reaches('numbered', 'error');
    expect(await setup.service.failure('numbered')).toMatchObject({ code: 'wrong_number' });
    expect(await customer.refusals()).toEqual([null, null]);
    await customer.links(phone);
    expect(await stateOf(customer)).toBe('used');
  });

  it('a link is used when its account is linked in another way', async () => {
    const [one, another, others] = [await invite('shared'), await invite('shared'), await invite('apart')];
    await setup.link('shared');
    expect(await one.refusals()).toEqual([null, 'link_used']);
    expect(await another.refusals()).toEqual([null, 'link_used']);
    expect(await others.refusals()).toEqual([null, null]);
    await expect(invite('shared')).rejects.toThrow('already_linked');
    await setup.service.disconnect('shared');
    const anew = await invite('shared');
    await setup.service.disconnect('shared');
    await anew.links();
  });
});

describe('revoked page link', () => {
  it('revoking a link during its pairing removes the code and ends the event stream of its page', async () => {
    const customer = await invite('taken');
    const qr = await customer.showsCode();
    const reader = await customer.events();
    const etag =
      (await customer.call('GET', 'pair/qr?accountId=taken&format=json')).headers.get('etag') ?? '';
    const headers = { ...customer.headers, 'if-none-match': etag };
    const path = '/api/whatsapp/pair/qr?accountId=taken&format=json&waitMs=20000';
    const waiting = setup.service.call('GET', path, undefined, headers);
    const { status, body } = await revoke(customer.linkId);
    expect([status, body]).toEqual([
      200,
      { ok: true, linkId: customer.linkId, accountId: 'taken', state: 'revoked' },
    ]);
    await setup.service.reaches('taken', 'idle');
    await reader.isDropped(5_000);
    expect(reader.hasEnded).toBe(true);
    expect(outcomeOf(await waiting)).toEqual([401, 'link_revoked']);
    expect(await customer.refusals()).toEqual(['link_revoked', 'link_revoked']);
    await expect(customer.events()).rejects.toThrow('401');
    expect(await setup.simulator.control.scan({ phone: setup.newPhone(), qr, waitMs: 500 })).toMatchObject({
      paired: false,
    });
    expect((await revoke(customer.linkId)).body).toMatchObject({ state: 'revoked' });
  });

  it('revoking a link does not stop a pairing that another caller started later', async () => {
    const customer = await invite('taken-over');
    await customer.showsCode();
    await setup.service.pair('taken-over');
    const { sequence } = await setup.service.qr('taken-over');
    await revoke(customer.linkId);
    expect(await customer.refusals()).toEqual(['link_revoked', 'link_revoked']);
    expect(sequence).toBe(1);
    expect(await setup.service.status('taken-over')).toMatchObject({ status: 'pending' });
    await setup.service.stopPairing('taken-over');
  });

  it('a link stays open when its revocation cannot be stored, and a link that cannot be stored is not created', async () => {
    const customer = await invite('unstored');
    await setup.service.breakStore({ pageLinks: true });
    expect(outcomeOf(await revoke(customer.linkId))).toEqual([500, 'storage_failed']);
    await expect(invite('unstored')).rejects.toThrow('storage_failed');
    expect(await customer.refusals()).toEqual([null, null]);
    await setup.service.breakStore({});
    expect((await linkPage('?accountId=unstored')).links).toHaveLength(1);
    expect((await revoke(customer.linkId)).status).toBe(200);
  });

  it('revoking an unknown link is refused as link_unknown', async () => {
    for (const linkId of ['nononono', 'constructor', '%F0%9F%98%80', '..%2F..'])
      expect(outcomeOf(await revoke(linkId))).toEqual([404, 'link_unknown']);
    expect(outcomeOf(await setup.service.call('DELETE', '/api/whatsapp/links/nononono?x=1'))).toEqual([
      400,
      'invalid_request',
    ]);
    expect(outcomeOf(await setup.service.call('DELETE', '/api/whatsapp/links/nononono', { a: 1 }))).toEqual([
      400,
      'invalid_request',
    ]);
  });
});

describe('expired page link', () => {
  it('the expiry of a link during its pairing removes the code and ends the event stream of its page', async () => {
    const customer = await invite('late');
    await customer.showsCode();
    const reader = await customer.events();
    await setup.service.shiftClock(HOUR_MS - timeLimit(5_000));
    expect((await customer.reads()).status).toBe(200);
    await setup.service.shiftClock(HOUR_MS + 5_000);
    expect(outcomeOf(await customer.reads())).toEqual([401, 'link_expired']);
    await reader.isDropped(5_000);
    await setup.service.reaches('late', 'idle');
    expect(await stateOf(customer)).toBe('expired');
    await setup.service.shiftClock(0);
    expect(await customer.refusals()).toEqual(['link_expired', 'link_expired']);
  });

  it('an expired link leaves no pairing behind, although its page requested many', async () => {
    const customer = await invite('eager');
    await setup.service.breakStore({ delayMs: timeLimit(2_000) });
    const asking = Array.from({ length: 20 }, () => customer.pair());
    // The queue of the account is full, while the first call waits for the store.
    await Promise.any(
      asking.map(async (call) => {
        expect(outcomeOf(await call)).toEqual([429, 'busy']);
      }),
    );
    await setup.service.shiftClock(HOUR_MS + 5_000);
    expect(outcomeOf(await customer.reads())).toEqual([401, 'link_expired']);
    await setup.service.breakStore({});
    await Promise.all(asking);
    await setup.service.reaches('eager', 'idle');
    const [, refusal] = await customer.refusals();
    expect([refusal, (await setup.service.status('eager')).status]).toEqual(['link_expired', 'idle']);
  });
});

describe('page links of a killed service', () => {
  it('a restarted service knows a use that was not stored, and the state of the other links', async () => {
    const [used, open, revoked] = [await invite('killed'), await invite('kept'), await invite('kept')];
    await revoke(revoked.linkId);
    await setup.service.breakStore({ pageLinks: true });
    await used.links();
    printed += setup.service.output;
    await setup.restart('kill');
    expect(await used.refusals()).toEqual([null, 'link_used']);
    expect(await open.refusals()).toEqual([null, null]);
    expect(await revoked.refusals()).toEqual(['link_revoked', 'link_revoked']);
    await open.links();
  });
});

describe('log of page links at level trace', () => {
  it('the log mentions used links, and contains none of their tokens', () => {
    const all = printed + setup.service.output;
    expect(all).toMatch(/page link \w{8} was used/);
    expect(tokens.length).toBeGreaterThan(12);
    for (const token of tokens) {
      expect(all).not.toContain(token);
      expect(all).not.toContain(token.split('_').slice(2).join('_'));
    }
  });
});
