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
      'counts after a delay',
      'slots are given up to the limit, also to simultaneous calls',
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
      'never frees a slot',
      'a freed slot can be taken by another account',
      (slots) => {
        slots.free = () => Promise.resolve();
      },
    ],
    [
      'refuses the renewal of a slot',
      'a second call of an account renews its slot',
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
      'ignores the case of ids',
      'accounts whose ids differ only in case have separate slots',
      (slots) => {
        const take = slots.take.bind(slots);
        slots.take = ({ accountId }, expiresAtMs) =>
          take({ accountId: accountId.toLowerCase() as AccountId }, expiresAtMs);
      },
    ],
    [
      'answers with a negative time',
      'a refusal contains the time until the oldest session must end, which is never negative',
      (slots) => {
        const take = slots.take.bind(slots);
        slots.take = async (lease, expiresAtMs) => {
          const answer = await take(lease, expiresAtMs);
          return answer.taken ? answer : { taken: false, retryAfterMs: answer.retryAfterMs - 2_000 };
        };
      },
    ],
    [
      'frees the slots of other accounts',
      'freeing a slot twice, or an unknown slot, has no effect',
      (slots) => {
        const free = slots.free.bind(slots);
        slots.free = async () => {
          for (const name of ['b', 'c', 'a']) await free({ accountId: id(name) });
        };
      },
    ],
  ];
  it.each(mistakes)(
    'slots whose implementation %s break the rule: %s',
    async (_mistake, caughtBy, change) => {
      expect(await broken(pairingSlotsRules, () => slotsSubject(change))).toContain(caughtBy);
    },
  );
});

describe('LocalAccountLeases', () => {
  it.each(accountLeasesRules)('$name', async ({ check }) => {
    await check(() => leasesSubject());
  });

  const mistakes: [string, string, (leases: LocalAccountLeases) => void][] = [
    [
      'gives two leases for one account',
      'an account has at most one lease',
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
      'does not increase the epoch',
      'the epoch grows with every lease of an account',
      (leases) => {
        const acquire = leases.acquire.bind(leases);
        leases.acquire = async (accountId) => Object.assign(await acquire(accountId), { epoch: 1 });
      },
    ],
    [
      'releases the account instead of the lease',
      'releasing an old lease again keeps the new one',
      (leases) => {
        const release = leases.release.bind(leases);
        leases.release = ({ accountId }) => release(leases.isHeld(accountId) as AccountLease);
      },
    ],
    [
      'ignores stop',
      'after stop no lease can be acquired, and a held lease can be released',
      (leases) => {
        leases.stop = () => Promise.resolve();
      },
    ],
    [
      'ignores the case of ids',
      'accounts have independent leases, also if their ids differ only in case',
      (leases) => {
        const acquire = leases.acquire.bind(leases);
        leases.acquire = (accountId) => acquire(accountId.toLowerCase() as AccountId);
      },
    ],
    [
      'offers accounts with a lease',
      'linked accounts without a lease are offered after the call',
      (leases) => {
        leases.adopt = (linked, offer) => {
          queueMicrotask(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers accounts that cannot be acquired',
      'an offered account can be acquired in the callback',
      (leases) => {
        leases.adopt = (linked, offer) => {
          void leases.acquire(linked[0] as AccountId).then(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'offers accounts after stop',
      'after stop no account is offered',
      (leases) => {
        leases.adopt = (linked, offer) => {
          setImmediate(() => {
            linked.forEach(offer);
          });
        };
      },
    ],
    [
      'never releases a lease',
      'a lease is held from acquire to release',
      (leases) => {
        leases.release = () => Promise.resolve();
      },
    ],
  ];
  it.each(mistakes)(
    'leases whose implementation %s break the rule: %s',
    async (_mistake, caughtBy, change) => {
      expect(await broken(accountLeasesRules, () => leasesSubject(change))).toContain(caughtBy);
    },
  );
});
