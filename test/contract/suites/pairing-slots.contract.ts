import assert from 'node:assert/strict';
import type { AccountId } from '../../../src/whatsapp/domain/account-id.js';
import type { PairingSlots, SlotAnswer } from '../../../src/whatsapp/ports/pairing-slots.js';
import { type Disposable, type Rule, rule } from '../rule.js';

/** Slots for three accounts, and the clock that they use. */
export interface PairingSlotsSubject extends Disposable {
  readonly slots: PairingSlots;
  nowMs: number;
}

const account = (name: string): { readonly accountId: AccountId } => ({ accountId: name as AccountId });

async function fill({ slots }: PairingSlotsSubject): Promise<SlotAnswer[]> {
  return [
    await slots.take(account('a'), 3_000),
    await slots.take(account('b'), 2_000),
    await slots.take(account('c'), 4_000),
  ];
}

export const pairingSlotsRules: readonly Rule<PairingSlotsSubject>[] = [
  rule('slots are given up to the limit, also to simultaneous calls', async ({ slots }) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => slots.take(account(String(index)), 1_000)),
    );
    assert.deepEqual(
      answers.map(({ taken }) => taken),
      answers.map((_, index) => index < 3),
    );
  }),

  rule(
    'a refusal contains the time until the oldest session must end, which is never negative',
    async (subject) => {
      assert.deepEqual(await fill(subject), [{ taken: true }, { taken: true }, { taken: true }]);
      subject.nowMs = 500;
      assert.deepEqual(await subject.slots.take(account('d'), 9_000), { taken: false, retryAfterMs: 1_500 });
      subject.nowMs = 2_500;
      assert.deepEqual(await subject.slots.take(account('d'), 9_000), { taken: false, retryAfterMs: 0 });
    },
  ),

  rule('a second call of an account renews its slot', async (subject) => {
    await fill(subject);
    assert.deepEqual(await subject.slots.take(account('b'), 8_000), { taken: true });
    assert.deepEqual(await subject.slots.take(account('d'), 9_000), { taken: false, retryAfterMs: 3_000 });
  }),

  rule('a freed slot can be taken by another account', async (subject) => {
    await fill(subject);
    await subject.slots.free(account('b'));
    assert.deepEqual(await subject.slots.take(account('d'), 9_000), { taken: true });
    assert.equal((await subject.slots.take(account('b'), 9_000)).taken, false);
  }),

  rule('freeing a slot twice, or an unknown slot, has no effect', async (subject) => {
    await fill(subject);
    await subject.slots.free(account('b'));
    await subject.slots.free(account('b'));
    await subject.slots.free(account('unknown'));
    assert.equal((await subject.slots.take(account('d'), 9_000)).taken, true);
    assert.equal((await subject.slots.take(account('e'), 9_000)).taken, false);
  }),

  rule('accounts whose ids differ only in case have separate slots', async ({ slots }) => {
    for (const name of ['a', 'A', '__proto__'])
      assert.equal((await slots.take(account(name), 1)).taken, true);
    assert.equal((await slots.take(account('b'), 1)).taken, false);
  }),
];
