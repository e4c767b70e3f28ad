import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSecret } from '../../src/security/secret.js';
import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/service-process.js';
import { PATIENT, SHORT_TIMINGS } from '../support/service-process.js';
import { World } from '../support/world.js';

interface Entry {
  readonly number: number;
  readonly at: string;
  readonly by: { readonly kind: string; readonly id: string | null; readonly name: string | null };
  readonly action: string;
  readonly accountId: string | null;
  readonly subject: string | null;
  readonly address: string | null;
  readonly result: string | null;
}

interface Page {
  readonly entries: readonly Entry[];
  readonly next: number | null;
}

/** Whoever calls, with the key that they have. */
const KEYS = {
  office: { ...makeSecret('wak'), may: '' },
  shop: { ...makeSecret('wak'), may: ':read+pair+disconnect+admin:shop-*' },
  dashboard: { ...makeSecret('wak'), may: ':read' },
  auditor: { ...makeSecret('wak'), may: ':admin' },
};
type Who = keyof typeof KEYS;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let world: World;

beforeAll(async () => {
  world = await World.create({
    timings: { ...SHORT_TIMINGS, ...PATIENT },
    environment: {
      WHATSAPP_MAX_PAIRING_SESSIONS: '100',
      WHATSAPP_API_KEYS: Object.entries(KEYS)
        .map(([name, { hash, may }]) => `${name}:${hash}${may}`)
        .join(','),
    },
  });
});
afterAll(() => world.close());

const call = (who: Who, method: string, path: string, body?: object): Promise<Answer> =>
  world.service.call(method, `/api/whatsapp/${path}`, body, { authorization: `Bearer ${KEYS[who].text}` });

async function read(query = '', who: Who = 'auditor'): Promise<Page> {
  const { status, body } = await call(who, 'GET', `audit?limit=200${query}`);
  expect([status, body]).toEqual([200, expect.anything()]);
  return body;
}

/** What stands in the trail after the entry of this number, the oldest first. */
async function since(number: number, who: Who = 'auditor'): Promise<Entry[]> {
  const { entries } = await read('', who);
  return entries.filter((entry) => entry.number > number).reverse();
}

const latest = async (): Promise<number> => (await read()).entries[0]?.number ?? 0;

const inShort = ({ by, action, accountId, subject, result }: Entry): unknown[] => [
  by.name,
  action,
  accountId,
  ...(subject === null ? [] : [subject]),
  result,
];

describe('the audit trail', () => {
  it('says who did what, to which account, from where and when, and how it went', async () => {
    const before = await latest();
    await call('office', 'POST', 'pair', { accountId: 'sales' });
    await call('shop', 'POST', 'pair/stop', { accountId: 'shop-1' });
    await call('office', 'POST', 'disconnect');
    const made = (await call('office', 'POST', 'links', { accountId: 'sales', expiresInSeconds: 60 }))
      .body as {
      linkId: string;
    };
    await call('office', 'DELETE', `links/${made.linkId}`);
    const entries = await since(before);
    expect(entries.map(inShort)).toEqual([
      ['office', 'pair', 'sales', 'ok'],
      ['shop', 'stop', 'shop-1', 'ok'],
      ['office', 'disconnect', 'default', 'ok'],
      ['office', 'create_link', 'sales', made.linkId, 'ok'],
      ['office', 'revoke_link', 'sales', made.linkId, 'ok'],
    ]);
    expect(entries[0]).toEqual({
      number: before + 1,
      at: expect.stringMatching(TIME) as unknown,
      by: { kind: 'key', id: KEYS.office.id, name: 'office' },
      action: 'pair',
      accountId: 'sales',
      subject: null,
      address: '127.0.0.1',
      result: 'ok',
    });
  });

  it('has what failed and what was refused to somebody who is known, and nothing else', async () => {
    const before = await latest();
    await call('dashboard', 'POST', 'disconnect', { accountId: 'sales' });
    await call('shop', 'POST', 'disconnect', { accountId: 'sales' });
    await call('shop', 'POST', 'pair');
    await world.service.breakStore({ erase: true });
    await call('office', 'POST', 'disconnect', { accountId: 'warehouse' });
    await world.service.breakStore({});
    // Nobody knows who that was, or it was no call that could have changed anything.
    await world.service.disconnect('sales');
    await call('office', 'POST', 'pair', { accountId: '' });
    await call('office', 'POST', 'pair', { acountId: 'sales' });
    await call('office', 'GET', 'status?accountId=sales');
    await call('dashboard', 'GET', 'audit');
    await call('office', 'DELETE', 'links/nosuchid');
    expect((await since(before)).map(inShort)).toEqual([
      ['dashboard', 'disconnect', 'sales', 'scope_missing'],
      ['shop', 'disconnect', 'sales', 'account_forbidden'],
      ['shop', 'pair', 'default', 'account_forbidden'],
      ['office', 'disconnect', 'warehouse', 'storage_failed'],
    ]);
    expect(world.service.output).toMatch(/Refused from 127\.0\.0\.1: key_missing at POST .*disconnect/);
  });

  it('knows who has come with a link, by its id', async () => {
    const before = await latest();
    const order = { accountId: 'shop-9', expiresInSeconds: 60 };
    const { linkId, url } = (await call('shop', 'POST', 'links', order)).body as {
      linkId: string;
      url: string;
    };
    const token = new URL(url).hash.slice(1);
    const withLink = (path: string, body: object): Promise<Answer> =>
      world.service.call('POST', `/api/whatsapp/${path}`, body, { authorization: `Bearer ${token}` });
    await withLink('pair/stop', { accountId: 'shop-9' });
    await withLink('pair/stop', { accountId: 'shop-8' });
    await withLink('disconnect', { accountId: 'shop-9' });
    const entries = await since(before, 'shop');
    expect(entries.slice(1).map(({ by, action, result }) => [by, action, result])).toEqual([
      [{ kind: 'link', id: linkId, name: null }, 'stop', 'ok'],
      [{ kind: 'link', id: linkId, name: null }, 'stop', 'account_forbidden'],
      [{ kind: 'link', id: linkId, name: null }, 'disconnect', 'scope_missing'],
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
  });

  it('has what a link is refused because of its number, without the number', async () => {
    const [expected, other] = [world.newPhone(), world.newPhone()];
    const order = { accountId: 'bound', expiresInSeconds: 60, expectedPhoneNumber: `+${expected}` };
    const { url } = (await call('office', 'POST', 'links', order)).body as { url: string };
    const token = new URL(url).hash.slice(1);
    await world.service.call(
      'POST',
      '/api/whatsapp/pair',
      { accountId: 'bound', phoneNumber: `+${other}` },
      { authorization: `Bearer ${token}` },
    );
    const { entries } = await read('&accountId=bound');
    expect(entries.map(({ by, action, result }) => [by.kind, action, result])).toEqual([
      ['link', 'pair', 'number_forbidden'],
      ['key', 'create_link', 'ok'],
    ]);
    for (const phone of [expected, other]) expect(JSON.stringify(entries)).not.toContain(phone);
  });

  it('has what a command does with keys, for readers who are not restricted', async () => {
    const before = await latest();
    const keys = (...args: string[]): Promise<unknown> =>
      promisify(execFile)(process.execPath, ['dist/src/keys.js', ...args], {
        env: { PATH: process.env['PATH'], WHATSAPP_DATA_DIR: world.dataDir },
      });
    await keys('create', 'night-shift', '--scopes', 'read');
    await keys('revoke', 'night-shift');
    const [created, revoked, ...others] = await since(before);
    const command = { by: { kind: 'command', id: null, name: null }, address: null, accountId: null };
    expect(created).toMatchObject({ ...command, action: 'create_key', result: 'ok' });
    expect(revoked).toMatchObject({
      ...command,
      action: 'revoke_key',
      subject: created?.subject,
      result: 'ok',
    });
    expect([created?.subject?.length, others]).toEqual([8, []]);
    expect(await since(before, 'shop')).toEqual([]);
  });

  it('can be read with "admin" alone, and of restricted keys only what is about their accounts', async () => {
    expect((await call('dashboard', 'GET', 'audit')).status).toBe(403);
    expect((await world.service.call('GET', '/api/whatsapp/audit')).status).toBe(401);
    const all = (await read()).entries.filter(({ accountId }) => accountId?.startsWith('shop-'));
    expect(all.length).toBeGreaterThan(3);
    expect((await read('', 'shop')).entries).toEqual(all);
    const { body } = await call('shop', 'GET', 'audit?accountId=sales');
    expect((body as { code: string }).code).toBe('account_forbidden');
    const { entries } = await read('&accountId=sales');
    expect(new Set(entries.map(({ accountId }) => accountId))).toEqual(new Set(['sales']));
  });

  it('keeps the order of 50 simultaneous calls, and its pages while entries are added', async () => {
    const before = await latest();
    const accounts = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    await Promise.all(accounts.map((accountId) => call('office', 'POST', 'pair/stop', { accountId })));
    const entries = await since(before);
    expect(entries.map(({ number }) => number)).toEqual(accounts.map((_, index) => before + 1 + index));
    expect(entries.map(({ accountId }) => accountId).sort()).toEqual([...accounts].sort());
    const times = entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort());

    const pages: Entry[] = [];
    let next: number | null = before + 51;
    while (next !== null && next > before + 1) {
      const { body } = await call('auditor', 'GET', `audit?limit=7&before=${next}`);
      const page: Page = body;
      pages.push(...page.entries.filter(({ number }) => number > before));
      next = page.next;
      await call('office', 'POST', 'pair/stop', { accountId: 'meanwhile' });
    }
    expect(pages).toEqual([...entries].reverse());
  });

  it('has no phone numbers and no codes', async () => {
    const phone = world.newPhone();
    const { body } = await call('office', 'POST', 'pair', { accountId: 'by-code', phoneNumber: `+${phone}` });
    const { pairingCode } = body as { pairingCode: string };
    expect(pairingCode).toMatch(/\w{4}-?\w{4}/);
    await call('office', 'POST', 'links', {
      accountId: 'by-code',
      expiresInSeconds: 60,
      expectedPhoneNumber: `+${phone}`,
    });
    const text = JSON.stringify(await read('&accountId=by-code'));
    expect(text).toContain('create_link');
    for (const secret of [phone, phone.slice(-6), pairingCode, KEYS.office.text]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('a call that takes its time', () => {
  const stage = 'companion_hello';

  /** A call is waiting for a code from WhatsApp, which does not answer. */
  async function waitForCode(accountId: string, signal: AbortSignal | null = null): Promise<void> {
    const { control } = world.simulator;
    await control.addFault({ stage, action: { type: 'hold' } });
    const answer = fetch(`${world.service.url}/api/whatsapp/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEYS.office.text },
      body: JSON.stringify({ accountId, phoneNumber: `+${world.newPhone()}` }),
      signal,
    });
    answer.catch(() => undefined);
    await control.holds({ stage }, 10_000);
  }

  it('stands in the trail while it is under way, and gets its result though its client has hung up', async () => {
    const client = new AbortController();
    await waitForCode('hung-up', client.signal);
    const [entry] = (await read('&accountId=hung-up')).entries;
    expect([entry?.action, entry?.result]).toEqual(['pair', null]);
    client.abort();
    await call('office', 'POST', 'pair/stop', { accountId: 'hung-up' });
    await eventually(
      async () => (await read('&accountId=hung-up')).entries.at(-1)?.result === 'no_pairing',
      5_000,
      () => 'the call has no result',
    );
    await world.simulator.control.removeFault();
  });

  it('stands there without a result when the service was killed in the middle of it', async () => {
    await waitForCode('killed');
    const before = (await read()).entries;
    await world.restart('kill');
    await world.simulator.control.removeFault();
    const { entries } = await read();
    expect(entries).toEqual(before);
    expect(entries[0]).toMatchObject({ accountId: 'killed', action: 'pair', result: null });
    await call('office', 'POST', 'pair/stop', { accountId: 'killed' });
    expect((await since(entries[0]?.number ?? 0)).map(inShort)).toEqual([['office', 'stop', 'killed', 'ok']]);
  });
});

describe('a disk that is full', () => {
  it('keeps nobody from working; what the trail does not have stands in the log', async () => {
    const before = await latest();
    await world.service.breakStore({ full: true });
    expect((await call('office', 'POST', 'pair/stop', { accountId: 'full' })).status).toBe(200);
    await world.service.breakStore({});
    expect(await latest()).toBe(before);
    const who = `key ${KEYS.office.id} "office" stop full from 127.0.0.1`;
    expect(world.service.output).toContain('Not in the audit trail (disk I/O error');
    expect(world.service.output).toContain(`Not in the audit trail: ${who} ok.`);
    await call('office', 'POST', 'pair/stop', { accountId: 'full' });
    expect(await latest()).toBe(before + 1);
  });
});
