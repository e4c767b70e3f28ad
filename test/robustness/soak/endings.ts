import { strictEqual } from 'node:assert/strict';
import type { Action, ActionContext } from './action.js';

/* Actions that unlink an account, or keep it disconnected. */

/** Disconnects. @returns whether WhatsApp confirmed the logout; the phone then must show no device */
async function disconnect({ account, setup }: ActionContext): Promise<boolean> {
  await account.disconnect();
  const confirmed = (await account.observed()).error === null;
  await account.waitForState({ is: confirmed ? 'unlinked' : 'unconfirmed' });
  if (!confirmed) return false;
  const { phone } = account;
  const gone = await setup.simulator.control.isMet({ kind: 'linked', phone, devices: 0 });
  strictEqual(gone, true, 'the logout was confirmed, but the phone still shows the device');
  account.deviceJid = null;
  return true;
}

async function removeOnPhone({ account, setup }: ActionContext): Promise<void> {
  strictEqual(await setup.simulator.control.removeDevices(account.phone), 1);
  account.deviceJid = null;
  await account.waitForState({ is: 'failed', error: 'unlinked_by_phone' });
}

export const ENDINGS: readonly Action[] = [
  {
    name: 'disconnect',
    weight: 2,
    states: ['linked'],
    run: async (context) => {
      await context.account.waitForState();
      strictEqual(await disconnect(context), true, 'the logout over a working connection was not confirmed');
    },
  },
  {
    name: 'disconnect on a frozen network',
    weight: 0.5,
    states: ['linked'],
    run: async (context) => {
      const { account, setup } = context;
      await account.waitForState();
      await setup.simulator.control.act({ type: 'freeze' }, { phone: account.phone });
      strictEqual(await disconnect(context), false, 'the logout was confirmed over a frozen connection');
    },
  },
  {
    name: 'removed on the phone',
    weight: 1,
    states: ['linked'],
    run: async (context) => {
      await context.account.waitForState();
      await removeOnPhone(context);
    },
  },
  {
    name: 'removed on the phone while disconnected',
    weight: 1,
    states: ['linked'],
    run: async (context) => {
      await context.account.waitForState();
      await context.setup.simulator.control.act({ type: 'cut' }, { phone: context.account.phone });
      await removeOnPhone(context);
    },
  },
  {
    name: 'replaced (440)',
    weight: 0.5,
    states: ['linked'],
    run: async ({ account, setup }) => {
      await account.waitForState();
      const { phone } = account;
      await setup.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
      await account.waitForState({ is: 'parked', error: 'replaced' });
    },
  },
  {
    name: 'locked (403)',
    weight: 0.5,
    states: ['linked'],
    run: async ({ account, setup }) => {
      await account.waitForState();
      const { phone } = account;
      await setup.simulator.control.addFault({
        stage: 'login_success',
        action: { type: 'fail', code: 403 },
        where: { phone },
      });
      await setup.simulator.control.act({ type: 'cut' }, { phone });
      await account.waitForState({ is: 'parked', error: 'account_locked' });
    },
  },
  {
    name: 'disconnect of a parked account',
    weight: 1,
    states: ['parked'],
    // The logout is not confirmed while another account's action refuses connections.
    run: async (context) => {
      await disconnect(context);
    },
  },
  {
    name: 'stop of a parked account',
    weight: 1,
    states: ['parked'],
    run: async ({ account }) => {
      await account.stop();
      await account.waitForState({ is: 'parked', error: null });
    },
  },
];
