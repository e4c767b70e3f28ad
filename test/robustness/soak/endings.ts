import { strictEqual } from 'node:assert/strict';
import type { Action, ActionContext } from './action.js';

/* What ends a link, or keeps it down. */

/** Whether WhatsApp has confirmed the logout; when the service says so, the phone shows no device. */
async function disconnects({ account, setup }: ActionContext): Promise<boolean> {
  await account.disconnect();
  const confirmed = (await account.observed()).error === null;
  await account.settle({ is: confirmed ? 'nobody' : 'unconfirmed' });
  if (!confirmed) return false;
  const { phone } = account;
  const gone = await setup.simulator.control.waitFor({ kind: 'linked', phone, devices: 0 }, 0);
  strictEqual(gone, true, 'the logout was confirmed, and the phone shows the device');
  account.deviceJid = null;
  return true;
}

async function isRemoved({ account, setup }: ActionContext): Promise<void> {
  strictEqual(await setup.simulator.control.removeDevices(account.phone), 1);
  account.deviceJid = null;
  await account.settle({ is: 'failed', error: 'unlinked_by_phone' });
}

export const ENDINGS: readonly Action[] = [
  {
    name: 'disconnect',
    weight: 2,
    to: ['linked'],
    happen: async (scene) => {
      await scene.account.settle();
      strictEqual(await disconnects(scene), true, 'the logout of a connection that works was not confirmed');
    },
  },
  {
    name: 'disconnect on a frozen network',
    weight: 0.5,
    to: ['linked'],
    happen: async (scene) => {
      const { account, setup } = scene;
      await account.settle();
      await setup.simulator.control.act({ type: 'freeze' }, { phone: account.phone });
      strictEqual(await disconnects(scene), false, 'nobody was there to confirm the logout');
    },
  },
  {
    name: 'removed on the phone',
    weight: 1,
    to: ['linked'],
    happen: async (scene) => {
      await scene.account.settle();
      await isRemoved(scene);
    },
  },
  {
    name: 'removed on the phone while down',
    weight: 1,
    to: ['linked'],
    happen: async (scene) => {
      await scene.account.settle();
      await scene.setup.simulator.control.act({ type: 'cut' }, { phone: scene.account.phone });
      await isRemoved(scene);
    },
  },
  {
    name: 'replaced (440)',
    weight: 0.5,
    to: ['linked'],
    happen: async ({ account, setup }) => {
      await account.settle();
      const { phone } = account;
      await setup.simulator.control.act({ type: 'stream_error', conflict: 'replaced' }, { phone });
      await account.settle({ is: 'resting', error: 'replaced' });
    },
  },
  {
    name: 'locked (403)',
    weight: 0.5,
    to: ['linked'],
    happen: async ({ account, setup }) => {
      await account.settle();
      const { phone } = account;
      await setup.simulator.control.addFault({
        stage: 'login_success',
        action: { type: 'fail', code: 403 },
        where: { phone },
      });
      await setup.simulator.control.act({ type: 'cut' }, { phone });
      await account.settle({ is: 'resting', error: 'account_locked' });
    },
  },
  {
    name: 'disconnect while down',
    weight: 1,
    to: ['resting'],
    // Another account may have shut the door: then it is not confirmed.
    happen: async (scene) => {
      await disconnects(scene);
    },
  },
  {
    name: 'stop while down',
    weight: 1,
    to: ['resting'],
    happen: async ({ account }) => {
      await account.stop();
      await account.settle({ is: 'resting', error: null });
    },
  },
];
