import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Request } from 'express';
import { CallAudit } from '../../../src/security/audit/call-audit.js';
import type { Identity } from '../../../src/security/access/identity.js';
import type { AuditEntry, AuditResult } from '../../../src/security/ports/audit-trail.store.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import { reportOutcome } from '../../../src/whatsapp/api/http/call-outcome.js';
import { type AuditDisk, MemoryAuditTrail } from '../../contract/memory/memory-audit-trail.js';
import { settled, StoppedClock } from '../../support/time/stopped-clock.js';
import { id } from '../../contract/storage-subject.js';

const KEY: Identity = { kind: 'key', id: 'k7Qm2xZ9', name: 'back office' };
const ANONYMOUS: Identity = { kind: 'anonymous', id: null, name: null };

function call(change: object = {}): Request {
  const request = { method: 'POST', route: { path: '/api/whatsapp/pair' }, body: {}, ip: '203.0.113.7' };
  return { ...request, ...change } as unknown as Request;
}

let disk: AuditDisk;
let trail: MemoryAuditTrail;
let clock: StoppedClock;
let audit: CallAudit;
let warn: jest.SpiedFunction<Logger['warn']>;

beforeEach(() => {
  disk = { entries: [], latest: 0, full: false };
  trail = new MemoryAuditTrail(disk);
  clock = new StoppedClock(0);
  audit = new CallAudit(trail, clock);
  warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  warn.mockRestore();
});

const results = (): (AuditResult | null)[] => disk.entries.map(({ result }) => result);

async function refused(result: AuditResult, by: Identity = KEY, change: object = {}): Promise<void> {
  const request = call(change);
  audit.watch(request, by);
  reportOutcome(request, result);
  await settled();
}

describe('audit of a call', () => {
  it('the audit entry of a call is stored before the call continues, and completed with the first outcome', async () => {
    const request = call();
    clock.goTo(1_234);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const append = trail.append.bind(trail);
    trail.append = async (entry) => (await held, append(entry));

    const begun = audit.watch(request, KEY)(id('sales'));
    let continues = false;
    void begun.then(() => (continues = true));
    await settled();
    expect(continues).toBe(false);
    release();
    await begun;
    const entry: AuditEntry = {
      number: 1,
      at: new Date(1_234),
      by: KEY,
      action: 'pair',
      accountId: id('sales'),
      subject: null,
      address: '203.0.113.7',
      result: null,
    };
    expect(disk.entries).toEqual([entry]);
    clock.goTo(9_999);
    reportOutcome(request, 'busy');
    reportOutcome(request, 'ok');
    await settled();
    expect(disk.entries).toEqual([{ ...entry, result: 'busy' }]);
  });

  it('the completed audit entry has a subject that was set during the call', async () => {
    const change = { route: { path: '/api/whatsapp/links' } };
    for (const [early, late] of [
      [null, 'madeLate'],
      ['known000', null],
    ] as const) {
      const request = call(change);
      const begins = audit.watch(request, KEY);
      if (early !== null) audit.setSubject(request, early);
      await begins(id('sales'));
      if (late !== null) audit.setSubject(request, late);
      reportOutcome(request, 'ok');
    }
    await settled();
    expect(disk.entries.map(({ action, subject }) => [action, subject])).toEqual([
      ['create_link', 'madeLate'],
      ['create_link', 'known000'],
    ]);
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:0:1', '::ffff:0:1'],
    [undefined, null],
  ])('the audit entry of a call from %s has the address %s', async (ip, address) => {
    const request = call({ ip });
    await audit.watch(request, KEY)(id('sales'));
    expect(disk.entries[0]?.address).toBe(address);
  });

  it('calls that only read are not entered in the audit trail', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const request = call({ method });
      await audit.watch(request, KEY)(id('sales'));
      reportOutcome(request, 'scope_missing');
    }
    await settled();
    expect(disk.entries).toEqual([]);
  });

  it('a route that is missing in the table cannot change anything', () => {
    const request = call({ method: 'PUT' });
    expect(() => audit.watch(request, KEY)).toThrow('no audited action');
  });
});

describe('audit of a refused call', () => {
  it.each(['scope_missing', 'account_forbidden', 'number_forbidden'] as const)(
    'a call refused as %s is entered in the audit trail with the requested account',
    async (result) => {
      await refused(result, KEY, { body: { accountId: 'sales' } });
      await refused(result, KEY, { body: undefined });
      await refused(result, KEY, { body: { accountId: '../etc' } });
      const path = '/api/whatsapp/links/:linkId';
      await refused(result, KEY, { method: 'DELETE', route: { path }, body: undefined });
      expect(disk.entries.map(({ accountId }) => accountId)).toEqual(['sales', 'default', null, null]);
      expect(new Set(results())).toEqual(new Set([result]));
    },
  );

  it('a repeated refusal is entered in the audit trail once a minute', async () => {
    for (const nowMs of [0, 1, 59_999, 60_000]) {
      clock.goTo(nowMs);
      await refused('account_forbidden', KEY, { body: { accountId: 'sales' } });
    }
    await refused('account_forbidden', KEY, { body: { accountId: 'other' } });
    expect(disk.entries.map(({ at, accountId }) => [at.getTime(), accountId])).toEqual([
      [0, 'sales'],
      [60_000, 'sales'],
      [60_000, 'other'],
    ]);
  });

  it('the refusals of one caller are entered in the audit trail at most 100 times a minute, independently of other callers', async () => {
    for (let number = 0; number < 150; number += 1)
      await refused('account_forbidden', KEY, { body: { accountId: `account-${number}` } });
    const other: Identity = { ...KEY, id: 'Zp04TtWa' };
    await refused('account_forbidden', other, { body: { accountId: 'sales' } });
    expect(disk.entries.filter(({ by }) => by === KEY)).toHaveLength(100);
    expect(disk.entries.filter(({ by }) => by === other)).toHaveLength(1);
  });

  it.each(['invalid_request', 'cross_site', 'shutting_down', 'unsupported_media_type', 'ok'] as const)(
    'a call refused as %s is not entered in the audit trail',
    async (result) => {
      await refused(result);
      expect(disk.entries).toEqual([]);
    },
  );

  it('a refused call of an anonymous caller is not entered in the audit trail', async () => {
    await refused('scope_missing', ANONYMOUS);
    await refused('rate_limited', ANONYMOUS);
    expect(disk.entries).toEqual([]);
  });

  it('a caller over its rate limit is entered in the audit trail once a minute', async () => {
    const other: Identity = { ...KEY, id: 'Zp04TtWa' };
    const link: Identity = { kind: 'link', id: 'k7Qm2xZ9', name: null };
    for (const nowMs of [0, 1_000, 59_999, 60_000, 60_001, 119_999]) {
      clock.goTo(nowMs);
      for (const by of [KEY, other, link]) await refused('rate_limited', by);
    }
    const times = (by: Identity): number[] =>
      disk.entries.filter((entry) => entry.by === by).map(({ at }) => at.getTime());
    for (const by of [KEY, other, link]) expect(times(by)).toEqual([0, 60_000]);
    expect(new Set(results())).toEqual(new Set(['rate_limited']));
  });
});

describe('audit entry that cannot be stored', () => {
  const lines = (): unknown[] => warn.mock.calls.map(([line]) => line as unknown);
  const fails = (): Promise<never> =>
    Promise.reject(new StorageFailed({ cause: new Error('database or disk is full') }));
  const LINE = 'key k7Qm2xZ9 "back office" pair sales from 203.0.113.7';

  it('a call whose audit entry cannot be stored continues, and the entry is logged instead, with its result', async () => {
    trail.append = fails;
    const request = call();
    await audit.watch(request, KEY)(id('sales'));
    expect(lines()).toEqual([
      `Not in the audit trail (database or disk is full): ${LINE}. Check the disk and the store.`,
    ]);
    reportOutcome(request, 'ok');
    await settled();
    expect(lines()[1]).toBe(`Not in the audit trail: ${LINE} ok. Check the disk and the store.`);
  });

  it('an audit entry is logged when only its result cannot be stored', async () => {
    trail.complete = fails;
    const request = call();
    await audit.watch(request, KEY)(id('sales'));
    reportOutcome(request, 'busy');
    await settled();
    expect(lines()).toEqual([
      `Not in the audit trail (database or disk is full): ${LINE} busy. Check the disk and the store.`,
    ]);
    expect(results()).toEqual([null]);
  });

  it('a logged audit entry masks names that could be a secret or a phone number', async () => {
    trail.append = fails;
    for (const name of ['+49 151 12345678', 'wak_k7Qm2xZ9_c2VjcmV0LXNlY3JldA']) {
      await audit.during(
        {
          by: { ...KEY, name },
          action: 'create_key',
          accountId: null,
          subject: 'Zp04TtWa',
          address: null,
        },
        () => Promise.resolve(),
      );
    }
    for (const line of lines()) expect(line).not.toMatch(/12345678|c2Vj/);
    expect(lines()).toHaveLength(4);
  });
});
