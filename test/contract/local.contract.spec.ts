import { describe, expect, it } from '@jest/globals';
import { MemoryPairingSlots } from '../../src/local/memory-pairing-slots.js';
import { LocalAccountLeases } from '../../src/local/local-account-leases.js';
import { SystemClock } from '../../src/local/system-clock.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { AccountLease } from '../../src/whatsapp/ports/account-leases.js';
import type { PairingSlots } from '../../src/whatsapp/ports/pairing-slots.js';
import { accountLeasesRules, type AccountLeasesSubject } from './suites/account-leases.contract.js';
import { pairingSlotsRules, type PairingSlotsSubject } from './suites/pairing-slots.contract.js';
import { broken } from './rule.js';
import { id } from './storage-subject.js';

const dispose = (): Promise<void> => Promise.resolve();

class StoppedClock extends SystemClock {
  nowMs = 0;

  override monotonicMs(): number {
    return this.nowMs;
  }
}

function slotsSubject(change: (slots: PairingSlots) => void = () => undefined): Promise<PairingSlotsSubject> {
  const clock = new StoppedClock();
  const slots = new MemoryPairingSlots(3, clock);
  change(slots);
  return Promise.resolve(
    Object.defineProperty({ slots, nowMs: 0, dispose }, 'nowMs', {
      set: (nowMs: number) => {
        clock.nowMs = nowMs;
      },
    }),
  );
}

function leasesSubject(
  change: (leases: LocalAccountLeases) => void = () => undefined,
): Promise<AccountLeasesSubject> {
  const leases = new LocalAccountLeases();
  change(leases);
  return Promise.resolve({ leases, dispose });
}

describe('MemoryPairingSlots', () => {
  it.each(pairingSlotsRules)('$name', async ({ check }) => {
    await check(() => slotsSubject());
  });

  const mistakes: [string, string, (slots: PairingSlots) => void][] = [
    [
      'counts after it has waited',
      'gives exactly as many places as there are, also in one burst',
      (slots) => {
        const take = slots.take.bind(slots);
        let taken = 0;
        slots.take = async (lease, expiresAtMs) => {
          const full = taken >= 3;
          await Promise.resolve();
          taken++;
          return full ? await take(lease, expiresAtMs) : { taken: true };
        };
      },
    ],
    [
      'never frees',
      'gives a freed place to the next account',
      (slots) => {
        slots.free = () => Promise.resolve();
      },
    ],
    [
      'refuses a replacement',
      'renews a place without taking a second one',
      (slots) => {
        const take = slots.take.bind(slots);
        const seen = new Set<string>();
        slots.take = (lease, expiresAtMs) =>
          seen.has(lease.accountId)
            ? Promise.resolve({ taken: false, retryAfterMs: 0 })
            : (seen.add(lease.accountId), take(lease, expiresAtMs));
      },
    ],
    [
      'folds ids to lower case',
      'tells accounts apart that differ in case',
      (slots) => {
        const take = slots.take.bind(slots);
        slots.take = ({ accountId }, expiresAtMs) =>
          take({ accountId: accountId.toLowerCase() as AccountId }, expiresAtMs);
      },
    ],
    [
      'answers with the time that has passed',
      'says how long the oldest session can still last, and never less than nothing',
      (slots) => {
        const take = slots.take.bind(slots);
        slots.take = async (lease, expiresAtMs) => {
          const answer = await take(lease, expiresAtMs);
          return answer.taken ? answer : { taken: false, retryAfterMs: answer.retryAfterMs - 2_000 };
        };
      },
    ],
    [
      'frees any place',
      'frees nothing twice and nothing that was not taken',
      (slots) => {
        const free = slots.free.bind(slots);
        slots.free = async () => {
          for (const name of ['b', 'c', 'a']) await free({ accountId: id(name) });
        };
      },
    ],
  ];
  it.each(mistakes)('is told apart from one that %s: %s', async (_mistake, caughtBy, change) => {
    expect(await broken(pairingSlotsRules, () => slotsSubject(change))).toContain(caughtBy);
  });
});

describe('SoleAccountOwnership', () => {
  it.each(accountLeasesRules)('$name', async ({ check }) => {
    await check(() => leasesSubject());
  });

  const mistakes: [string, string, (leases: LocalAccountLeases) => void][] = [
    [
      'gives an account away twice',
      'an account is held once at most',
      (leases) => {
        const acquire = leases.acquire.bind(leases);
        leases.acquire = async (accountId) => {
          const held = leases.isHeld(accountId);
          if (held) await leases.release(held);
          return await acquire(accountId);
        };
      },
    ],
    [
      'does not count',
      'the epoch grows with every hold of an account',
      (leases) => {
        const acquire = leases.acquire.bind(leases);
        leases.acquire = async (accountId) => Object.assign(await acquire(accountId), { epoch: 1 });
      },
    ],
    [
      'releases the account and not the hold',
      'releasing an old hold again leaves the new one',
      (leases) => {
        const release = leases.release.bind(leases);
        leases.release = ({ accountId }) => release(leases.isHeld(accountId) as AccountLease);
      },
    ],
    [
      'does not stop',
      'after stop nothing can be acquired, and what is held can be released',
      (leases) => {
        leases.stop = () => Promise.resolve();
      },
    ],
    [
      'folds ids to lower case',
      'accounts are held independently, also when they differ in case only',
      (leases) => {
        const acquire = leases.acquire.bind(leases);
        leases.acquire = (accountId) => acquire(accountId.toLowerCase() as AccountId);
      },
    ],
    [
      'offers what is held',
      'linked accounts that nobody holds are offered, later than the call',
      (leases) => {
        leases.adopt = (linked, offer) => {
          queueMicrotask(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers nothing that can be taken',
      'an offered account can be acquired within the offer',
      (leases) => {
        leases.adopt = (linked, offer) => {
          void leases.acquire(linked[0] as AccountId).then(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers whatever happens',
      'after stop nothing is offered any more',
      (leases) => {
        leases.adopt = (linked, offer) => {
          setImmediate(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'never releases',
      'a hold is held from acquire to release',
      (leases) => {
        leases.release = () => Promise.resolve();
      },
    ],
  ];
  it.each(mistakes)('is told apart from one that %s: %s', async (_mistake, caughtBy, change) => {
    expect(await broken(accountLeasesRules, () => leasesSubject(change))).toContain(caughtBy);
  });
});
