import type { GarbageKind, WireAction } from '../../../simulator/faults/actions.js';
import { eventually } from '../../support/eventually.js';
import type { Action, ActionContext } from './action.js';

/* Disturbances after which a linked account reconnects automatically. */

/** Keep-alive interval, answer deadline and the next login, with a margin for a busy machine. */
const DETECTED_WITHIN_MS = 110_000;
const LOOK_EVERY_MS = 3_000;

function wireAction(name: string, weight: number, action: WireAction): Action {
  return {
    name,
    weight,
    states: ['linked'],
    run: async ({ account: { phone }, setup: { simulator } }) => {
      await simulator.control.act(action, { phone });
    },
  };
}

function garbage(kind: GarbageKind): Action {
  return {
    name: `garbage: ${kind}`,
    weight: 0.5,
    states: ['linked'],
    run: async ({ account, setup: { simulator } }) => {
      const { phone } = account;
      await account.waitForState();
      await Promise.all([
        simulator.control.waitFor({ kind: 'online', phone, connections: 0 }, 30_000),
        simulator.control.act({ type: 'garbage', kind }, { phone }),
      ]);
    },
  };
}

async function isFrozen({ account, setup }: ActionContext): Promise<boolean> {
  const { connections } = await setup.simulator.control.state();
  return connections.some(({ phone, frozen }) => phone === account.phone && frozen);
}

async function freezeUntilDetected(context: ActionContext): Promise<void> {
  const { account, setup } = context;
  await account.waitForState();
  await setup.simulator.control.act({ type: 'freeze' }, { phone: account.phone });
  await eventually(
    async () => !(await isFrozen(context)),
    DETECTED_WITHIN_MS,
    () => 'the service did not detect that its connection no longer answers',
    LOOK_EVERY_MS,
  );
}

/** Cuts the connection. The next login gets this action. */
async function cutBefore(
  { account: { phone }, setup: { simulator } }: ActionContext,
  action: { type: 'silent' } | { type: 'fail'; code: number; expireS: number },
): Promise<void> {
  await simulator.control.addFault({ stage: 'login_success', action, where: { phone } });
  await simulator.control.act({ type: 'cut' }, { phone });
}

/**
 * A pairing has its last attempt 6 s after its first one. With this pause, and one refusal at a time, at most two of its
 * attempts are refused, and a cut connection is a third one: it always has an attempt left.
 */
const BETWEEN_REFUSALS_MS = 10_000;
let refusedAtMs = -Infinity;

/** Refuses the next connection with 503, of any account, and cuts this account. */
async function rejectUpgrade({ account, setup: { simulator } }: ActionContext): Promise<void> {
  const { control } = simulator;
  const isRejecting = (await control.faults()).some(({ stage }) => stage === 'upgrade');
  if (!isRejecting && performance.now() - refusedAtMs > BETWEEN_REFUSALS_MS) {
    refusedAtMs = performance.now();
    await control.addFault({ stage: 'upgrade', action: { type: 'http_status', status: 503 } });
  }
  await control.act({ type: 'cut' }, { phone: account.phone });
  await account.waitForState();
}

export const DISTURBANCES: readonly Action[] = [
  wireAction('cut', 5, { type: 'cut' }),
  wireAction('reset', 4, { type: 'cut', reset: true }),
  wireAction('close', 3, { type: 'close' }),
  wireAction('restart (515)', 4, { type: 'stream_error', code: 515 }),
  wireAction('server error (503)', 3, { type: 'stream_error', code: 503 }),
  wireAction('stream error without a code', 1, { type: 'stream_error' }),
  garbage('undecryptable'),
  garbage('corrupted'),
  garbage('undecodable'),
  { name: 'freeze', weight: 1, states: ['linked'], run: freezeUntilDetected },
  { name: '503 at the upgrade', weight: 1, states: ['linked'], run: rejectUpgrade },
  {
    name: 'a login without an answer',
    weight: 1,
    states: ['linked'],
    run: (context) => cutBefore(context, { type: 'silent' }),
  },
  {
    name: 'temporary ban',
    weight: 1,
    states: ['linked'],
    run: async (context) => {
      await context.account.waitForState();
      await cutBefore(context, { type: 'fail', code: 402, expireS: 5 });
      await context.account.waitForError('temporarily_banned');
    },
  },
  {
    name: 'pair and stop while connected',
    weight: 2,
    states: ['linked'],
    run: async ({ account }) => {
      await account.waitForState();
      await account.pair();
      await account.stop();
    },
  },
];
