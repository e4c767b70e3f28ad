import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../../../src/security/audit/audit-trail.js';
import type { Access } from '../../../src/security/access/access.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { MemoryAuditTrail } from '../../contract/memory/memory-audit-trail.js';
import { id } from '../../contract/storage-subject.js';

const ENTRIES = 1_300;
/** Accounts of the first five of every 100 entries: one of Acme, three of shops, and one without an account. */
const ACCOUNTS = ['acme', 'shop-1', 'shop-2', 'shop', null];

const accessTo = (...accounts: string[]): Access => ({ scopes: ['admin'], accounts });
const ALL_ACCOUNTS: Access = { scopes: ['admin'], accounts: null };

let store: MemoryAuditTrail;
let trail: AuditTrail;

beforeEach(async () => {
  store = new MemoryAuditTrail({ entries: [], latest: 0, full: false });
  trail = new AuditTrail(store);
  for (let index = 0; index < ENTRIES; index++)
    await append((index % 100 < ACCOUNTS.length ? ACCOUNTS[index % 100] : 'other') as AccountId | null);
});

async function append(accountId: AccountId | null): Promise<void> {
  await store.append({
    at: new Date(0),
    by: { kind: 'anonymous', id: null, name: null },
    action: 'pair',
    accountId,
    subject: null,
    address: null,
  });
}

/** Reads all pages, and returns the accounts of their entries. */
async function readAll(
  access: Access,
  { limit = 10, accountId = null }: { limit?: number; accountId?: AccountId | null } = {},
): Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  const numbers: number[] = [];
  for (let before: number | null = null; ;) {
    const { entries, next } = await trail.read(access, { before, limit, accountId });
    seen.push(...entries.map((entry) => entry.accountId));
    numbers.push(...entries.map(({ number }) => number));
    expect(entries.length).toBeLessThanOrEqual(limit);
    if (next === null) break;
    expect(entries).toHaveLength(limit);
    before = next;
  }
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b - a));
  return seen;
}

describe('AuditTrail', () => {
  it('an unrestricted reader receives all audit entries, page by page', async () => {
    expect(await readAll(ALL_ACCOUNTS, { limit: 200 })).toHaveLength(ENTRIES);
    // A full last page has no `next`.
    expect(await readAll(ALL_ACCOUNTS, { limit: 130 })).toHaveLength(ENTRIES);
  });

  it('a restricted reader receives only audit entries about its accounts', async () => {
    expect(await readAll(accessTo('shop-*'))).toEqual(
      Array.from({ length: 13 }, () => ['shop-2', 'shop-1']).flat(),
    );
    expect(new Set(await readAll(accessTo('acme', 'shop')))).toEqual(new Set(['acme', 'shop']));
    expect(await readAll(accessTo('acme', 'shop'))).toHaveLength(26);
    expect(await readAll(accessTo('unknown*'))).toEqual([]);
    expect(await readAll(accessTo())).toEqual([]);
  });

  it('a filter by account returns only audit entries about this account', async () => {
    expect(await readAll(ALL_ACCOUNTS, { accountId: id('acme') })).toHaveLength(13);
    expect(await readAll(accessTo('shop*'), { accountId: id('shop-1'), limit: 13 })).toHaveLength(13);
  });

  it('the audit store is queried for one account when the reader may access only that one', async () => {
    const list = jest.spyOn(store, 'list');
    expect(await readAll(accessTo('acme'))).toHaveLength(13);
    expect(list.mock.calls.map(([{ accountId }]) => accountId)).toEqual(['acme', 'acme']);
  });

  it('other work runs while the trail searches many entries', async () => {
    let turns = 0;
    const turn = (): void => {
      turns++;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    await readAll(accessTo('unknown', 'missing'));
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(2);
  });

  it('one page of the audit trail searches at most 5,000 entries, and the next page continues there', async () => {
    for (let index = 0; index < 6_000; index++) await append(id('other'));
    const list = jest.spyOn(store, 'list');
    const page = { before: null, limit: 10, accountId: null };
    const first = await trail.read(accessTo('shop-1', 'acme'), page);
    expect([first.entries, list.mock.calls.length]).toEqual([[], 10]);
    const second = await trail.read(accessTo('shop-1', 'acme'), { ...page, before: first.next });
    expect(second.entries.map(({ number }) => number)).toEqual(
      [12, 11, 10, 9, 8].flatMap((hundred) => [hundred * 100 + 2, hundred * 100 + 1]),
    );
  });
});
