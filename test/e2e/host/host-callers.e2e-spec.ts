import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventClient } from '../../support/clients/event-client.js';
import { EventReplica } from '../../support/clients/event-replica.js';
import { eventually } from '../../support/eventually.js';
import { as, BASE, HostedTenants, outcome, read } from '../../support/host/hosted-tenants.js';
import type { Tenant } from '../../support/host/host.guards.js';
import type { HostAnswer } from '../../support/host/host-process.js';
import { CODE_WAIT_MS, timeLimitSince } from '../../support/time/time-limit.js';

const ALL = ['read', 'pair', 'disconnect', 'admin'] as const;
const PHONE = '5215512345678';
/** The same number with its `+`. */
const SAME_PHONE = '+525512345678';
const OTHER_PHONE = '4915110000009';

const TENANTS = {
  red: { scopes: ALL, prefix: 'red-' },
  blue: { scopes: ALL, prefix: 'blue-' },
  reader: { scopes: ['read'], prefix: 'red-', canSeeCodes: false },
  /** The guard of the host permits every route to this tenant, and the answers still have no codes. */
  blind: { scopes: ALL, canSeeCodes: false },
  bound: { scopes: ALL, prefix: 'bound', onlyPhone: PHONE },
  leaving: { scopes: ALL },
  waiting: { scopes: ALL },
} satisfies Record<string, Tenant>;

let tenants: HostedTenants;

beforeAll(async () => {
  tenants = await HostedTenants.start(TENANTS);
});
afterAll(() => tenants.close());

function replicaOf(client: EventClient): EventReplica {
  const replica = new EventReplica();
  for (const message of client.messages) replica.take(message);
  return replica;
}

const accountsIn = ({ messages }: EventClient): string[] => {
  const received = messages.flatMap(({ type, data }) =>
    type === 'snapshot'
      ? (data['accounts'] as { status: { accountId: string } }[]).map(({ status }) => status.accountId)
      : [data.accountId],
  );
  return [...new Set(received)].sort();
};

describe('a caller with access to some accounts', () => {
  beforeAll(async () => {
    for (const accountId of ['red-1', 'blue-1', 'red-2', 'blue-2', 'red-3', 'red-4'])
      await tenants.host.post(`${BASE}/pair`, { accountId });
  });
  afterAll(async () => {
    for (const accountId of ['red-1', 'blue-1', 'red-2', 'blue-2', 'red-3', 'red-4'])
      await tenants.host.post(`${BASE}/disconnect`, { accountId });
  });

  it('the list of accounts has only accessible accounts, in full pages', async () => {
    expect(await tenants.listed('red', 'limit=3')).toEqual({
      ids: ['red-1', 'red-2', 'red-3'],
      next: 'red-3',
    });
    expect(await tenants.listed('red', 'limit=3&after=red-3')).toEqual({ ids: ['red-4'], next: null });
    expect(await tenants.listed('red', 'limit=4')).toEqual({
      ids: ['red-1', 'red-2', 'red-3', 'red-4'],
      next: null,
    });
    expect(await tenants.listed('blue', 'after=red-1')).toEqual({ ids: [], next: null });
    expect(await tenants.listed('blue', 'limit=1')).toEqual({ ids: ['blue-1'], next: 'blue-1' });
  });

  it('an account of another caller and an unknown account get the same refusal', async () => {
    for (const path of ['status', 'pair', 'pair/qr', 'events']) {
      const [others, unknown] = await Promise.all(
        ['blue-1', 'unknown'].map((accountId) => tenants.get('red', `${path}?accountId=${accountId}`)),
      );
      expect(outcome(others as HostAnswer)).toEqual([403, 'account_forbidden']);
      expect(others?.text).toBe(unknown?.text);
    }
    for (const path of ['pair', 'pair/stop', 'disconnect']) {
      const [others, unknown] = await Promise.all(
        ['blue-1', 'unknown'].map((accountId) => tenants.post('red', path, { accountId })),
      );
      expect(outcome(others as HostAnswer)).toEqual([403, 'account_forbidden']);
      expect(others?.text).toBe(unknown?.text);
    }
    expect(outcome(await tenants.post('red', 'disconnect', {}))).toEqual([403, 'account_forbidden']);
    expect((await tenants.host.tenant('red')).begun).toEqual([]);
    expect((await tenants.host.send(`${BASE}/status?accountId=blue-1`)).text).toContain('"status":"pending"');
  });

  it('a stream has only events of accessible accounts, from the snapshot on and after a reconnect', async () => {
    const [red, blue, one] = await Promise.all([
      tenants.follow('red'),
      tenants.follow('blue'),
      tenants.follow('red', '?accountId=red-1'),
    ]);
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'blue-2' });
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'red-2' });
    const stopped = (client: EventClient, accountId: string): Promise<void> =>
      client.until(
        () => replicaOf(client).of(accountId).status['status'] === 'idle',
        `${accountId} is stopped`,
      );
    await Promise.all([stopped(red, 'red-2'), stopped(blue, 'blue-2')]);
    expect(accountsIn(red)).toEqual(['red-1', 'red-2', 'red-3', 'red-4']);
    expect(accountsIn(blue)).toEqual(['blue-1', 'blue-2']);
    expect(accountsIn(one)).toEqual(['red-1']);
    const { lastEventId } = red;
    red.hangUp();
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'blue-1' });
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'red-1' });
    const back = await tenants.follow('red', '', lastEventId);
    await back.until((messages) => messages.length > 0, 'what it has missed');
    expect(accountsIn(back)).toEqual(['red-1']);
    expect(back.messages.every(({ type }) => type !== 'snapshot')).toBe(true);
    for (const client of [blue, one, back]) client.hangUp();
  });
});

describe('a caller without permission to see codes', () => {
  it('answers and events say that a code is shown, but never have its value', async () => {
    const everything = await tenants.follow('red', '?accountId=red-code');
    const codeless = await tenants.follow('reader', '?accountId=red-code');
    const qr = await tenants.pairing('red-code');
    await codeless.until((messages) => messages.some(({ type }) => type === 'qr'), 'a code');
    const later = await tenants.follow('reader', '?accountId=red-code');
    await later.until((messages) => messages.length === 1, 'a snapshot');
    const view = JSON.parse((await tenants.get('reader', 'pair?accountId=red-code')).text) as Record<
      string,
      object
    >;
    expect(view).toMatchObject({
      status: 'pending',
      step: { type: 'qr', value: null, sequence: 1, expiresAt: expect.any(String) },
      qr: null,
      pairingCode: null,
    });
    for (const client of [codeless, later]) {
      expect(replicaOf(client).of('red-code').pairing).toEqual(view);
      expect(JSON.stringify(client.messages)).not.toContain(qr.slice(-20));
    }
    expect(JSON.stringify(everything.messages)).toContain(qr.slice(-20));
    // A phone code is left out in the same way.
    const byCode = { accountId: 'red-code', phoneNumber: OTHER_PHONE };
    const begun = await tenants.post('blind', 'pair', byCode);
    expect(read(begun)).toEqual([
      200,
      { ok: true, accountId: 'red-code', status: 'pending', pairingCode: null },
    ]);
    await codeless.until((messages) => messages.some(({ type }) => type === 'code'), 'a code to type');
    const { text } = await tenants.host.send(`${BASE}/pair?accountId=red-code`);
    const { pairingCode } = JSON.parse(text) as { pairingCode: string };
    expect(pairingCode).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect((await tenants.get('reader', 'pair?accountId=red-code')).text).not.toContain(pairingCode);
    expect(JSON.stringify(codeless.messages)).not.toContain(pairingCode);
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'red-code' });
    for (const client of [everything, codeless, later]) client.hangUp();
  });

  it('GET /pair/qr is refused as scope_missing, even when the guards of the host permit it', async () => {
    await tenants.pairing('red-picture');
    for (const query of ['', '&format=json', '&waitMs=1000']) {
      const answer = await tenants.get('blind', `pair/qr?accountId=red-picture${query}`);
      expect(outcome(answer)).toEqual([403, 'scope_missing']);
    }
    await tenants.host.post(`${BASE}/pair/stop`, { accountId: 'red-picture' });
  });
});

describe('a caller that is revoked', () => {
  it('the streams of a revoked caller end without further events, and leave no listeners behind', async () => {
    const gone = await Promise.all([tenants.follow('leaving'), tenants.follow('leaving', '?accountId=left')]);
    await tenants.isListenedTo(1, 'leaving');
    for (const client of gone) client.hangUp();
    await tenants.isListenedTo(0, 'leaving');
    const streams = await Promise.all(
      Array.from({ length: 15 }, (_, index) => tenants.follow('leaving', index % 2 ? '' : '?accountId=left')),
    );
    const other = await tenants.follow('red');
    const begun = performance.now();
    await tenants.host.revoke('leaving');
    await Promise.all(streams.map((client) => client.isDropped(2_000)));
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 2_000));
    expect(streams.every(({ hasEnded }) => hasEnded)).toBe(true);
    await tenants.isListenedTo(0, 'leaving');
    expect(other.isGone).toBe(false);
    other.hangUp();
    // The guard of this host still permits the tenant. The stream ends without a message.
    expect(await tenants.get('leaving', 'events')).toMatchObject({ status: 200, text: '' });
    expect(tenants.host.output).not.toMatch(/warning/i);
  });

  it('long polls and pairings of a revoked caller end with 401, and it receives no code', async () => {
    await tenants.pairing('left');
    const { headers } = await tenants.get('waiting', 'pair/qr?accountId=left');
    const known = { ...as('waiting'), 'if-none-match': headers.get('etag') ?? '' };
    const path = `${BASE}/pair/qr?accountId=left&waitMs=25000`;
    const done = await tenants.host.send(path.replace('25000', '50'), { headers: known });
    expect(done.status).toBe(304);
    await tenants.isListenedTo(0, 'waiting');
    const { control } = tenants.simulator;
    const stage = 'companion_hello';
    await control.addFault({ stage, action: { type: 'hold' } });
    const byNumber = { accountId: 'left-2', phoneNumber: OTHER_PHONE };
    const waiting = [
      ...Array.from({ length: 5 }, () => tenants.host.send(path, { headers: known })),
      tenants.post('waiting', 'pair', byNumber),
    ];
    await control.holds({ stage }, 10_000);
    await tenants.isListenedTo(1, 'waiting');
    const begun = performance.now();
    await tenants.host.revoke('waiting');
    for (const answer of await Promise.all(waiting)) expect(outcome(answer)).toEqual([401, 'key_revoked']);
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 2_000));
    await tenants.isListenedTo(0, 'waiting');
    expect(outcome(await tenants.get('waiting', 'pair/qr?accountId=left&waitMs=1000'))).toEqual([
      401,
      'key_revoked',
    ]);
    expect((await tenants.get('waiting', 'pair?accountId=left')).text).toContain('"value":null');
    // The pairing continues for callers that may still see its code. The revoked caller cannot start another.
    await control.release();
    await eventually(
      async () => /"pairingCode":"/.test((await tenants.host.send(`${BASE}/pair?accountId=left-2`)).text),
      5_000,
      () => 'the code is not shown',
    );
    for (const numbers of [{}, { phoneNumber: OTHER_PHONE }]) {
      const refused = await tenants.post('waiting', 'pair', { accountId: 'left-3', ...numbers });
      expect(outcome(refused)).toEqual([401, 'key_revoked']);
    }
    expect((await tenants.host.send(`${BASE}/status?accountId=left-3`)).text).toContain('"idle"');
    for (const accountId of ['left', 'left-2']) await tenants.host.post(`${BASE}/pair/stop`, { accountId });
  });
});

describe('a caller that may link only one phone', () => {
  const numbers = (answer: HostAnswer): void => {
    expect(answer.text).not.toMatch(/\d{7}/);
  };

  it('a pairing for another phone number is refused as number_forbidden', async () => {
    for (const field of ['phoneNumber', 'expectedPhoneNumber']) {
      const answer = await tenants.post('bound', 'pair', { accountId: 'bound', [field]: OTHER_PHONE });
      expect(outcome(answer)).toEqual([403, 'number_forbidden']);
      numbers(answer);
    }
    expect((await tenants.host.send(`${BASE}/status?accountId=bound`)).text).toContain('"status":"idle"');
    expect((await tenants.host.tenant('bound')).begun).toEqual([]);
  });

  it('the permitted phone can be linked by phone code or QR code, and a scan by another phone is refused', async () => {
    const byCode = await tenants.post('bound', 'pair', { accountId: 'bound', phoneNumber: SAME_PHONE });
    expect(read(byCode)).toMatchObject([200, { pairingCode: expect.stringMatching(/^\w{4}-\w{4}$/) }]);
    const expected = await tenants.post('bound', 'pair', {
      accountId: 'bound',
      expectedPhoneNumber: SAME_PHONE,
    });
    expect(read(expected)).toEqual([200, { ok: true, accountId: 'bound', status: 'pending' }]);
    await tenants.post('bound', 'pair', { accountId: 'bound' });
    const shown = async (): Promise<string> => {
      const { text } = await tenants.get(
        'bound',
        `pair/qr?accountId=bound&format=json&waitMs=${CODE_WAIT_MS}`,
      );
      return (JSON.parse(text) as { value: string }).value;
    };
    const scan = await tenants.simulator.control.scan({ phone: OTHER_PHONE, qr: await shown() });
    expect(scan).toMatchObject({ paired: false });
    await eventually(
      async () => (await tenants.get('bound', 'pair?accountId=bound')).text.includes('wrong_number'),
      5_000,
      () => 'the other phone was not refused',
    );
    await tenants.post('bound', 'pair', { accountId: 'bound' });
    expect(await tenants.simulator.control.scan({ phone: PHONE, qr: await shown() })).toMatchObject({
      paired: true,
    });
    await eventually(
      async () => (await tenants.get('bound', 'status?accountId=bound')).text.includes('"connected"'),
      10_000,
      () => 'the account is not connected',
    );
    const again = await tenants.post('bound', 'pair', { accountId: 'bound' });
    expect(read(again)).toEqual([200, { ok: true, accountId: 'bound', status: 'connected' }]);
  });

  it('a pairing of an account that is linked to another phone is refused as other_number_linked', async () => {
    const qr = await tenants.pairing('bound-2');
    expect(await tenants.simulator.control.scan({ phone: OTHER_PHONE, qr })).toMatchObject({ paired: true });
    const answer = await tenants.post('bound', 'pair', { accountId: 'bound-2' });
    expect(outcome(answer)).toEqual([409, 'other_number_linked']);
    numbers(answer);
    for (const accountId of ['bound', 'bound-2'])
      await tenants.host.post(`${BASE}/disconnect`, { accountId });
  });
});
