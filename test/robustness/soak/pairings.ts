import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { eventually } from '../../support/eventually.js';
import type { Action, ActionContext } from './action.js';
import type { ExpectedState } from './expected-state.js';

/* Pairings by QR code: scanned, stopped, replaced, refused and expired. */

export const NOT_LINKED: readonly ExpectedState['is'][] = ['unlinked', 'failed', 'unconfirmed'];

/** Scans the current code, and waits until the account is linked. */
export async function scanCode({ account, setup }: ActionContext): Promise<void> {
  const { phone, accountId } = account;
  const { control } = setup.simulator;
  // An unconfirmed logout may have left a device on the phone.
  await control.removeDevices(phone);
  const { value: qr } = await setup.service.qr(accountId);
  const scan = await control.scan({ phone, qr });
  if (!scan.paired) throw new Error(`the phone did not link the device: ${scan.reason}`);
  account.deviceJid = scan.deviceJid;
  await account.waitForState({ is: 'linked' });
}

export async function link(context: ActionContext): Promise<void> {
  if (await context.account.pair()) await scanCode(context);
}

export const PAIRINGS: readonly Action[] = [
  { name: 'link', weight: 6, states: NOT_LINKED, run: link },
  {
    name: 'link after replacements',
    weight: 2,
    states: NOT_LINKED,
    run: async (context) => {
      const { account, setup } = context;
      if (!(await account.pair())) return;
      await setup.service.qr(account.accountId);
      await Promise.all([account.pair(), account.pair(), account.pair()]);
      await scanCode(context);
    },
  },
  {
    name: 'link, its connection cut first',
    weight: 1,
    states: NOT_LINKED,
    run: async (context) => {
      const { account, setup } = context;
      if (!(await account.pair())) return;
      const { value: qr } = await setup.service.qr(account.accountId);
      await setup.simulator.control.act({ type: 'cut' }, { qr });
      await eventually(
        async () => (await setup.service.qr(account.accountId)).value !== qr,
        10_000,
        () => 'the code of a closed connection stays on the screen',
      );
      await scanCode(context);
    },
  },
  {
    name: 'pair and stop',
    weight: 3,
    states: NOT_LINKED,
    run: async ({ account, pool, setup }) => {
      if (!(await account.pair())) return;
      if (pool.random.below(2) === 0) await setup.service.qr(account.accountId);
      await account.stop();
      await account.waitForState({ is: 'unlinked' });
    },
  },
  {
    name: 'refused on the phone, and stopped',
    weight: 1,
    states: NOT_LINKED,
    run: async ({ account, setup }) => {
      if (!(await account.pair())) return;
      const { phone, accountId } = account;
      const { control } = setup.simulator;
      await control.removeDevices(phone);
      await control.addFault({ stage: 'scan', action: { type: 'refuse' }, where: { phone } });
      const { value: qr } = await setup.service.qr(accountId);
      deepStrictEqual(await control.scan({ phone, qr }), { paired: false, reason: 'refused_on_phone' });
      await account.stop();
      await account.waitForState({ is: 'unlinked' });
    },
  },
  {
    name: 'QR code expired',
    weight: 1,
    states: NOT_LINKED,
    run: async ({ account }) => {
      if (await account.pair()) await account.waitForState({ is: 'failed', error: 'qr_expired' });
    },
  },
  {
    name: 'disconnect of an account that is not linked',
    weight: 1,
    states: NOT_LINKED,
    run: async ({ account }) => {
      await account.disconnect();
      await account.waitForState({ is: 'unlinked' });
    },
  },
  {
    name: 'stop of an account that is not linked',
    weight: 1,
    states: NOT_LINKED,
    run: async ({ account }) => {
      await account.stop();
      await account.waitForState({ is: 'unlinked' });
    },
  },
  {
    name: 'removed on the phone after an unconfirmed logout',
    weight: 2,
    states: ['unconfirmed'],
    run: async ({ account, setup }) => {
      await setup.simulator.control.removeDevices(account.phone);
      account.deviceJid = null;
      await account.waitForState();
    },
  },
  {
    name: 'reconnected by POST /pair',
    weight: 3,
    states: ['parked'],
    run: async ({ account, setup }) => {
      if (!(await account.pair())) return;
      await account.waitForState({ is: 'linked' });
      strictEqual((await setup.service.status(account.accountId)).status, 'connected');
    },
  },
];
