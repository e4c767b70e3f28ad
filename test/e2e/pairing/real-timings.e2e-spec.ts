import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

/**
 * The one slow test, in which no duration is shortened. Its accounts run at the same time, so it lasts as long as
 * the slowest: six codes of WhatsApp.
 */
const SUSPENDED_MS = 120_000;
const REPLACED_WITHIN_MS = 90_000;

let setup: TestEnvironment;
/** Separate services: faults of WhatsApp or of the process in one of them must not affect the others. */
let unanswering: TestEnvironment;
let stopped: TestEnvironment;
let begun: number;

beforeAll(async () => {
  [setup, unanswering, stopped] = await Promise.all([
    TestEnvironment.create({ timings: {} }),
    TestEnvironment.create({ timings: {} }),
    TestEnvironment.create({ timings: {} }),
  ]);
}, 60_000);
afterAll(() => Promise.all([setup, unanswering, stopped].map((each) => each.close())));

/** Matches within half a second, on an idle machine. */
function about(seconds: number): unknown {
  return expect.closeTo(seconds, -Math.log10(timeLimitSince(begun, 1_000) / 1_000));
}

async function failureAfter(accountId: string, withinMs: number): Promise<[number, unknown]> {
  const started = performance.now();
  await setup.service.pair(accountId);
  await setup.service.reaches(accountId, 'error', withinMs);
  const { body } = await setup.service.view(accountId);
  return [(performance.now() - started) / 1000, (body as { error: { code: string } }).error.code];
}

/** Returns the time that a disconnect takes, in seconds. */
async function disconnectSeconds(accountId: string): Promise<number> {
  const started = performance.now();
  await setup.service.disconnect(accountId);
  return (performance.now() - started) / 1000;
}

/** Returns the times, in seconds since the first code, at which the code changed. */
async function codesOf(accountId: string): Promise<{ at: number; left: number; sequence: number }[]> {
  const seen: { at: number; left: number; sequence: number }[] = [];
  await setup.service.pair(accountId);
  let tag = '';
  let started = 0;
  for (;;) {
    const answer = await fetch(
      `${setup.service.url}/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=30000`,
      { headers: { 'if-none-match': tag } },
    );
    if (answer.status === 404) return seen;
    if (answer.status !== 200) continue;
    tag = answer.headers.get('etag') ?? '';
    const { sequence, expiresAt } = (await answer.json()) as { sequence: number; expiresAt: string };
    started ||= performance.now();
    const left = (Date.parse(expiresAt) - Date.now()) / 1000;
    seen.push({ at: (performance.now() - started) / 1000, left, sequence });
  }
}

/** Returns the time until connections that answer nothing are replaced. */
async function unansweringReplacedAfterMs(): Promise<number> {
  const { control } = unanswering.simulator;
  const phones = await unanswering.linkAll(['frozen', 'silent']);
  const [frozen = '', silent = ''] = Object.values(phones);
  await control.addFault({ stage: 'ping', action: { type: 'silent' }, where: { phone: silent } });
  await control.act({ type: 'freeze' }, { phone: frozen });
  const started = performance.now();
  await Promise.all([
    unanswering.isBack('frozen', frozen, 2, REPLACED_WITHIN_MS),
    unanswering.isBack('silent', silent, 2, REPLACED_WITHIN_MS),
  ]);
  return performance.now() - started;
}

/**
 * Suspends the process for two minutes. Returns the status of its accounts afterwards, and the number of logins of
 * each device.
 */
async function afterSuspension(): Promise<[string, number | undefined][]> {
  const { control } = stopped.simulator;
  const phones = await stopped.linkAll(['one', 'two', 'three']);
  stopped.service.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, SUSPENDED_MS));
  stopped.service.signal('SIGCONT');
  // Every account has sent a ping since then.
  const { pings } = (await control.state()).counters;
  await control.waitFor({ kind: 'counter', name: 'pings', atLeast: pings + 3 }, 35_000);
  return Promise.all(
    Object.entries(phones).map(async ([accountId, phone]): Promise<[string, number | undefined]> => [
      (await stopped.service.status(accountId)).status,
      (await stopped.device(phone))?.logins,
    ]),
  );
}

describe('WhatsApp’s real durations', () => {
  it('six codes last 160 s, a silent server is given up, a logout is bounded, silent connections are replaced, and accounts survive a suspended process, all at the same time', async () => {
    begun = performance.now();
    const replaced = unansweringReplacedAfterMs();
    const suspension = afterSuspension();
    await setup.link('linked');
    await setup.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const logout = disconnectSeconds('linked');

    const codes = codesOf('codes');
    await eventually(
      async () => ((await setup.service.view('codes')).body as { qr: unknown }).qr !== null,
      5_000,
      () => 'the service shows no code',
    );
    await setup.simulator.control.addFault({ stage: 'upgrade', action: { type: 'silent' }, times: 'always' });
    const silent = failureAfter('silent', 120_000);

    const outcomes = await Promise.all([logout, silent, codes, replaced, suspension]);
    const [logoutSeconds, silentFailure, shownCodes, replacedAfterMs, afterwards] = outcomes;
    expect(logoutSeconds).toEqual(about(10));
    expect(silentFailure).toEqual([about(86), 'timed_out']);
    expect(shownCodes).toEqual([
      { at: about(0), left: about(60), sequence: 1 },
      { at: about(60), left: about(20), sequence: 2 },
      { at: about(80), left: about(20), sequence: 3 },
      { at: about(100), left: about(20), sequence: 4 },
      { at: about(120), left: about(20), sequence: 5 },
      { at: about(140), left: about(20), sequence: 6 },
    ]);
    expect(replacedAfterMs).toBeLessThan(timeLimitSince(begun, REPLACED_WITHIN_MS));
    expect(afterwards).toEqual(Array.from({ length: 3 }, () => ['connected', 1]));
    for (const { simulator } of [unanswering, stopped])
      expect((await simulator.control.state()).counters.takeovers).toBe(0);
    const { body } = await setup.service.view('codes');
    expect(body).toMatchObject({ status: 'error', error: { code: 'qr_expired' } });
  }, 200_000);
});
