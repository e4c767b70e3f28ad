import { describe, expect, it } from '@jest/globals';
import { MemoryPairingSlots } from '../../src/local/memory-pairing-slots.js';
import { LocalAccountLeases } from '../../src/local/local-account-leases.js';
import { SystemClock } from '../../src/local/system-clock.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { AccountLease } from '../../src/whatsapp/ports/account-leases.js';
import type { PairingSlots } from '../../src/whatsapp/ports/pairing-slots.js';
import { accountOwnershipRules, type AccountOwnershipSubject } from './suites/account-leases.contract.js';
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

function ownershipSubject(
  change: (ownership: LocalAccountLeases) => void = () => undefined,
): Promise<AccountOwnershipSubject> {
  const ownership = new LocalAccountLeases();
  change(ownership);
  return Promise.resolve({ ownership, dispose });
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
  it.each(accountOwnershipRules)('$name', async ({ check }) => {
    await check(() => ownershipSubject());
  });

  const mistakes: [string, string, (ownership: LocalAccountLeases) => void][] = [
    [
      'gives an account away twice',
      'an account is held once at most',
      (ownership) => {
        const acquire = ownership.acquire.bind(ownership);
        ownership.acquire = async (accountId) => {
          const held = ownership.isHeld(accountId);
          if (held) await ownership.release(held);
          return await acquire(accountId);
        };
      },
    ],
    [
      'does not count',
      'the epoch grows with every hold of an account',
      (ownership) => {
        const acquire = ownership.acquire.bind(ownership);
        ownership.acquire = async (accountId) => Object.assign(await acquire(accountId), { epoch: 1 });
      },
    ],
    [
      'releases the account and not the hold',
      'releasing an old hold again leaves the new one',
      (ownership) => {
        const release = ownership.release.bind(ownership);
        ownership.release = ({ accountId }) => release(ownership.isHeld(accountId) as AccountLease);
      },
    ],
    [
      'does not stop',
      'after stop nothing can be acquired, and what is held can be released',
      (ownership) => {
        ownership.stop = () => Promise.resolve();
      },
    ],
    [
      'folds ids to lower case',
      'accounts are held independently, also when they differ in case only',
      (ownership) => {
        const acquire = ownership.acquire.bind(ownership);
        ownership.acquire = (accountId) => acquire(accountId.toLowerCase() as AccountId);
      },
    ],
    [
      'offers what is held',
      'linked accounts that nobody holds are offered, later than the call',
      (ownership) => {
        ownership.adopt = (linked, offer) => {
          queueMicrotask(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers nothing that can be taken',
      'an offered account can be acquired within the offer',
      (ownership) => {
        ownership.adopt = (linked, offer) => {
          void ownership.acquire(linked[0] as AccountId).then(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers whatever happens',
      'after stop nothing is offered any more',
      (ownership) => {
        ownership.adopt = (linked, offer) => {
          setImmediate(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'never releases',
      'a hold is held from acquire to release',
      (ownership) => {
        ownership.release = () => Promise.resolve();
      },
    ],
  ];
  it.each(mistakes)('is told apart from one that %s: %s', async (_mistake, caughtBy, change) => {
    expect(await broken(accountOwnershipRules, () => ownershipSubject(change))).toContain(caughtBy);
  });
});
