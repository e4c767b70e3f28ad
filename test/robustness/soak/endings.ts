import { strictEqual } from 'node:assert/strict';
import type { Action, ActionContext } from './action.js';

/* What ends a link, or keeps it down. */

/** Whether WhatsApp has confirmed the logout; when the service says so, the phone shows no device. */
async function disconnect({ account, setup }: ActionContext): Promise<boolean> {
  await account.disconnect();
  const confirmed = (await account.observed()).error === null;
  await account.waitForState({ is: confirmed ? 'unlinked' : 'unconfirmed' });
  if (!confirmed) return false;
  const { phone } = account;
  const gone = await setup.simulator.control.waitFor({ kind: 'linked', phone, devices: 0 }, 0);
  strictEqual(gone, true, 'the logout was confirmed, and the phone shows the device');
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
      strictEqual(await disconnect(context), true, 'the logout of a connection that works was not confirmed');
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
      strictEqual(await disconnect(context), false, 'nobody was there to confirm the logout');
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
    name: 'removed on the phone while down',
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
    name: 'disconnect while down',
    weight: 1,
    states: ['parked'],
    // Another account may have shut the door: then it is not confirmed.
    run: async (context) => {
      await disconnect(context);
    },
  },
  {
    name: 'stop while down',
    weight: 1,
    states: ['parked'],
    run: async ({ account }) => {
      await account.stop();
      await account.waitForState({ is: 'parked', error: null });
    },
  },
];
