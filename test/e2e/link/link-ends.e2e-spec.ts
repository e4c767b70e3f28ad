import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WireAction } from '../../../simulator/faults/actions.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { IN_PRODUCTION, lastLogLine } from '../../support/clients/log-lines.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit } from '../../support/time/time-limit.js';

const streamError = (code?: number): WireAction => ({
  type: 'stream_error',
  ...(code === undefined ? {} : { code }),
});
const refusal = (code: number): WireAction => ({ type: 'fail', code });

/** Ends of an open connection after which it reconnects, and the reason in the log. */
const COMES_BACK: readonly (readonly [string, WireAction, string])[] = [
  ['stream-restart', streamError(515), 'connection_lost'],
  ['timed-out', streamError(408), 'connection_lost'],
  ['closed', { type: 'close' }, 'connection_lost'],
  ['cut', { type: 'cut' }, 'connection_lost'],
  ['reset', { type: 'cut', reset: true }, 'connection_lost'],
  ['stream-500', streamError(500), 'server_error'],
  ['stream-503', streamError(503), 'server_error'],
  ['stream-without-code', streamError(), 'server_error'],
  ['failure-503', refusal(503), 'server_error'],
  ['undecryptable', { type: 'garbage', kind: 'undecryptable' }, 'server_error'],
  ['corrupted', { type: 'garbage', kind: 'corrupted' }, 'server_error'],
  ['undecodable', { type: 'garbage', kind: 'undecodable' }, 'server_error'],
];

/** Ends by WhatsApp that keep the credentials. The account stays down until a client calls for it. */
const STAYS_DOWN: readonly (readonly [string, WireAction, string, string])[] = [
  ['banned-402', refusal(402), 'temporarily_banned', 'retry_later'],
  ['locked-403', refusal(403), 'account_locked', 'contact_operator'],
  ['banned-406', refusal(406), 'account_banned', 'contact_operator'],
  ['single-device-411', refusal(411), 'multi_device_missing', 'contact_operator'],
  ['replaced-440', { type: 'stream_error', conflict: 'replaced' }, 'replaced', 'pair_again'],
];

/** Ends by WhatsApp that unlink the account. No part of the credentials is kept. */
const UNLINKED: readonly (readonly [string, WireAction])[] = [
  ['refused-401', refusal(401)],
  ['stream-401', streamError(401)],
  ['removed-401', { type: 'stream_error', code: 401, conflict: 'device_removed' }],
];

const OUTDATED = 'outdated-405';
const EXPIRING = 'banned-for-a-while';
const LINKED = ['info pairing', 'info linked', 'info connected'];

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: IN_PRODUCTION,
    timings: { ...SHORT_TIMINGS, ...PATIENT },
  });
  const rows = [...COMES_BACK, ...STAYS_DOWN, ...UNLINKED, [OUTDATED], [EXPIRING]];
  phones = await setup.linkAll(rows.map(([name]) => name));
}, 60_000);
afterAll(async () => {
  const { counters, mostConnectionsOfADevice } = await setup.simulator.control.state();
  await setup.close();
  expect([counters.takeovers, mostConnectionsOfADevice]).toEqual([0, 1]);
});

const end = (accountId: string, action: WireAction): Promise<number> =>
  setup.simulator.control.act(action, { phone: phones[accountId] as string });

const loginsOf = async (accountId: string): Promise<number | undefined> =>
  (await setup.device(phones[accountId] as string))?.logins;

const isBack = (accountId: string, logins: number): Promise<void> =>
  setup.isBack(accountId, phones[accountId] as string, logins);

const logOf = (accountId: string): string[] => lastLogLine(setup.service, accountId);

describe('an open connection', () => {
  it('a connection that breaks or that WhatsApp ends is restored automatically, with one log line', async () => {
    const lines: Record<string, string[]> = {};
    const comingBack = COMES_BACK.map(async ([name, action]) => {
      expect(await end(name, action)).toBe(1);
      await isBack(name, 2);
      expect(await setup.service.failure(name)).toBeNull();
      lines[name] = logOf(name);
    });
    await Promise.all(comingBack);
    expect(lines).toEqual(
      Object.fromEntries(
        COMES_BACK.map(([name, , reason]) => [name, [...LINKED, `info ${reason}`, 'info connected']]),
      ),
    );
  });

  it.each(STAYS_DOWN)(
    'a connection that WhatsApp refuses stays down, with its credentials kept: %s',
    async (name, action, code, userAction) => {
      await end(name, action);
      expect(await setup.service.reaches(name, 'error')).toMatchObject({
        authExists: true,
        servicePhone: null,
      });
      const failure = { code, userAction, message: expect.any(String) as unknown };
      expect(await setup.service.failure(name)).toEqual(failure);
      expect(await setup.service.listed(name)).toMatchObject({
        status: 'error',
        authExists: true,
        lastError: failure,
      });
      expect(logOf(name)).toEqual([...LINKED, `${userAction === 'retry_later' ? 'info' : 'warn'} ${code}`]);
    },
  );

  it('a connection that WhatsApp calls outdated stays down when there is no newer version', async () => {
    await end(OUTDATED, refusal(405));
    expect(await setup.service.reaches(OUTDATED, 'error')).toMatchObject({ authExists: true });
    expect(await setup.service.failure(OUTDATED)).toMatchObject({
      code: 'client_outdated',
      userAction: 'update_service',
    });
    // The first line is info: the service looked for a newer version.
    expect(logOf(OUTDATED)).toEqual([...LINKED, 'info client_outdated', 'warn client_outdated']);
  });

  it.each(UNLINKED)(
    'a removed device loses its credentials, and its account stays listed with an error: %s',
    async (name, action) => {
      await end(name, action);
      expect(await setup.service.reaches(name, 'error')).toMatchObject({ authExists: false });
      const failure = { code: 'unlinked_by_phone', userAction: 'scan_again' };
      expect(await setup.service.failure(name)).toMatchObject(failure);
      expect(await setup.service.listed(name)).toMatchObject({
        status: 'error',
        authExists: false,
        linkedAt: expect.any(String) as unknown,
        lastError: failure,
      });
      expect(logOf(name)).toEqual([...LINKED, 'warn unlinked_by_phone']);
    },
  );

  it('a temporarily banned account is in error until the ban ends, and then reconnects automatically', async () => {
    const started = performance.now();
    await end(EXPIRING, { type: 'fail', code: 402, expireS: timeLimit(3) });
    expect(await setup.service.reaches(EXPIRING, 'error')).toMatchObject({ authExists: true });
    expect(await setup.service.failure(EXPIRING)).toMatchObject({ code: 'temporarily_banned' });
    await isBack(EXPIRING, 2);
    expect(performance.now() - started).toBeGreaterThan(timeLimit(3) * 1_000);
    expect(await setup.service.failure(EXPIRING)).toBeNull();
    expect(logOf(EXPIRING)).toEqual([...LINKED, 'info temporarily_banned', 'info connected']);
  });
});

describe('links after a restart', () => {
  it('a restart restores the links that reconnect, and keeps the others down or removed', async () => {
    const started = performance.now();
    await end(EXPIRING, { type: 'fail', code: 402, expireS: timeLimit(8) });
    await setup.service.reaches(EXPIRING, 'error');
    await setup.restart();
    expect(await setup.service.status(EXPIRING)).toMatchObject({ status: 'error', authExists: true });
    await Promise.all(COMES_BACK.map(([name]) => isBack(name, 3)));
    // The service tries again after a restart, because its version may be newer.
    await isBack(OUTDATED, 2);
    for (const [name, , code] of STAYS_DOWN) {
      expect(await setup.service.status(name)).toMatchObject({ status: 'error', authExists: true });
      expect(await setup.service.failure(name)).toMatchObject({ code });
      expect([await loginsOf(name), logOf(name)]).toEqual([1, []]);
    }
    for (const [name] of UNLINKED) {
      expect(await setup.service.status(name)).toMatchObject({ status: 'error', authExists: false });
      expect(await setup.service.failure(name)).toMatchObject({ code: 'unlinked_by_phone' });
    }
    await isBack(EXPIRING, 3);
    expect(performance.now() - started).toBeGreaterThan(timeLimit(8) * 1_000);
    expect(await setup.service.failure(EXPIRING)).toBeNull();
  });

  it('POST /pair reconnects the accounts that stay down', async () => {
    for (const [name] of STAYS_DOWN)
      expect((await setup.service.pair(name)).body).toMatchObject({ status: 'pending' });
    await Promise.all(STAYS_DOWN.map(([name]) => isBack(name, 2)));
    for (const [name] of STAYS_DOWN) expect(await setup.service.failure(name)).toBeNull();
  });
});
