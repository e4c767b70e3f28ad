import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoppedClock } from '../../../test/support/time/stopped-clock.js';
import { AccountRegistry } from './account-registry.js';
import { AccountStorage } from './account-storage.js';
import { accountId } from '../domain/account-id.js';
import type { AccountId } from '../domain/account-id.js';
import type { Failure } from '../domain/failure.js';
import type { AuthStateStore } from '../ports/auth-state.store.js';
import type { ConfigRepository, ConnectorUpdate } from '../ports/config.repository.js';
import type { WhatsappGateway } from '../ports/whatsapp.gateway.js';

const FAILURE: Failure = { code: 'timed_out', message: 'Nobody answered.', userAction: 'retry_later' };
const NOW = new Date('2026-01-01T12:00:00Z');
const account = (number: number): AccountId => accountId(`account-${number}`);

describe('the directory of accounts', () => {
  let clock: StoppedClock;
  let registry: AccountRegistry;
  let saved: [AccountId, ConnectorUpdate][];
  let forgotten: AccountId[];
  let broken: boolean;

  beforeEach(() => {
    clock = new StoppedClock(NOW.getTime());
    saved = [];
    forgotten = [];
    broken = false;
    const config: Pick<ConfigRepository, 'update' | 'forgetUnconfirmedLogout'> = {
      update: (id, update) => {
        if (broken) return Promise.reject(new Error('no disk'));
        saved.push([id, update]);
        return Promise.resolve();
      },
      forgetUnconfirmedLogout: (id) => {
        forgotten.push(id);
        return Promise.resolve();
      },
    };
    const storage = new AccountStorage(
      undefined as unknown as AuthStateStore,
      config as ConfigRepository,
      undefined as unknown as WhatsappGateway,
    );
    registry = new AccountRegistry(storage, clock);
  });
  afterEach(() => {
    expect(clock.timers.size).toBe(0);
  });

  it('remembers the failures of a thousand accounts that are not linked, and forgets the oldest first', async () => {
    for (let number = 0; number < 1_001; number += 1) await registry.markFailed(account(number), FAILURE);
    expect(registry.failure(account(0))).toBeNull();
    expect(registry.failure(account(1))).toEqual(FAILURE);
    expect(registry.failure(account(1_000))).toEqual(FAILURE);
    expect(saved).toEqual([]);
  });

  it('takes a failure that happens again for the newest', async () => {
    for (let number = 0; number < 1_000; number += 1) await registry.markFailed(account(number), FAILURE);
    await registry.markFailed(account(0), FAILURE);
    await registry.markFailed(account(1_000), FAILURE);
    expect(registry.failure(account(0))).toEqual(FAILURE);
    expect(registry.failure(account(1))).toBeNull();
  });

  it('never forgets the failure of a linked account for others, and saves it', async () => {
    const linked = accountId('linked');
    registry.markAccepted(linked, NOW);
    await registry.markFailed(linked, FAILURE, { until: null });
    for (let number = 0; number < 1_001; number += 1) await registry.markFailed(account(number), FAILURE);
    expect(registry.failure(linked)).toEqual(FAILURE);
    expect(registry.isLinked(linked)).toBe(true);
    expect(saved).toEqual([[linked, { lastError: FAILURE, parked: { until: null } }]]);
  });

  it('knows nothing wrong of an account that has just been linked, opened or cleared', async () => {
    await registry.markFailed(account(1), FAILURE);
    registry.markAccepted(account(1), NOW);
    await registry.markFailed(account(2), FAILURE);
    await registry.clear(account(2));
    registry.markAccepted(account(3), NOW);
    await registry.markFailed(account(3), FAILURE, { until: null });
    await registry.markConnected(account(3));
    expect([1, 2, 3].map((number) => registry.failure(account(number)))).toEqual([null, null, null]);
    expect(registry.find(account(3))).toMatchObject({
      link: 'confirmed',
      parked: null,
      lastConnectedAt: NOW,
    });
  });

  it('clears a failure in the saved config, too, also one that a pairing has already put behind', async () => {
    registry.markAccepted(account(1), NOW);
    await registry.markFailed(account(1), FAILURE);
    registry.forgetFailure(account(1));
    await registry.clear(account(1));
    await registry.clear(account(1));
    expect(saved.slice(1)).toEqual([[account(1), { lastError: null }]]);
  });

  it('keeps what is known of an account that the phone has unlinked, and nothing of one that was disconnected', async () => {
    registry.markAccepted(account(1), NOW);
    await registry.markConnected(account(1));
    registry.markErased(account(1), { kind: 'unlinked', at: NOW, failure: FAILURE });
    expect(registry.isLinked(account(1))).toBe(false);
    expect(registry.find(account(1))).toMatchObject({ linkedAt: NOW, failure: FAILURE });
    registry.markErased(account(1), null);
    expect(registry.accountIds()).toEqual(new Set());
  });

  it('tells of a logout that nobody confirmed until it is cleared or the account is linked again', async () => {
    registry.markErased(account(1), { kind: 'logoutUnconfirmed', at: NOW });
    registry.markErased(account(2), { kind: 'logoutUnconfirmed', at: NOW });
    expect(registry.logoutUnconfirmed(account(1))).toMatchObject({ userAction: 'remove_on_phone' });
    expect(registry.failure(account(1))).toBeNull();
    registry.markAccepted(account(1), NOW);
    await registry.clear(account(2));
    expect([1, 2].map((number) => registry.logoutUnconfirmed(account(number)))).toEqual([null, null]);
    expect(forgotten).toEqual([account(2)]);
  });

  it('doubts a link from the moment its logout leaves until it is open again', async () => {
    registry.markAccepted(account(1), NOW);
    await registry.markLogoutSent(account(1));
    expect(saved).toEqual([]);
    await registry.markConnected(account(1));
    await registry.markLogoutSent(account(1));
    expect(registry.linkOf(account(1))).toBe('unconfirmed');
    expect(saved.at(-1)).toEqual([account(1), { confirmedAt: null }]);
    await registry.markConnected(account(1));
    expect(registry.linkOf(account(1))).toBe('confirmed');
    expect(saved.at(-1)).toMatchObject([account(1), { confirmedAt: NOW }]);
  });

  it('knows what it could not save', async () => {
    registry.markAccepted(account(1), NOW);
    broken = true;
    await registry.markFailed(account(1), FAILURE);
    expect(registry.failure(account(1))).toEqual(FAILURE);
    await registry.markConnected(account(1));
    expect(registry.failure(account(1))).toBeNull();
  });

  it('says of whom something else is known, also of an account whose failure had to go', async () => {
    const changed: AccountId[] = [];
    registry.changes.subscribe((id) => changed.push(id));
    const news = (): AccountId[] => changed.splice(0);
    const [one] = [account(1)];
    registry.markAccepted(one, NOW);
    expect(news()).toEqual([one]);
    await registry.markConnected(one);
    expect(news()).toEqual([one]);
    await registry.markFailed(one, FAILURE);
    expect(news()).toEqual([one]);
    registry.forgetFailure(one);
    expect(news()).toEqual([one]);
    registry.markCorrupt(one);
    expect(news()).toEqual([one]);
    registry.markErased(one, { kind: 'logoutUnconfirmed', at: NOW });
    expect(news()).toEqual([one]);
    await registry.clear(one);
    expect(news()).toContain(one);
    expect(registry.logoutUnconfirmed(one)).toBeNull();
    for (let number = 0; number < 1_000; number += 1) await registry.markFailed(account(number), FAILURE);
    news();
    await registry.markFailed(account(1_000), FAILURE);
    expect(news()).toEqual([account(1_000), account(0)]);
  });
});
