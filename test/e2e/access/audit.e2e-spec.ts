import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AuditedEntry,
  AuditedEnvironment,
  type AuditedPage,
  inShort,
  KEYS,
} from '../../support/store/audited-environment.js';
import { eventually } from '../../support/eventually.js';
import { KeyCommandClient } from '../../support/store/key-command-client.js';
import type { TestEnvironment } from '../../support/processes/test-environment.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let audited: AuditedEnvironment;
let setup: TestEnvironment;

beforeAll(async () => {
  audited = await AuditedEnvironment.create();
  ({ setup } = audited);
});
afterAll(() => setup.close());

describe('audit trail', () => {
  it('an audit entry has caller, action, account, address, time and result', async () => {
    const before = await audited.latest();
    await audited.call('office', 'POST', 'pair', { accountId: 'sales' });
    await audited.call('shop', 'POST', 'pair/stop', { accountId: 'shop-1' });
    await audited.call('office', 'POST', 'disconnect');
    const { linkId } = await audited.invite('office', 'sales');
    await audited.call('office', 'DELETE', `links/${linkId}`);
    const entries = await audited.since(before);
    expect(entries.map(inShort)).toEqual([
      ['office', 'pair', 'sales', 'ok'],
      ['shop', 'stop', 'shop-1', 'ok'],
      ['office', 'disconnect', 'default', 'ok'],
      ['office', 'create_link', 'sales', linkId, 'ok'],
      ['office', 'revoke_link', 'sales', linkId, 'ok'],
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

  it('failed calls and refused calls of known callers are entered in the audit trail, and no others', async () => {
    const before = await audited.latest();
    await audited.call('dashboard', 'POST', 'disconnect', { accountId: 'sales' });
    await audited.call('shop', 'POST', 'disconnect', { accountId: 'sales' });
    await audited.call('shop', 'POST', 'pair');
    await setup.service.breakStore({ erase: true });
    await audited.call('office', 'POST', 'disconnect', { accountId: 'warehouse' });
    await setup.service.breakStore({});
    // These calls are not entered: the caller is unknown, or the call could not change anything.
    await setup.service.disconnect('sales');
    await audited.call('office', 'POST', 'pair', { accountId: '' });
    await audited.call('office', 'POST', 'pair', { acountId: 'sales' });
    await audited.call('office', 'GET', 'status?accountId=sales');
    await audited.call('dashboard', 'GET', 'audit');
    await audited.call('office', 'DELETE', 'links/nosuchid');
    expect((await audited.since(before)).map(inShort)).toEqual([
      ['dashboard', 'disconnect', 'sales', 'scope_missing'],
      ['shop', 'disconnect', 'sales', 'account_forbidden'],
      ['shop', 'pair', 'default', 'account_forbidden'],
      ['office', 'disconnect', 'warehouse', 'storage_failed'],
    ]);
    expect(setup.service.output).toMatch(
      /Refused a request from 127\.0\.0\.1: key_missing at POST .*disconnect/,
    );
  });

  it('a caller with a page link is entered in the audit trail with the id of the link', async () => {
    const before = await audited.latest();
    const { linkId, token } = await audited.invite('shop', 'shop-9');
    await audited.callWith(token, 'POST', 'pair/stop', { accountId: 'shop-9' });
    await audited.callWith(token, 'POST', 'pair/stop', { accountId: 'shop-8' });
    await audited.callWith(token, 'POST', 'disconnect', { accountId: 'shop-9' });
    const entries = await audited.since(before, 'shop');
    expect(entries.slice(1).map(({ by, action, result }) => [by, action, result])).toEqual([
      [{ kind: 'link', id: linkId, name: null }, 'stop', 'ok'],
      [{ kind: 'link', id: linkId, name: null }, 'stop', 'account_forbidden'],
      [{ kind: 'link', id: linkId, name: null }, 'disconnect', 'scope_missing'],
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
  });

  it('a call refused because of the phone number is entered in the audit trail without the number', async () => {
    const [expected, other] = [setup.newPhone(), setup.newPhone()];
    const { token } = await audited.invite('office', 'bound', { expectedPhoneNumber: `+${expected}` });
    await audited.callWith(token, 'POST', 'pair', { accountId: 'bound', phoneNumber: `+${other}` });
    const { entries } = await audited.read('&accountId=bound');
    expect(entries.map(({ by, action, result }) => [by.kind, action, result])).toEqual([
      ['link', 'pair', 'number_forbidden'],
      ['key', 'create_link', 'ok'],
    ]);
    for (const phone of [expected, other]) expect(JSON.stringify(entries)).not.toContain(phone);
  });

  it('commands on keys are entered in the audit trail, and only unrestricted readers see them', async () => {
    const before = await audited.latest();
    const keys = new KeyCommandClient(setup.dataDir);
    await keys.create('night-shift', { scopes: ['read'] });
    await keys.revoke('night-shift');
    const [created, revoked, ...others] = await audited.since(before);
    const command = { by: { kind: 'command', id: null, name: null }, address: null, accountId: null };
    expect(created).toMatchObject({ ...command, action: 'create_key', result: 'ok' });
    expect(revoked).toMatchObject({
      ...command,
      action: 'revoke_key',
      subject: created?.subject,
      result: 'ok',
    });
    expect([created?.subject?.length, others]).toEqual([8, []]);
    expect(await audited.since(before, 'shop')).toEqual([]);
  });

  it('reading the audit trail needs the scope "admin", and a restricted key reads only entries about its accounts', async () => {
    expect((await audited.call('dashboard', 'GET', 'audit')).status).toBe(403);
    expect((await setup.service.call('GET', '/api/whatsapp/audit')).status).toBe(401);
    const all = (await audited.read()).entries.filter(({ accountId }) => accountId?.startsWith('shop-'));
    expect(all.length).toBeGreaterThan(3);
    expect((await audited.read('', 'shop')).entries).toEqual(all);
    const { body } = await audited.call('shop', 'GET', 'audit?accountId=sales');
    expect((body as { code: string }).code).toBe('account_forbidden');
    const { entries } = await audited.read('&accountId=sales');
    expect(new Set(entries.map(({ accountId }) => accountId))).toEqual(new Set(['sales']));
  });

  it('50 simultaneous calls are entered in the audit trail in order, and pages stay stable while entries are added', async () => {
    const before = await audited.latest();
    const accounts = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    await Promise.all(
      accounts.map((accountId) => audited.call('office', 'POST', 'pair/stop', { accountId })),
    );
    const entries = await audited.since(before);
    expect(entries.map(({ number }) => number)).toEqual(accounts.map((_, index) => before + 1 + index));
    expect(entries.map(({ accountId }) => accountId).sort()).toEqual([...accounts].sort());
    const times = entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort());

    const pages: AuditedEntry[] = [];
    let next: number | null = before + 51;
    while (next !== null && next > before + 1) {
      const { body } = await audited.call('auditor', 'GET', `audit?limit=7&before=${next}`);
      const page: AuditedPage = body;
      pages.push(...page.entries.filter(({ number }) => number > before));
      next = page.next;
      await audited.call('office', 'POST', 'pair/stop', { accountId: 'meanwhile' });
    }
    expect(pages).toEqual([...entries].reverse());
  });

  it('audit entries contain no phone numbers and no codes', async () => {
    const phone = setup.newPhone();
    const { body } = await audited.call('office', 'POST', 'pair', {
      accountId: 'by-code',
      phoneNumber: `+${phone}`,
    });
    const { pairingCode } = body as { pairingCode: string };
    expect(pairingCode).toMatch(/\w{4}-?\w{4}/);
    await audited.invite('office', 'by-code', { expectedPhoneNumber: `+${phone}` });
    const text = JSON.stringify(await audited.read('&accountId=by-code'));
    expect(text).toContain('create_link');
    for (const secret of [phone, phone.slice(-6), pairingCode, KEYS.office.text]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('audit of a long call', () => {
  const stage = 'companion_hello';

  /** Starts a call that waits for a code from WhatsApp, which does not answer. */
  async function waitForCode(
    accountId: string,
    { key = KEYS.office.text, signal = null }: { key?: string; signal?: AbortSignal | null } = {},
  ): Promise<{ readonly answer: Promise<Response> }> {
    const { control } = setup.simulator;
    await control.addFault({ stage, action: { type: 'hold' } });
    const answer = fetch(`${setup.service.url}/api/whatsapp/pair`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ accountId, phoneNumber: `+${setup.newPhone()}` }),
      signal,
    });
    answer.catch(() => undefined);
    await control.holds({ stage }, 10_000);
    return { answer };
  }

  it('a running call has an audit entry without a result, and gets the result although its client disconnected', async () => {
    const client = new AbortController();
    await waitForCode('hung-up', { signal: client.signal });
    const [entry] = (await audited.read('&accountId=hung-up')).entries;
    expect([entry?.action, entry?.result]).toEqual(['pair', null]);
    client.abort();
    await audited.call('office', 'POST', 'pair/stop', { accountId: 'hung-up' });
    await eventually(
      async () => (await audited.read('&accountId=hung-up')).entries.at(-1)?.result === 'no_pairing',
      5_000,
      () => 'the call has no result',
    );
    await setup.simulator.control.removeFault();
  });

  it('a call that is aborted by the revocation of its link is answered and entered in the audit trail as link_revoked', async () => {
    const { linkId, token } = await audited.invite('office', 'cut-short');
    const { answer } = await waitForCode('cut-short', { key: token });
    await audited.call('office', 'DELETE', `links/${linkId}`);
    const { status } = await answer;
    expect([status, ...(await audited.read('&accountId=cut-short')).entries.map(inShort)]).toEqual([
      401,
      ['office', 'revoke_link', 'cut-short', linkId, 'ok'],
      [null, 'pair', 'cut-short', 'link_revoked'],
      ['office', 'create_link', 'cut-short', linkId, 'ok'],
    ]);
    await setup.simulator.control.removeFault();
  });

  it('a call has an audit entry without a result after the service was killed during the call', async () => {
    await waitForCode('killed');
    const before = (await audited.read()).entries;
    await setup.restart('kill');
    await setup.simulator.control.removeFault();
    const { entries } = await audited.read();
    expect(entries).toEqual(before);
    expect(entries[0]).toMatchObject({ accountId: 'killed', action: 'pair', result: null });
    await audited.call('office', 'POST', 'pair/stop', { accountId: 'killed' });
    expect((await audited.since(entries[0]?.number ?? 0)).map(inShort)).toEqual([
      ['office', 'stop', 'killed', 'ok'],
    ]);
  });
});

describe('audit on a full disk', () => {
  it('calls work although the disk is full, and the log has the missing entries', async () => {
    const before = await audited.latest();
    await setup.service.breakStore({ full: true });
    expect((await audited.call('office', 'POST', 'pair/stop', { accountId: 'full' })).status).toBe(200);
    await setup.service.breakStore({});
    expect(await audited.latest()).toBe(before);
    const who = `key ${KEYS.office.id} "office" stop full from 127.0.0.1`;
    expect(setup.service.output).toContain('Not in the audit trail (disk I/O error');
    expect(setup.service.output).toContain(`Not in the audit trail: ${who} ok.`);
    await audited.call('office', 'POST', 'pair/stop', { accountId: 'full' });
    expect(await audited.latest()).toBe(before + 1);
  });
});
