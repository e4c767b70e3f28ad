import { deepStrictEqual, notStrictEqual } from 'node:assert/strict';
import type { Action, ActionContext } from './action.js';
import { NOT_LINKED, scanCode } from './pairings.js';

/* Pairings by phone code, and refused pairings: of another number, and of an account with a passkey. */

const ANOTHER_NUMBER = '4915199999999';
const WRONG_CODE = 'WRNG-CDEX';

const startPairing = ({ account }: ActionContext): Promise<boolean> =>
  account.pair({ phoneNumber: account.phone });

/** Types the current code, and waits until the account is linked. */
async function typeCode({ account, setup }: ActionContext): Promise<void> {
  const { phone } = account;
  const { control } = setup.simulator;
  // An unconfirmed logout may have left a device on the phone.
  await control.removeDevices(phone);
  const typed = await control.typeCode({ phone, code: await account.phoneCode() });
  if (!typed.paired) throw new Error(`the phone did not link the device: ${typed.reason}`);
  account.deviceJid = typed.deviceJid;
  await account.waitForState({ is: 'linked' });
}

async function pairWithPasskey(context: ActionContext): Promise<void> {
  const { account, pool, setup } = context;
  const { phone, accountId } = account;
  const { control } = setup.simulator;
  const byCode = pool.random.below(2) === 0;
  if (!(await (byCode ? startPairing(context) : account.pair()))) return;
  await control.removeDevices(phone);
  account.deviceJid = null;
  await control.requirePasskey({ phone });
  const result = byCode
    ? await control.typeCode({ phone, code: await account.phoneCode() })
    : await control.scan({ phone, qr: (await setup.service.qr(accountId)).value });
  deepStrictEqual(result, { paired: false, reason: 'passkey_required' });
  await account.waitForState({ is: 'failed', error: 'passkey_required' });
  await control.requirePasskey({ phone, required: false });
}

export const CODE_PAIRINGS: readonly Action[] = [
  {
    name: 'link by phone code',
    weight: 3,
    states: NOT_LINKED,
    run: async (context) => {
      if (await startPairing(context)) await typeCode(context);
    },
  },
  {
    name: 'link by phone code, mistyped first',
    weight: 1,
    states: NOT_LINKED,
    run: async (context) => {
      const { account, setup } = context;
      if (!(await startPairing(context))) return;
      const { phone } = account;
      const { control } = setup.simulator;
      await control.removeDevices(phone);
      const first = await account.phoneCode();
      const mistyped = await control.typeCode({ phone, code: WRONG_CODE });
      deepStrictEqual(mistyped, { paired: false, reason: 'wrong_code' });
      notStrictEqual(await account.phoneCode(first), first);
      await typeCode(context);
    },
  },
  {
    name: 'link by phone code, its connection cut first',
    weight: 1,
    states: NOT_LINKED,
    run: async (context) => {
      const { account, setup } = context;
      if (!(await startPairing(context))) return;
      const first = await account.phoneCode();
      await setup.simulator.control.act({ type: 'cut' }, { phone: account.phone, kind: 'registration' });
      await account.phoneCode(first);
      await typeCode(context);
    },
  },
  {
    name: 'phone code and stop',
    weight: 1,
    states: NOT_LINKED,
    run: async (context) => {
      if (!(await startPairing(context))) return;
      await context.account.stop();
      await context.account.waitForState({ is: 'unlinked' });
    },
  },
  {
    name: 'phone code expired',
    weight: 0.5,
    states: NOT_LINKED,
    run: async (context) => {
      if (await startPairing(context))
        await context.account.waitForState({ is: 'failed', error: 'code_expired' });
    },
  },
  {
    name: 'link with the expected number',
    weight: 1,
    states: NOT_LINKED,
    run: async (context) => {
      const { account } = context;
      if (await account.pair({ expectedPhoneNumber: account.phone })) await scanCode(context);
    },
  },
  {
    name: 'scan with another number than the expected one',
    weight: 1,
    states: NOT_LINKED,
    run: async ({ account, setup }) => {
      const { phone, accountId } = account;
      const { control } = setup.simulator;
      if (!(await account.pair({ expectedPhoneNumber: ANOTHER_NUMBER }))) return;
      await control.removeDevices(phone);
      account.deviceJid = null;
      const { value: qr } = await setup.service.qr(accountId);
      deepStrictEqual(await control.scan({ phone, qr }), {
        paired: false,
        reason: 'declined_by_companion',
      });
      await account.waitForState({ is: 'failed', error: 'wrong_number' });
    },
  },
  { name: 'pairing of an account with a passkey', weight: 1, states: NOT_LINKED, run: pairWithPasskey },
];
