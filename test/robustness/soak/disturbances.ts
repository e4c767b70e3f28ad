import { strictEqual } from 'node:assert/strict';
import type { GarbageKind, WireAction } from '../../../simulator/faults/actions.js';
import { eventually } from '../../support/eventually.js';
import type { Action, ActionContext } from './action.js';

/* What happens to a link that comes back by itself. */

/** Keep-alive, answer deadline and the next login, with some to spare on a busy machine. */
const FOUND_DEAF_WITHIN_MS = 110_000;
const LOOK_EVERY_MS = 3_000;

function act(name: string, weight: number, action: WireAction): Action {
  return {
    name,
    weight,
    to: ['linked'],
    happen: async ({ account: { phone }, setup: { simulator } }) => {
      await simulator.control.act(action, { phone });
    },
  };
}

function garbage(kind: GarbageKind): Action {
  return {
    name: `garbage: ${kind}`,
    weight: 0.5,
    to: ['linked'],
    happen: async ({ account, setup: { simulator } }) => {
      const { phone } = account;
      await account.settle();
      const gone = simulator.control.waitFor({ kind: 'online', phone, connections: 0 }, 30_000);
      await simulator.control.act({ type: 'garbage', kind }, { phone });
      // An undecodable stanza is skipped; after the others the cipher is out of step.
      if (kind !== 'undecodable') strictEqual(await gone, true, 'it goes on with a cipher out of step');
    },
  };
}

async function isDeaf({ account, setup }: ActionContext): Promise<boolean> {
  const { connections } = await setup.simulator.control.state();
  return connections.some(({ phone, frozen }) => phone === account.phone && frozen);
}

async function deafens(scene: ActionContext): Promise<void> {
  const { account, setup } = scene;
  await account.settle();
  await setup.simulator.control.act({ type: 'freeze' }, { phone: account.phone });
  await eventually(
    async () => !(await isDeaf(scene)),
    FOUND_DEAF_WITHIN_MS,
    () => 'its connection has been deaf all the time, and nobody has noticed',
    LOOK_EVERY_MS,
  );
}

/** The next login meets this. */
async function cutBefore(
  { account: { phone }, setup: { simulator } }: ActionContext,
  action: { type: 'silent' } | { type: 'fail'; code: number; expireS: number },
): Promise<void> {
  await simulator.control.addFault({ stage: 'login_success', action, where: { phone } });
  await simulator.control.act({ type: 'cut' }, { phone });
}

/** Whoever comes next is turned away at the door, twice; it need not be this account. */
async function doorIsShut({ account, setup: { simulator } }: ActionContext): Promise<void> {
  const { control } = simulator;
  const shut = (await control.faults()).some(({ stage }) => stage === 'upgrade');
  // More in a row than a pairing has attempts would make one fail.
  if (!shut) {
    const action = { type: 'http_status', status: 503 } as const;
    await control.addFault({ stage: 'upgrade', action, times: 2 });
  }
  await control.act({ type: 'cut' }, { phone: account.phone });
  await account.settle();
}

export const DISTURBANCES: readonly Action[] = [
  act('cut', 5, { type: 'cut' }),
  act('reset', 4, { type: 'cut', reset: true }),
  act('close', 3, { type: 'close' }),
  act('restart (515)', 4, { type: 'stream_error', code: 515 }),
  act('server error (503)', 3, { type: 'stream_error', code: 503 }),
  act('stream error without a code', 1, { type: 'stream_error' }),
  garbage('undecryptable'),
  garbage('corrupted'),
  garbage('undecodable'),
  { name: 'freeze', weight: 1, to: ['linked'], happen: deafens },
  { name: '503 at the door', weight: 1, to: ['linked'], happen: doorIsShut },
  {
    name: 'a login that nobody answers',
    weight: 1,
    to: ['linked'],
    happen: (scene) => cutBefore(scene, { type: 'silent' }),
  },
  {
    name: 'temporary ban',
    weight: 1,
    to: ['linked'],
    happen: async (scene) => {
      await scene.account.settle();
      await cutBefore(scene, { type: 'fail', code: 402, expireS: 5 });
      await scene.account.reports('temporarily_banned');
    },
  },
  {
    name: 'pair and stop a link that is live',
    weight: 2,
    to: ['linked'],
    happen: async ({ account }) => {
      await account.settle();
      await account.pair();
      await account.stop();
    },
  },
];
