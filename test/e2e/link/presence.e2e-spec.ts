import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestEnvironment } from '../../support/processes/test-environment.js';

/** Presences that each device may have sent when it has logged in once and its host requested nothing. */
const QUIET = ['unavailable'];

let setup: TestEnvironment;
let accounts = 0;

beforeAll(async () => {
  setup = await TestEnvironment.create();
}, 60_000);
afterAll(() => setup.close());

const newAccount = (): string => `account-${(accounts += 1)}`;

async function linkByCode(accountId: string): Promise<string> {
  const phone = setup.newPhone();
  const { body } = await setup.service.pair(accountId, { phoneNumber: phone });
  const { pairingCode: code } = body as { pairingCode: string };
  expect(await setup.simulator.control.typeCode({ phone, code })).toMatchObject({ paired: true });
  await setup.service.reaches(accountId, 'connected');
  return phone;
}

/** Sends a query over the account and waits for its answer: the simulator has then read everything before it. */
async function settle(accountId: string): Promise<void> {
  await setup.service.errand({ accountId, rotateSignedPreKey: true });
}

/** Returns the presences of the devices of a phone, after everything that their accounts have sent so far. */
async function presences(phone: string, ...accountIds: string[]): Promise<(readonly string[])[]> {
  for (const accountId of accountIds) await settle(accountId);
  const { devices } = await setup.simulator.control.state();
  return devices.filter((device) => device.phone === phone).map((device) => device.presences);
}

/** Presences of all connections, also of those that have linked no device yet. */
async function presencesInAll(): Promise<number> {
  return (await setup.simulator.control.state()).counters.presences;
}

async function reconnect(accountId: string, phone: string, logins: number): Promise<void> {
  await setup.simulator.control.act({ type: 'cut' }, { phone });
  await setup.isBack(accountId, phone, logins);
}

/**
 * Changes the name on the phone. The account learns it from a message that another device of the phone sends, as
 * Baileys then emits a `creds.update` with the name.
 */
async function changeName(phone: string, name: string, other: string, accountId: string): Promise<void> {
  await setup.simulator.control.setPushName({ phone, name });
  const text = `hello from ${name}`;
  await setup.service.errand({ accountId: other, send: text, toPhone: phone });
  await setup.service.receives(accountId, text);
}

describe('the presence of a linked account', () => {
  it('an account that was linked by QR code sends one unavailable after every open, without a name', async () => {
    const [accountId, before] = [newAccount(), await presencesInAll()];
    const phone = await setup.link(accountId);
    expect(await presences(phone, accountId)).toEqual([QUIET]);
    expect(await presencesInAll()).toBe(before + 1);
    await reconnect(accountId, phone, 2);
    expect(await presences(phone, accountId)).toEqual([['unavailable', 'unavailable']]);
  });

  it('an account that was linked by phone code sends one unavailable and is never announced as online', async () => {
    const [accountId, before] = [newAccount(), await presencesInAll()];
    const phone = await linkByCode(accountId);
    expect(await presences(phone, accountId)).toEqual([QUIET]);
    expect(await presencesInAll()).toBe(before + 1);
  });

  it.each([false, true])(
    'a business account (hosted: %s) sends one unavailable, although its name is known at once',
    async (hosted) => {
      const [accountId, before, phone] = [newAccount(), await presencesInAll(), setup.newPhone()];
      await setup.simulator.control.setBusiness({ phone, name: 'Example Ltd', hosted });
      await setup.link(accountId, phone);
      expect(await presences(phone, accountId)).toEqual([QUIET]);
      expect(await presencesInAll()).toBe(before + 1);
      await reconnect(accountId, phone, 2);
      expect(await presences(phone, accountId)).toEqual([['unavailable', 'unavailable']]);
    },
  );

  it('a new name from the phone sends no presence, and a reconnect with a name sends one unavailable', async () => {
    const [accountId, other] = [newAccount(), newAccount()];
    const before = (await setup.simulator.control.state()).counters.logins;
    const phone = await setup.link(accountId);
    await setup.link(other, phone);
    await changeName(phone, 'Anna', other, accountId);
    await changeName(phone, 'Anna Miller', other, accountId);
    expect(await presences(phone, accountId, other)).toEqual([QUIET, QUIET]);
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.simulator.control.waitFor({ kind: 'counter', name: 'logins', atLeast: before + 4 }, 10_000);
    await Promise.all([accountId, other].map((id) => setup.service.reaches(id, 'connected')));
    const twice = ['unavailable', 'unavailable'];
    expect(await presences(phone, accountId, other)).toEqual([twice, twice]);
  });

  it('a host that requests a presence gets it, with and without a name, until the next reconnect', async () => {
    const accountId = newAccount();
    const phone = await setup.link(accountId);
    await setup.service.errand({ accountId, presence: 'available' });
    await setup.service.errand({ accountId, presence: 'unavailable' });
    await setup.service.errand({ accountId, presence: 'available' });
    const requested = ['unavailable', 'available', 'unavailable', 'available'];
    expect(await presences(phone, accountId)).toEqual([requested]);
    await reconnect(accountId, phone, 2);
    expect(await presences(phone, accountId)).toEqual([[...requested, 'unavailable']]);

    const business = newAccount();
    const named = setup.newPhone();
    await setup.simulator.control.setBusiness({ phone: named, name: 'Example Ltd' });
    await setup.link(business, named);
    await setup.service.errand({ accountId: business, presence: 'available' });
    expect(await presences(named, business)).toEqual([['unavailable', 'available']]);
  });
});
