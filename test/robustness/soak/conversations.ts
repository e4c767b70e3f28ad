import { eventually } from '../../support/eventually.js';
import type { Action } from './action.js';
import type { SoakedAccount } from './soaked-account.js';

/* Actions on linked accounts: messages and their keys. */

const ARRIVES_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;
/** Baileys uploads new pre-keys when fewer are left. */
const MIN_PRE_KEYS = 5;

/**
 * Baileys caches the device list of a number for five minutes. WhatsApp notifies clients of new devices; the simulator
 * does not. So an account that has written to a device that was replaced since would write to a removed device.
 */
const DEVICES_KEPT_MS = 5 * 60_000;

function canReach(one: SoakedAccount, other: SoakedAccount): boolean {
  const last = one.wroteTo.get(other);
  const isStale = last && last.deviceJid !== other.deviceJid;
  return !isStale || performance.now() - last.atMs > DEVICES_KEPT_MS;
}

export const CONVERSATIONS: readonly Action[] = [
  {
    name: 'message and answer',
    weight: 6,
    states: ['linked'],
    run: async ({ account, pool, setup: { service } }) => {
      const other = pool.acquire('linked');
      if (!other) return;
      try {
        if (!canReach(account, other) || !canReach(other, account)) return;
        await Promise.all([account.waitForState(), other.waitForState()]);
        for (const [from, to] of [
          [account, other],
          [other, account],
        ] as const) {
          const text = `${from.accountId} to ${to.accountId} at ${Date.now()}`;
          from.wroteTo.set(to, { deviceJid: to.deviceJid, atMs: performance.now() });
          await service.errand({ accountId: from.accountId, send: text, toPhone: to.phone });
          await eventually(
            async () => (await service.texts(to.accountId)).includes(text),
            ARRIVES_WITHIN_MS,
            () => `"${text}" has not arrived`,
            LOOK_EVERY_MS,
          );
        }
      } finally {
        pool.release(other);
      }
    },
  },
  {
    name: 'pre-keys run low',
    weight: 2,
    states: ['linked'],
    run: async ({ account, pool, setup: { simulator } }) => {
      await account.waitForState();
      const { phone, deviceJid } = account;
      if (deviceJid === null) throw new Error('the account is linked but has no device');
      const before = (await simulator.control.preKeys(deviceJid)).lastUploadedId ?? 0;
      await simulator.control.spendPreKeys({ phone, leave: pool.random.below(MIN_PRE_KEYS) });
      await eventually(
        async () => ((await simulator.control.preKeys(deviceJid)).lastUploadedId ?? 0) > before,
        ARRIVES_WITHIN_MS,
        () => 'no new pre-keys were uploaded',
        LOOK_EVERY_MS,
      );
    },
  },
  {
    name: 'rotation of the signed pre-key',
    weight: 1,
    states: ['linked'],
    run: async ({ account, setup: { service } }) => {
      await account.waitForState();
      await service.errand({ accountId: account.accountId, rotateSignedPreKey: true });
    },
  },
];
