import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LinkedAccount, type AccountFinding } from '../../support/processes/linked-account.js';
import { STAYS_DOWN } from '../../support/processes/service-timings.js';
import { type Answer, codeOf } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';

let setup: TestEnvironment;
let linked: LinkedAccount;
let accounts = 0;

beforeAll(async () => {
  setup = await TestEnvironment.create({ timings: STAYS_DOWN });
});
beforeEach(() => {
  linked = new LinkedAccount(setup, `moment-${(accounts += 1)}`, setup.newPhone());
});
afterEach(async () => {
  const { accountId, phone } = linked;
  await setup.service.breakStore({});
  await setup.simulator.control.removeFault();
  await setup.service.disconnect(accountId);
  const { counters } = await setup.simulator.control.state();
  expect(counters).toMatchObject({ takeovers: 0, preKeysReused: 0 });
  expect(await setup.service.peaks()).toMatchObject({ socketsOfOneAccount: 1 });
  expect(await setup.simulator.control.isMet({ kind: 'linked', phone, devices: 0 })).toBe(true);
  await setup.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
});
afterAll(() => setup.close());

function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[codeOf(answer)] = (counts[codeOf(answer)] ?? 0) + 1;
  return counts;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('many simultaneous calls', () => {
  it('fifty replacements of a pairing leave one session with one socket, and its code links', async () => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    // One call runs and sixteen may wait, so none of seventeen is refused.
    for (let burst = 0; burst < 3; burst += 1) {
      expect(tally(await Promise.all(times(17, () => service.pair(accountId))))).toEqual({ '200': 17 });
    }
    const { value: qr } = await service.qr(accountId);
    await simulator.control.waitFor({ kind: 'sockets', open: 1 }, 5_000);
    expect(await simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
    await service.reaches(accountId, 'connected');
  });

  it('ten of eleven accounts can pair, and the eleventh gets Retry-After', async () => {
    const { service } = setup;
    const names = times(11, (i) => `eleven-${i}`);
    const answers = await Promise.all(names.map((name) => service.pair(name)));
    expect(tally(answers)).toEqual({ '200': 10, '429 too_many_sessions': 1 });
    const late = answers.findIndex(({ status }) => status === 429);
    const retryAfterS = Number(answers[late]?.headers.get('retry-after'));
    expect(Number.isInteger(retryAfterS) && retryAfterS >= 1 && retryAfterS <= timeLimit(20)).toBe(true);
    expect(await service.peaks()).toMatchObject({ pairings: 10 });
    const [first = '', lateName = ''] = [names.find((_, i) => i !== late), names[late]];
    // The limit does not refuse a replacement, and a place is free as soon as a stop is answered.
    expect(codeOf(await service.pair(first))).toBe('200');
    await service.stopPairing(first);
    expect(codeOf(await service.pair(lateName))).toBe('200');
    expect(codeOf(await service.pair(first))).toBe('429 too_many_sessions');
    await Promise.all(names.map((name) => service.stopPairing(name)));
  });

  it('sixteen calls for one account wait, further ones get busy, and other accounts are not affected', async () => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    await setup.link(accountId, phone);
    await simulator.control.addFault({ stage: 'logout', action: { type: 'hold' } });
    const disconnect = service.disconnect(accountId);
    expect(await simulator.control.holds({ stage: 'logout' }, 5_000)).toHaveLength(1);
    const calls = Promise.all(
      times(20, (i) => (i % 2 ? service.stopPairing(accountId) : service.pair(accountId))),
    );
    expect(codeOf(await service.pair('another'))).toBe('200');
    await service.stopPairing('another');
    await simulator.control.release();
    expect(codeOf(await disconnect)).toBe('200');
    expect(tally(await calls)).toEqual({ '200': 16, '429 busy': 4 });
  });
});

describe('calls between the storing of the device and the reply', () => {
  /** Makes a call while the store has written the device but has not answered yet. */
  async function call(make: (accountId: string) => Promise<Answer>): Promise<Answer> {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    await service.breakStore({ holdAccepted: true });
    await service.pair(accountId);
    const { value: qr } = await service.qr(accountId);
    const scan = simulator.control.scan({ phone, qr });
    await service.waitForHeldAcceptances(1);
    const answer = make(accountId);
    // These requests were sent after the call. Their answers show that the call has arrived as well.
    await Promise.all(times(3, () => service.status(accountId)));
    await service.breakStore({});
    await scan;
    return answer;
  }

  it('a stop during acceptance leaves a linked account, which stays disconnected until the next call', async () => {
    expect(codeOf(await call((id) => setup.service.stopPairing(id)))).toBe('200');
    expect(await linked.find()).toBe('linked');
  });

  it('a replacement during acceptance continues with the accepted device', async () => {
    expect(codeOf(await call((id) => setup.service.pair(id)))).toBe('200');
    await setup.service.reaches(linked.accountId, 'connected');
    expect(await linked.devices()).toMatchObject([{ logins: 1 }]);
  });

  it.each(['phoneNumber', 'expectedPhoneNumber'])(
    'a pairing of another number (%s) during acceptance is refused, and the accepted device connects',
    async (field) => {
      const other = setup.newPhone();
      expect(codeOf(await call((id) => setup.service.pair(id, { [field]: other })))).toBe(
        '409 other_number_linked',
      );
      await setup.service.reaches(linked.accountId, 'connected');
      expect(await linked.devices()).toMatchObject([{ logins: 1 }]);
    },
  );

  it('a disconnect during acceptance leaves nothing in the store or on the phone', async () => {
    expect(codeOf(await call((id) => setup.service.disconnect(id)))).toBe('200');
    expect(await linked.find()).toBe('nothing');
  });

  it('a stop, a disconnect and a new pairing during acceptance take effect in this order', async () => {
    const { service } = setup;
    const last = await call(async (id) => {
      const answers = await Promise.all([service.stopPairing(id), service.disconnect(id), service.pair(id)]);
      expect(tally(answers)).toEqual({ '200': 3 });
      return answers[2];
    });
    expect(last.body).toMatchObject({ status: 'pending' });
    expect(await service.qr(linked.accountId)).toMatchObject({ sequence: 1 });
    expect(await linked.devices()).toEqual([]);
  });
});

describe('calls before WhatsApp has read the reply', () => {
  it.each<['drop' | 'continue', AccountFinding]>([
    ['continue', 'linked'],
    ['drop', 'unknown to WhatsApp'],
  ])(
    'a stop before WhatsApp reads the reply (%s) leaves an account from which the next call can continue: %s',
    async (whenGone, finding) => {
      const { service, simulator } = setup;
      const { accountId, phone } = linked;
      await simulator.control.addFault({ stage: 'pair_device_sign', action: { type: 'hold', whenGone } });
      await service.pair(accountId);
      const { value: qr } = await service.qr(accountId);
      const scan = simulator.control.scan({ phone, qr });
      expect(await simulator.control.holds({ stage: 'pair_device_sign' }, 5_000)).toHaveLength(1);
      expect(codeOf(await service.stopPairing(accountId))).toBe('200');
      expect(await scan).toMatchObject({ paired: whenGone === 'continue' });
      expect(await linked.find()).toBe(finding);
    },
  );
});

/** WhatsApp or the phone does not answer a step. */
describe('pairing by phone code without an answer', () => {
  const where = (): { phone: string } => ({ phone: linked.phone });

  it('a pairing without an answer to its code tries again, and shows the accepted code', async () => {
    const { service, simulator } = setup;
    await simulator.control.addFault({
      stage: 'companion_hello',
      action: { type: 'silent' },
      where: where(),
    });
    const answer = await service.pair(linked.accountId, { phoneNumber: linked.phone });
    expect(codeOf(answer)).toBe('200');
    const code = await linked.phoneCode();
    expect(await simulator.control.typeCode({ phone: linked.phone, code })).toMatchObject({ paired: true });
    await service.reaches(linked.accountId, 'connected');
  });

  it('a pairing that never gets a code fails in time, and its place is free', async () => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    await simulator.control.addFault({
      stage: 'companion_hello',
      action: { type: 'silent' },
      where: where(),
      times: 'always',
    });
    await service.pair(accountId, { phoneNumber: phone });
    await service.reaches(accountId, 'error');
    expect(await service.failure(accountId)).toMatchObject({ code: 'timed_out' });
    await simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000);
    await simulator.control.removeFault();
    const names = times(10, (i) => `after-silence-${i}`);
    expect(tally(await Promise.all(names.map((name) => service.pair(name))))).toEqual({ '200': 10 });
    await Promise.all(names.map((name) => service.stopPairing(name)));
  });

  it.each(['primary_hello', 'companion_finish', 'pair_success'] as const)(
    'a pairing without an answer after the typed code (%s) ends with the code, and nothing is linked',
    async (stage) => {
      const { service, simulator } = setup;
      const { accountId, phone } = linked;
      await simulator.control.addFault({ stage, action: { type: 'silent' }, where: where() });
      const code = await linked.showsPhoneCode();
      expect(await simulator.control.typeCode({ phone, code, waitMs: 1_500 })).toEqual({
        paired: false,
        reason: 'no_answer',
      });
      await service.reaches(accountId, 'error');
      expect(await service.failure(accountId)).toMatchObject({ code: 'code_expired' });
      expect(await service.status(accountId)).toMatchObject({ authExists: false });
      expect(await linked.devices()).toEqual([]);
    },
  );
});

describe('two accounts that pair with the number of one phone', () => {
  it('the later pairing of the same number links, and the earlier one fails with code_refused', async () => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    const other = new LinkedAccount(setup, `${accountId}-too`, phone);
    const first = await linked.showsPhoneCode();
    const second = await other.showsPhoneCode();
    await service.reaches(accountId, 'error');
    expect(await service.failure(accountId)).toMatchObject({ code: 'code_refused' });
    expect(await simulator.control.typeCode({ phone, code: first })).toMatchObject({ paired: false });
    // The first attempt with a wrong code replaced the second code.
    const third = await other.phoneCode(second);
    expect(await simulator.control.typeCode({ phone, code: third })).toMatchObject({ paired: true });
    await service.reaches(other.accountId, 'connected');
    await service.disconnect(other.accountId);
  });
});

describe('typed code and another call at the same time', () => {
  it.each<[string, (accountId: string, phoneNumber: string) => Promise<Answer>]>([
    ['stop', (id) => setup.service.stopPairing(id)],
    ['disconnect', (id) => setup.service.disconnect(id)],
    ['replacement', (id) => setup.service.pair(id).then(() => setup.service.stopPairing(id))],
    [
      'replacement by a code',
      (id, phoneNumber) => setup.service.pair(id, { phoneNumber }).then(() => setup.service.stopPairing(id)),
    ],
  ])('a typed code and a %s leave nothing linked, or valid credentials', async (_name, other) => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    for (let turn = 0; turn < 15; turn += 1) {
      const code = await linked.showsPhoneCode();
      const typed = simulator.control.typeCode({ phone, code });
      // The call starts a few milliseconds later each time.
      for (let later = 0; later < 3 * turn; later += 1) await service.status(accountId);
      expect(codeOf(await other(accountId, phone))).toBe('200');
      await typed;
      // The call came too late: the connection was open, and a stop does not close it.
      if ((await service.status(accountId)).status === 'connected') await linked.drop();
      expect(await linked.find()).not.toBe('unknown to WhatsApp');
      await service.disconnect(accountId);
      expect(await linked.devices()).toEqual([]);
    }
  });
});

describe('scan and another call at the same time', () => {
  it.each<[string, (accountId: string) => Promise<Answer>]>([
    ['stop', (id) => setup.service.stopPairing(id)],
    ['disconnect', (id) => setup.service.disconnect(id)],
    ['replacement', (id) => setup.service.pair(id).then(() => setup.service.stopPairing(id))],
  ])('a scan and a %s leave nothing linked, or valid credentials', async (_name, other) => {
    const { service, simulator } = setup;
    const { accountId, phone } = linked;
    for (let turn = 0; turn < 20; turn += 1) {
      await service.pair(accountId);
      const { value: qr } = await service.qr(accountId);
      const scan = simulator.control.scan({ phone, qr });
      // The call starts a few milliseconds later each time.
      for (let later = 0; later < turn; later += 1) await service.status(accountId);
      expect(codeOf(await other(accountId))).toBe('200');
      await scan;
      // The call came too late: the connection was open, and a stop does not close it.
      if ((await service.status(accountId)).status === 'connected') await linked.drop();
      expect(await linked.find()).not.toBe('unknown to WhatsApp');
      await service.disconnect(accountId);
      expect(await linked.devices()).toEqual([]);
    }
  });
});
