import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultAction } from '../../../simulator/faults/actions.js';
import type { FaultRequest } from '../../../simulator/faults/fault-plan.js';
import type { Stage } from '../../../simulator/faults/stages.js';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { IN_PRODUCTION, lastLogLine } from '../../support/clients/log-lines.js';
import { NO_SERVER } from '../../support/processes/service-process.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';

const streamError = (code: number): FaultAction => ({ type: 'stream_error', code });
const refusal = (code: number): FaultAction => ({ type: 'fail', code });

/**
 * Failures of a login after WhatsApp knows the account. The reason is null when it equals the connection loss before
 * the login: a repeated reason is not logged again.
 */
const COMES_BACK: readonly (readonly [string, Stage, FaultAction, string | null])[] = [
  ['stream-restart', 'login_success', streamError(515), null],
  ['closed', 'login_success', { type: 'close' }, null],
  ['cut', 'login_success', { type: 'cut' }, null],
  ['reset', 'prekey_count', { type: 'cut', reset: true }, null],
  ['timed-out', 'login_success', streamError(408), null],
  ['stream-500', 'login_success', streamError(500), 'server_error'],
  ['stream-503', 'login_success', streamError(503), 'server_error'],
  ['failure-500', 'login_success', refusal(500), 'server_error'],
  ['failure-503', 'login_success', refusal(503), 'server_error'],
  ['undecryptable', 'login_success', { type: 'garbage', kind: 'undecryptable' }, 'server_error'],
  ['corrupted', 'passive', { type: 'garbage', kind: 'corrupted' }, 'server_error'],
  ['silent-success', 'login_success', { type: 'silent' }, 'timed_out'],
  ['silent-passive', 'passive', { type: 'silent' }, 'timed_out'],
  ['silent-digest', 'digest', { type: 'silent' }, 'timed_out'],
  ['silent-count', 'prekey_count', { type: 'silent' }, 'timed_out'],
  ['frozen-passive', 'passive', { type: 'freeze' }, 'timed_out'],
];

const STAYS_DOWN: readonly (readonly [string, FaultAction, string])[] = [
  ['banned-402', refusal(402), 'temporarily_banned'],
  ['locked-403', refusal(403), 'account_locked'],
  ['outdated-405', refusal(405), 'client_outdated'],
  ['banned-406', refusal(406), 'account_banned'],
  ['single-device-411', refusal(411), 'multi_device_missing'],
  ['replaced-440', { type: 'stream_error', conflict: 'replaced' }, 'replaced'],
];

const UNLINKED: readonly (readonly [string, FaultAction])[] = [
  ['refused-401', refusal(401)],
  ['removed-401', { type: 'stream_error', code: 401, conflict: 'device_removed' }],
];

/** Failures of a connection before WhatsApp knows the account. */
const ANONYMOUS: readonly (readonly [Stage, FaultAction, string | null])[] = [
  ['tcp', { type: 'silent' }, 'timed_out'],
  ['upgrade', { type: 'silent' }, 'timed_out'],
  ['upgrade', { type: 'http_status', status: 403 }, 'refused'],
  ['upgrade', { type: 'http_status', status: 429, keepOpen: true }, 'refused'],
  ['upgrade', { type: 'http_status', status: 503 }, 'server_error'],
  ['server_hello', { type: 'silent' }, 'timed_out'],
  ['server_hello', { type: 'cut', reset: true }, null],
  ['client_finish', { type: 'silent' }, 'timed_out'],
];

/** Enough time for a login on a busy machine. A login that exceeds it would be counted twice here. */
const LOGIN_TIMEOUT_MS = 10_000;
const BACK_WITHIN_MS = 3 * LOGIN_TIMEOUT_MS;

const BANNED_S = timeLimit(2);

const EXPIRING = 'banned-for-a-while';
const UNTRUSTING = 'untrusting';
const LOST = ['info pairing', 'info linked', 'info connected', 'info connection_lost'];

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: IN_PRODUCTION,
    timings: { ...SHORT_TIMINGS, ...PATIENT, loginTimeoutMs: LOGIN_TIMEOUT_MS },
  });
  const rows = [...COMES_BACK, ...STAYS_DOWN, ...UNLINKED, [EXPIRING], [UNTRUSTING]];
  const anonymous = ANONYMOUS.map((_, row) => `anonymous-${row}`);
  phones = await setup.linkAll([...rows.map(([name]) => name), ...anonymous]);
}, 60_000);
afterEach(() => setup.simulator.control.removeFault());
afterAll(async () => {
  const { counters, mostConnectionsOfADevice } = await setup.simulator.control.state();
  await setup.close();
  expect([counters.takeovers, mostConnectionsOfADevice]).toEqual([0, 1]);
});

const phoneOf = (accountId: string): string => phones[accountId] as string;
const logOf = (accountId: string): string[] => lastLogLine(setup.service, accountId);
const isBack = (accountId: string, logins: number): Promise<void> =>
  setup.isBack(accountId, phoneOf(accountId), logins, BACK_WITHIN_MS);

/** Breaks the connection of an account, so that its next login meets this fault. */
async function meetFault(accountId: string, fault: Omit<FaultRequest, 'where'>): Promise<void> {
  const where = { phone: phoneOf(accountId) };
  await setup.simulator.control.addFault({ ...fault, where });
  await setup.simulator.control.act({ type: 'cut' }, where);
}

describe('a login', () => {
  it('a failed login is tried again, with one log line', async () => {
    const tried = COMES_BACK.map(async ([name, stage, action]) => {
      await meetFault(name, { stage, action });
      // A login that ends at `login_success` does not count. After garbage the server continues.
      await isBack(name, stage === 'login_success' && action.type !== 'garbage' ? 2 : 3);
      expect(await setup.service.failure(name)).toBeNull();
      return [name, logOf(name)];
    });
    expect(Object.fromEntries(await Promise.all(tried))).toEqual(
      Object.fromEntries(
        COMES_BACK.map(([name, , , reason]) => [
          name,
          [...LOST, ...(reason ? [`info ${reason}`] : []), 'info connected'],
        ]),
      ),
    );
  }, 60_000);

  it('a login that fails before WhatsApp knows the account is tried again, too', async () => {
    for (const [stage, action] of ANONYMOUS) await setup.simulator.control.addFault({ stage, action });
    const names = ANONYMOUS.map((_, row) => `anonymous-${row}`);
    // Each account meets one of the faults, in any order.
    await Promise.all(
      names.map((name) => setup.simulator.control.act({ type: 'cut' }, { phone: phoneOf(name) })),
    );
    await Promise.all(names.map((name) => isBack(name, 2)));
    expect(await setup.simulator.control.faults()).toEqual([]);
    const said = names.flatMap((name) => logOf(name).filter((line) => !LOST.includes(line)));
    expect(said.sort()).toEqual(
      ANONYMOUS.flatMap(([, , reason]) => (reason ? [`info ${reason}`] : [])).sort(),
    );
  }, 60_000);

  it('a login that WhatsApp refuses is not repeated, and the credentials are kept', async () => {
    const refused = STAYS_DOWN.map(async ([name, action, code]) => {
      await meetFault(name, { stage: 'login_success', action });
      expect(await setup.service.reaches(name, 'error')).toMatchObject({ authExists: true });
      expect(await setup.service.failure(name)).toMatchObject({ code });
    });
    await Promise.all(refused);
    const { accounts } = await setup.service.accounts();
    for (const [name, , code] of STAYS_DOWN) {
      expect(accounts.find(({ accountId }) => accountId === name)).toMatchObject({
        status: 'error',
        authExists: true,
        lastError: { code },
      });
      expect(logOf(name).slice(0, 4)).toEqual(LOST);
      expect(logOf(name).at(-1)).toMatch(new RegExp(`^(info|warn) ${code}$`));
    }
  });

  it.each(UNLINKED)(
    'a login with a device that WhatsApp no longer knows deletes its credentials: %s',
    async (name, action) => {
      await meetFault(name, { stage: 'login_success', action });
      expect(await setup.service.reaches(name, 'error')).toMatchObject({ authExists: false });
      expect(await setup.service.failure(name)).toMatchObject({
        code: 'unlinked_by_phone',
        userAction: 'scan_again',
      });
      expect(logOf(name)).toEqual([...LOST, 'warn unlinked_by_phone']);
    },
  );

  it('a login of a temporarily banned account is repeated when the ban ends', async () => {
    const started = performance.now();
    await meetFault(EXPIRING, {
      stage: 'login_success',
      action: { type: 'fail', code: 402, expireS: BANNED_S },
    });
    await setup.service.reaches(EXPIRING, 'error');
    expect(await setup.service.failure(EXPIRING)).toMatchObject({ code: 'temporarily_banned' });
    await isBack(EXPIRING, 2);
    expect(performance.now() - started).toBeGreaterThan(BANNED_S * 1_000);
    expect(logOf(EXPIRING)).toEqual([...LOST, 'info temporarily_banned', 'info connected']);
  });

  it('a login at an untrusted server is an error, and succeeds once the server is trusted', async () => {
    const { control } = setup.simulator;
    const action = { type: 'certificate', forgery: 'leaf_key_mismatch' } as const;
    await control.addFault({ stage: 'server_hello', action, times: 'always' });
    await control.act({ type: 'cut' }, { phone: phoneOf(UNTRUSTING) });
    expect(await setup.service.reaches(UNTRUSTING, 'error')).toMatchObject({ authExists: true });
    expect(await setup.service.failure(UNTRUSTING)).toMatchObject({
      code: 'server_untrusted',
      userAction: 'contact_operator',
    });
    const before = (await control.state()).stages.server_hello.before;
    // The service keeps trying.
    await control.waitFor(
      { kind: 'stage', stage: 'server_hello', when: 'before', atLeast: before + 2 },
      5_000,
    );
    await control.removeFault();
    await isBack(UNTRUSTING, 2);
    expect(logOf(UNTRUSTING)).toEqual([...LOST, 'warn server_untrusted', 'info connected']);
  });
});

describe('the start of the service', () => {
  it.each([
    ['no server listens', () => NO_SERVER],
    ['the name does not resolve', () => ({ url: 'wss://whatsapp.invalid/ws/chat' })],
    ['the server does not speak TLS', () => ({ url: setup.simulator.url.replace('ws:', 'wss:') })],
  ])('a start when %s waits for the network and keeps every link', async (_, server) => {
    await setup.restart('stop', { server: server() });
    const comingBack = COMES_BACK.map(([name]) => name);
    await eventually(
      () => comingBack.every((name) => logOf(name).includes('info unreachable')),
      10_000,
      () => 'not every account has logged that WhatsApp is unreachable',
    );
    const { accounts } = await setup.service.accounts();
    for (const name of comingBack) {
      expect(logOf(name)).toEqual(['info unreachable']);
      expect(accounts.find(({ accountId }) => accountId === name)).toMatchObject({
        status: 'idle',
        authExists: true,
        lastError: { code: 'unreachable', userAction: 'retry_later' },
      });
    }
  });

  it('a start with the network back reconnects all accounts', async () => {
    await setup.restart();
    await Promise.all(COMES_BACK.map(([name]) => setup.service.reaches(name, 'connected')));
    for (const [name, , code] of STAYS_DOWN) {
      if (code === 'client_outdated') continue;
      expect(await setup.service.failure(name)).toMatchObject({ code });
    }
  });
});
