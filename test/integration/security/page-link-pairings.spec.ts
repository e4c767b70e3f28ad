import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LoadedPageLink } from '../../../src/security/page-links/loaded-page-link.js';
import { PageLinks } from '../../../src/security/page-links/page-links.js';
import { PageLinkPairings } from '../../../src/security/page-links/page-link-pairings.js';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import { StorageFailed } from '../../../src/whatsapp/domain/errors.js';
import type { PhoneNumber } from '../../../src/whatsapp/domain/phone-number.js';
import { PairingService } from '../../../src/whatsapp/pairing.service.js';
import { ConfigRepository } from '../../../src/whatsapp/ports/config.repository.js';
import { WhatsappGateway } from '../../../src/whatsapp/ports/whatsapp.gateway.js';
import { SessionPool } from '../../../src/whatsapp/sessions/session-pool.js';
import { WhatsappAccounts } from '../../../src/whatsapp/whatsapp-accounts.js';
import { MemoryPageLinkStore } from '../../contract/memory/memory-page-links.js';
import { eventually } from '../../support/eventually.js';
import { HOUR, SALES } from './page-link-fixture.js';
import { holdStore, PHONE, startCore, type QuietGateway } from './quiet-gateway.js';
import { StoppedClock } from '../../support/time/stopped-clock.js';

describe('PageLinkPairings', () => {
  let dataDirectory: string;
  let core: TestingModule;
  let gateway: QuietGateway;
  let clock: StoppedClock;
  let links: PageLinks;
  let pairings: PageLinkPairings;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-pairing-'));
    core = await startCore(dataDirectory);
    gateway = core.get(WhatsappGateway, { strict: false });
    clock = new StoppedClock();
    clock.jump(Date.now() - clock.now().getTime());
    links = await PageLinks.open(new MemoryPageLinkStore(), clock);
  });
  afterEach(async () => {
    await core.close();
    await rm(dataDirectory, { recursive: true });
  });

  const accounts = (): WhatsappAccounts => core.get(WhatsappAccounts, { strict: false });
  const pairing = (): PairingService => core.get(PairingService, { strict: false });
  const statusOf = (accountId: AccountId): string => accounts().status(accountId).status;

  function watch(): void {
    pairings = new PageLinkPairings(links, accounts(), pairing(), clock);
  }

  async function make(expectedPhone: PhoneNumber | null = null, accountId = SALES): Promise<LoadedPageLink> {
    const order = { accountId, lastsMs: HOUR, expectedPhone, returnUrl: null, createdBy: null };
    return (await links.make(order)).link;
  }

  /** Starts a pairing in the same way as the guard and the controller. */
  async function pair(link: LoadedPageLink | null, accountId = SALES): Promise<void> {
    if (link) pairings.assertCanPair(link.id);
    const expected = link?.authentication.onlyPhone ?? null;
    await pairing().pair(accountId, { by: 'qr', expected, startedBy: link?.id ?? null });
  }

  /** Fills the queue of the account behind a call that waits. */
  function fillQueue(): Promise<unknown> {
    return Promise.allSettled(Array.from({ length: 16 }, () => pairing().stop(SALES, () => false)));
  }

  const becomes = (status: 'idle' | 'pending'): Promise<void> =>
    eventually(
      () => statusOf(SALES) === status,
      2_000,
      () => `the account is ${statusOf(SALES)} and not ${status}`,
    );

  const isUsed = (link: LoadedPageLink): Promise<void> =>
    eventually(
      () => link.record.ended?.as === 'used',
      2_000,
      () => 'the link is still open',
    );

  it('a pairing ends with its page link', async () => {
    watch();
    const link = await make();
    await pair(link);
    await links.revoke(link);
    await becomes('idle');
  });

  it('a pairing ends with its page link although the queue of the account is full', async () => {
    watch();
    const link = await make();
    await pair(link);
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const calls = Array.from({ length: 17 }, () => pairing().pair(SALES));
    await expect(pairing().stop(SALES)).rejects.toMatchObject({ code: 'busy' });
    await links.revoke(link);
    await clock.pass(1_000);
    store.release(new StorageFailed());
    await Promise.allSettled(calls);
    expect(statusOf(SALES)).toBe('pending');
    await clock.pass(250);
    await becomes('idle');
    expect([...clock.timers].filter(({ dueMs }) => dueMs <= clock.monotonicMs() + 1_000)).toEqual([]);
  });

  it('a stop that fails at the end of a link is logged and repeated after a minute', async () => {
    watch();
    const link = await make();
    await pair(link);
    const stop = jest.spyOn(pairing(), 'stop').mockRejectedValueOnce(new StorageFailed());
    const warn = jest.spyOn(Logger.prototype, 'warn');
    try {
      await links.revoke(link);
      await clock.pass(59_000);
      expect([stop.mock.calls.length, warn.mock.calls.length]).toEqual([1, 1]);
      expect(warn.mock.calls[0]?.[0]).toContain(`page link ${link.id}`);
      await clock.pass(1_000);
      await becomes('idle');
      expect([stop.mock.calls.length, warn.mock.calls.length]).toEqual([2, 1]);
    } finally {
      stop.mockRestore();
      warn.mockRestore();
    }
  });

  it('a link that ended after its holder was authenticated starts no pairing', async () => {
    watch();
    const [revoked, used] = [await make(), await make(null, 'other' as AccountId)];
    await links.revoke(revoked);
    links.markUsed(used.accountId);
    for (const [link, code] of [
      [revoked, 'link_revoked'],
      [used, 'link_used'],
    ] as const) {
      await expect(pair(link, link.accountId)).rejects.toMatchObject({ code });
      expect(statusOf(link.accountId)).toBe('idle');
    }
  });

  it('the end of a link does not stop a pairing that another caller requested before', async () => {
    watch();
    const link = await make();
    await pair(link);
    const first = gateway.latest;
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const others = pair(null);
    await links.revoke(link);
    store.release();
    await others;
    // This call resolves once the earlier calls in the queue have run.
    await pairing().stop(SALES, () => false);
    expect(gateway.latest).not.toBe(first);
    expect(statusOf(SALES)).toBe('pending');
  });

  it('the end of a link stops its waiting pairing although a call of another caller was refused', async () => {
    watch();
    const link = await make();
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const begun = pair(link);
    const queued = fillQueue();
    await expect(pair(null)).rejects.toMatchObject({ code: 'busy' });
    store.release();
    await Promise.all([begun, queued]);
    expect(statusOf(SALES)).toBe('pending');
    await links.revoke(link);
    await becomes('idle');
  });

  it('a link whose own call was refused does not take over the pairing of another caller', async () => {
    watch();
    const link = await make(PHONE);
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const others = pair(null);
    const queued = fillQueue();
    await expect(pair(link)).rejects.toMatchObject({ code: 'busy' });
    store.release();
    await Promise.all([others, queued]);
    expect(pairings.canSeeCodes(link.id)).toBe(false);
    await links.revoke(link);
    // This call resolves once the earlier calls in the queue have run.
    await pairing().stop(SALES, () => false);
    expect(statusOf(SALES)).toBe('pending');
  });

  it('a link that ends while its call waits stops the pairing as soon as it starts', async () => {
    watch();
    const link = await make();
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const begun = pair(link);
    await links.revoke(link);
    store.release();
    await begun;
    await becomes('idle');
  });

  it('the end of a link during the shutdown changes nothing and fails nothing', async () => {
    watch();
    const link = await make();
    let release: () => void = () => undefined;
    gateway.mayOpen = new Promise((resolve) => {
      release = resolve;
    });
    const begun = pair(link);
    await becomes('pending');
    const pool = core.get(SessionPool, { strict: false });
    const closed = core.close();
    await eventually(
      () => {
        try {
          pool.assertAccepting();
          return false;
        } catch {
          return true;
        }
      },
      2_000,
      () => 'the service still accepts calls',
    );
    await links.revoke(link);
    expect(statusOf(SALES)).toBe('pending');
    release();
    await begun;
    await closed;
    expect(statusOf(SALES)).toBe('idle');
  });

  it('the link is marked as used as soon as the device is accepted, and the pairing continues', async () => {
    watch();
    const link = await make();
    await pair(link);
    await gateway.accept();
    await isUsed(link);
    await links.revoke(link);
    await clock.pass(HOUR);
    expect(accounts().status(SALES)).toMatchObject({ authExists: true, status: 'pending' });
  });

  it('a waiting second call of a link continues after the first call linked the account', async () => {
    watch();
    const link = await make();
    await pair(link);
    const first = gateway.latest;
    const store = holdStore(core.get(ConfigRepository, { strict: false }));
    const second = pair(link);
    await gateway.accept();
    await isUsed(link);
    store.release();
    await second;
    // This call resolves once the earlier calls in the queue have run.
    await pairing().stop(SALES, () => false);
    expect(gateway.latest).not.toBe(first);
    expect(accounts().status(SALES)).toMatchObject({ authExists: true, status: 'pending' });
  });

  it('a start marks links as used whose accounts were linked before that could be stored', async () => {
    const [before, others] = [await make(), await make(null, 'other' as AccountId)];
    await pairing().pair(SALES);
    await gateway.accept();
    clock.jump(HOUR / 2);
    const after = await make();
    watch();
    expect(before.record.ended).toBeNull();
    pairings.onApplicationBootstrap();
    expect(before.record.ended?.as).toBe('used');
    expect([others.record.ended, after.record.ended]).toEqual([null, null]);
  });

  describe('codes of a pairing', () => {
    it('a link for one phone shows only codes that link this phone', async () => {
      watch();
      const [any, bound, same, other] = [
        await make(),
        await make(PHONE),
        await make(PHONE),
        await make('491700000001' as PhoneNumber),
      ];
      const seenBy = (): boolean[] => [any, bound, same, other].map(({ id }) => pairings.canSeeCodes(id));
      await pair(bound);
      expect(seenBy()).toEqual([true, true, true, false]);
      await pair(any);
      expect(seenBy()).toEqual([true, false, false, false]);
      await pair(null);
      expect(seenBy()).toEqual([true, false, false, false]);
    });

    it('a link that has ended shows no codes', async () => {
      watch();
      const [used, revoked] = [await make(null, 'other' as AccountId), await make()];
      links.markUsed(used.accountId);
      await links.revoke(revoked);
      expect([used, revoked].map(({ id }) => pairings.canSeeCodes(id))).toEqual([false, false]);
      expect(pairings.canSeeCodes('nononono')).toBe(false);
    });
  });
});
