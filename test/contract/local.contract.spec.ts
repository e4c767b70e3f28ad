import { describe, expect, it } from '@jest/globals';
import { MemoryPairingSlots } from '../../src/local/memory-pairing-slots.js';
import { LocalAccountLeases } from '../../src/local/local-account-leases.js';
import type { AccountId } from '../../src/whatsapp/domain/account-id.js';
import type { AccountLease } from '../../src/whatsapp/ports/account-leases.js';
import type { SlotAnswer } from '../../src/whatsapp/ports/pairing-slots.js';
import { accountLeasesRules, type AccountLeasesSubject } from './suites/account-leases.contract.js';
import { pairingSlotsRules, type PairingSlotsSubject } from './suites/pairing-slots.contract.js';
import { StoppedClock } from '../support/time/stopped-clock.js';
import { broken, unbroken } from './rule.js';
import { id } from './storage-subject.js';

type SlotOwner = Pick<AccountLease, 'accountId'>;
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

function leasesSubject(Leases = LocalAccountLeases): Promise<AccountLeasesSubject> {
  return Promise.resolve({ leases: new Leases(), dispose });
}

describe('MemoryPairingSlots', () => {
  it.each(pairingSlotsRules)('$name', async ({ check }) => {
    await check(() => slotsSubject());
  });

  const mistakes: [string, string, typeof MemoryPairingSlots][] = [
    [
      'counts after a delay',
      'slots are given up to the limit, also to simultaneous calls',
      class extends MemoryPairingSlots {
        private taken = 0;

        override async take(lease: SlotOwner, expiresAtMs: number): Promise<SlotAnswer> {
          const full = this.taken >= 3;
          await Promise.resolve();
          this.taken++;
          return full ? await super.take(lease, expiresAtMs) : { taken: true };
        }
      },
    ],
    [
      'never frees a slot',
      'a freed slot can be taken by another account',
      class extends MemoryPairingSlots {
        override free(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
    [
      'refuses the renewal of a slot',
      'a second call of an account renews its slot',
      class extends MemoryPairingSlots {
        private readonly seen = new Set<string>();

        override take(lease: SlotOwner, expiresAtMs: number): Promise<SlotAnswer> {
          if (this.seen.has(lease.accountId)) return Promise.resolve({ taken: false, retryAfterMs: 0 });
          this.seen.add(lease.accountId);
          return super.take(lease, expiresAtMs);
        }
      },
    ],
    [
      'ignores the case of ids',
      'accounts whose ids differ only in case have separate slots',
      class extends MemoryPairingSlots {
        override take({ accountId }: SlotOwner, expiresAtMs: number): Promise<SlotAnswer> {
          return super.take({ accountId: accountId.toLowerCase() as AccountId }, expiresAtMs);
        }
      },
    ],
    [
      'answers with a negative time',
      'a refusal contains the time until the oldest session must end, which is never negative',
      class extends MemoryPairingSlots {
        override async take(lease: SlotOwner, expiresAtMs: number): Promise<SlotAnswer> {
          const answer = await super.take(lease, expiresAtMs);
          return answer.taken ? answer : { taken: false, retryAfterMs: answer.retryAfterMs - 2_000 };
        }
      },
    ],
    [
      'frees the slots of other accounts',
      'freeing a slot twice, or an unknown slot, has no effect',
      class extends MemoryPairingSlots {
        override async free(): Promise<void> {
          for (const name of ['b', 'c', 'a']) await super.free({ accountId: id(name) });
        }
      },
    ],
  ];
  it.each(mistakes)(
    'slots whose implementation %s break the rule: %s',
    async (_mistake, caughtBy, Broken) => {
      expect(await broken(pairingSlotsRules, () => slotsSubject(Broken))).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one implementation', () => {
    const caught = mistakes.map(([, caughtBy]) => ({ caughtBy }));
    expect(unbroken(pairingSlotsRules, caught)).toEqual([]);
  });
});

describe('LocalAccountLeases', () => {
  it.each(accountLeasesRules)('$name', async ({ check }) => {
    await check(() => leasesSubject());
  });

  const mistakes: [string, string, typeof LocalAccountLeases][] = [
    [
      'gives two leases for one account',
      'an account has at most one lease',
      class extends LocalAccountLeases {
        override async acquire(accountId: AccountId): Promise<AccountLease> {
          const held = this.held(accountId);
          if (held) await this.release(held);
          return await super.acquire(accountId);
        }
      },
    ],
    [
      'does not increase the epoch',
      'the epoch grows with every lease of an account',
      class extends LocalAccountLeases {
        override async acquire(accountId: AccountId): Promise<AccountLease> {
          return Object.assign(await super.acquire(accountId), { epoch: 1 });
        }
      },
    ],
    [
      'releases the account instead of the lease',
      'releasing an old lease again keeps the new one',
      class extends LocalAccountLeases {
        override release({ accountId }: AccountLease): Promise<void> {
          return super.release(this.held(accountId) as AccountLease);
        }
      },
    ],
    [
      'ignores stop',
      'after stop no lease can be acquired, and a held lease can be released',
      class extends LocalAccountLeases {
        override stop(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
    [
      'ignores the case of ids',
      'accounts have independent leases, also if their ids differ only in case',
      class extends LocalAccountLeases {
        override acquire(accountId: AccountId): Promise<AccountLease> {
          return super.acquire(accountId.toLowerCase() as AccountId);
        }
      },
    ],
    [
      'offers accounts with a lease',
      'linked accounts without a lease are offered after the call',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          queueMicrotask(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'offers accounts that cannot be acquired',
      'an offered account can be acquired in the callback',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          void this.acquire(linked[0] as AccountId).then(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'offers accounts after stop',
      'after stop no account is offered',
      class extends LocalAccountLeases {
        override adopt(linked: readonly AccountId[], offer: Offer): void {
          setImmediate(() => {
            linked.forEach(offer);
          });
        }
      },
    ],
    [
      'never releases a lease',
      'a lease is held from acquire to release',
      class extends LocalAccountLeases {
        override release(): Promise<void> {
          return Promise.resolve();
        }
      },
    ],
  ];
  it.each(mistakes)(
    'leases whose implementation %s break the rule: %s',
    async (_mistake, caughtBy, Broken) => {
      expect(await broken(accountLeasesRules, () => leasesSubject(Broken))).toContain(caughtBy);
    },
  );

  it('every rule is broken by at least one implementation', () => {
    const caught = mistakes.map(([, caughtBy]) => ({ caughtBy }));
    expect(unbroken(accountLeasesRules, caught)).toEqual([]);
  });
});
