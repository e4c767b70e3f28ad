import { describe, expect, it } from '@jest/globals';
import { MemoryPairingSlots } from '../../src/local/memory-pairing-slots.js';
import { LocalAccountLeases } from '../../src/local/local-account-leases.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { AccountLease } from '../../src/whatsapp/ports/account-leases.js';
import type { SlotAnswer } from '../../src/whatsapp/ports/pairing-slots.js';
import { accountOwnershipRules, type AccountOwnershipSubject } from './suites/account-leases.contract.js';
import { pairingSlotsRules, type PairingSlotsSubject } from './suites/pairing-slots.contract.js';
import { StoppedClock } from '../support/time/stopped-clock.js';
import { broken } from './rule.js';
import { id } from './storage-subject.js';

type Taker = Pick<AccountLease, 'accountId'>;
type Offer = (accountId: AccountId) => void;

const dispose = (): Promise<void> => Promise.resolve();

function slotsSubject(Slots = MemoryPairingSlots): Promise<PairingSlotsSubject> {
  const clock = new StoppedClock();
  const slots = new Slots(3, clock);
  return Promise.resolve(
    Object.defineProperty({ slots, nowMs: 0, dispose }, 'nowMs', {
      set: (nowMs: number) => {
        clock.goTo(nowMs);
      },
    }),
  );
}

function ownershipSubject(Leases = LocalAccountLeases): Promise<AccountOwnershipSubject> {
  return Promise.resolve({ ownership: new Leases(), dispose });
}

describe('MemoryPairingSlots', () => {
  it.each(pairingSlotsRules)('$name', async ({ check }) => {
    await check(() => slotsSubject());
  });

  const mistakes: [string, string, typeof MemoryPairingSlots][] = [
    [
      'counts after it has waited',
      'gives exactly as many places as there are, also in one burst',
      class extends MemoryPairingSlots {
        private taken = 0;

        override async take(lease: Taker, expiresAtMs: number): Promise<SlotAnswer> {
          const full = this.taken >= 3;
          await Promise.resolve();
          this.taken++;
          return full ? await super.take(lease, expiresAtMs) : { taken: true };
        }
      },
    ],
    [
      'never frees',
      'gives a freed place to the next account',
      class extends MemoryPairingSlots {
        override free(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
    [
      'refuses a replacement',
      'renews a place without taking a second one',
      class extends MemoryPairingSlots {
        private readonly seen = new Set<string>();

        override take(lease: Taker, expiresAtMs: number): Promise<SlotAnswer> {
          if (this.seen.has(lease.accountId)) return Promise.resolve({ taken: false, retryAfterMs: 0 });
          this.seen.add(lease.accountId);
          return super.take(lease, expiresAtMs);
        }
      },
    ],
    [
      'folds ids to lower case',
      'tells accounts apart that differ in case',
      class extends MemoryPairingSlots {
        override take({ accountId }: Taker, expiresAtMs: number): Promise<SlotAnswer> {
          return super.take({ accountId: accountId.toLowerCase() as AccountId }, expiresAtMs);
        }
      },
    ],
    [
      'answers with the time that has passed',
      'says how long the oldest session can still last, and never less than nothing',
      class extends MemoryPairingSlots {
        override async take(lease: Taker, expiresAtMs: number): Promise<SlotAnswer> {
          const answer = await super.take(lease, expiresAtMs);
          return answer.taken ? answer : { taken: false, retryAfterMs: answer.retryAfterMs - 2_000 };
        }
      },
    ],
    [
      'frees any place',
      'frees nothing twice and nothing that was not taken',
      class extends MemoryPairingSlots {
        override async free(): Promise<void> {
          for (const name of ['b', 'c', 'a']) await super.free({ accountId: id(name) });
        }
      },
    ],
  ];
  it.each(mistakes)('is told apart from one that %s: %s', async (_mistake, caughtBy, Broken) => {
    expect(await broken(pairingSlotsRules, () => slotsSubject(Broken))).toContain(caughtBy);
  });
});

describe('SoleAccountOwnership', () => {
  it.each(accountOwnershipRules)('$name', async ({ check }) => {
    await check(() => ownershipSubject());
  });

  const mistakes: [string, string, typeof LocalAccountLeases][] = [
    [
      'gives an account away twice',
      'an account is held once at most',
      class extends LocalAccountLeases {
        override async acquire(accountId: AccountId): Promise<AccountLease> {
          const held = this.isHeld(accountId);
          if (held) await this.release(held);
          return await super.acquire(accountId);
        }
      },
    ],
    [
      'does not count',
      'the epoch grows with every hold of an account',
      class extends LocalAccountLeases {
        override async acquire(accountId: AccountId): Promise<AccountLease> {
          return Object.assign(await super.acquire(accountId), { epoch: 1 });
        }
      },
    ],
    [
      'releases the account and not the hold',
      'releasing an old hold again leaves the new one',
      class extends LocalAccountLeases {
        override release({ accountId }: AccountLease): Promise<void> {
          return super.release(this.isHeld(accountId) as AccountLease);
        }
      },
    ],
    [
      'does not stop',
      'after stop nothing can be acquired, and what is held can be released',
      class extends LocalAccountLeases {
        override stop(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
    [
      'folds ids to lower case',
      'accounts are held independently, also when they differ in case only',
      class extends LocalAccountLeases {
        override acquire(accountId: AccountId): Promise<AccountLease> {
          return super.acquire(accountId.toLowerCase() as AccountId);
        }
      },
    ],
    [
      'offers what is held',
      'linked accounts that nobody holds are offered, later than the call',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          queueMicrotask(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'offers nothing that can be taken',
      'an offered account can be acquired within the offer',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          void this.acquire(linked[0] as AccountId).then(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'offers whatever happens',
      'after stop nothing is offered any more',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          setImmediate(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'never releases',
      'a hold is held from acquire to release',
      class extends LocalAccountLeases {
        override release(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
  ];
  it.each(mistakes)('is told apart from one that %s: %s', async (_mistake, caughtBy, Broken) => {
    expect(await broken(accountOwnershipRules, () => ownershipSubject(Broken))).toContain(caughtBy);
  });
});
