import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoppedClock } from '../../../test/support/time/stopped-clock.js';
import { AccountRegistry } from './account-registry.js';
import { AccountStorage } from './account-storage.js';
import { accountId, type AccountId } from '../domain/account-id.js';
import type { Failure } from '../domain/failure.js';
import type { AuthStateStore } from '../ports/auth-state.store.js';
import type { ConfigRepository, ConnectorUpdate } from '../ports/config.repository.js';
import type { WhatsappGateway } from '../ports/whatsapp.gateway.js';

const FAILURE: Failure = {
  code: 'timed_out',
  message: 'WhatsApp did not answer.',
  userAction: 'retry_later',
};
const NOW = new Date('2026-01-01T12:00:00Z');
const account = (number: number): AccountId => accountId(`account-${number}`);

describe('AccountRegistry', () => {
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

  it('the registry remembers 1,000 failures of unlinked accounts and drops the oldest first', async () => {
    for (let number = 0; number < 1_001; number += 1) await registry.markFailed(account(number), FAILURE);
    expect(registry.failure(account(0))).toBeNull();
    expect(registry.failure(account(1))).toEqual(FAILURE);
    expect(registry.failure(account(1_000))).toEqual(FAILURE);
    expect(saved).toEqual([]);
  });

  it('the registry counts a repeated failure as the newest', async () => {
    for (let number = 0; number < 1_000; number += 1) await registry.markFailed(account(number), FAILURE);
    await registry.markFailed(account(0), FAILURE);
    await registry.markFailed(account(1_000), FAILURE);
    expect(registry.failure(account(0))).toEqual(FAILURE);
    expect(registry.failure(account(1))).toBeNull();
  });

  it('the registry saves the failure of a linked account and never drops it for others', async () => {
    const linked = accountId('linked');
    registry.markAccepted(linked, NOW);
    await registry.markFailed(linked, FAILURE, { until: null });
    for (let number = 0; number < 1_001; number += 1) await registry.markFailed(account(number), FAILURE);
    expect(registry.failure(linked)).toEqual(FAILURE);
    expect(registry.isLinked(linked)).toBe(true);
    expect(saved).toEqual([[linked, { lastError: FAILURE, parked: { until: null } }]]);
  });

  it('the registry has no failure for an account that was just linked, connected or cleared', async () => {
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

  it('the registry clears the failure in the saved config, also after a new pairing cleared it in memory', async () => {
    registry.markAccepted(account(1), NOW);
    await registry.markFailed(account(1), FAILURE);
    registry.forgetFailure(account(1));
    await registry.clear(account(1));
    await registry.clear(account(1));
    expect(saved.slice(1)).toEqual([[account(1), { lastError: null }]]);
  });

  it('the registry keeps the dates of an account that the phone unlinked, and nothing of a disconnected one', async () => {
    registry.markAccepted(account(1), NOW);
    await registry.markConnected(account(1));
    registry.markErased(account(1), { kind: 'unlinked', at: NOW, failure: FAILURE });
    expect(registry.isLinked(account(1))).toBe(false);
    expect(registry.find(account(1))).toMatchObject({ linkedAt: NOW, failure: FAILURE });
    registry.markErased(account(1), null);
    expect(registry.accountIds()).toEqual(new Set());
  });

  it('the registry reports an unconfirmed logout until it is cleared or the account is linked again', async () => {
    registry.markErased(account(1), { kind: 'logoutUnconfirmed', at: NOW });
    registry.markErased(account(2), { kind: 'logoutUnconfirmed', at: NOW });
    expect(registry.logoutUnconfirmed(account(1))).toMatchObject({ userAction: 'remove_on_phone' });
    expect(registry.failure(account(1))).toBeNull();
    registry.markAccepted(account(1), NOW);
    await registry.clear(account(2));
    expect([1, 2].map((number) => registry.logoutUnconfirmed(account(number)))).toEqual([null, null]);
    expect(forgotten).toEqual([account(2)]);
  });

  it('the registry treats a link as unconfirmed from the moment its logout is sent until it connects again', async () => {
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

  it('the registry keeps a failure in memory that could not be saved', async () => {
    registry.markAccepted(account(1), NOW);
    broken = true;
    await registry.markFailed(account(1), FAILURE);
    expect(registry.failure(account(1))).toEqual(FAILURE);
    await registry.markConnected(account(1));
    expect(registry.failure(account(1))).toBeNull();
  });

  it('the registry emits every changed account, also one whose failure was dropped', async () => {
    const changed: AccountId[] = [];
    registry.changes.subscribe((id) => changed.push(id));
    const changes = (): AccountId[] => changed.splice(0);
    const [one] = [account(1)];
    registry.markAccepted(one, NOW);
    expect(changes()).toEqual([one]);
    await registry.markConnected(one);
    expect(changes()).toEqual([one]);
    await registry.markFailed(one, FAILURE);
    expect(changes()).toEqual([one]);
    registry.forgetFailure(one);
    expect(changes()).toEqual([one]);
    registry.markCorrupt(one);
    expect(changes()).toEqual([one]);
    registry.markErased(one, { kind: 'logoutUnconfirmed', at: NOW });
    expect(changes()).toEqual([one]);
    await registry.clear(one);
    expect(changes()).toContain(one);
    expect(registry.logoutUnconfirmed(one)).toBeNull();
    for (let number = 0; number < 1_000; number += 1) await registry.markFailed(account(number), FAILURE);
    changes();
    await registry.markFailed(account(1_000), FAILURE);
    expect(changes()).toEqual([account(1_000), account(0)]);
  });
});
