import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

/*
 * The one slow test: nothing is shortened. Its accounts live side by side, so that it takes as long as the slowest, six
 * codes of WhatsApp.
 */
const STOOD_STILL_MS = 120_000;
const FOUND_WITHIN_MS = 90_000;

let setup: TestEnvironment;
/** Services of their own: what happens to WhatsApp and to the process in one of them must not reach the others. */
let deaf: TestEnvironment;
let stopped: TestEnvironment;
let begun: number;

beforeAll(async () => {
  [setup, deaf, stopped] = await Promise.all([
    TestEnvironment.create({ timings: {} }),
    TestEnvironment.create({ timings: {} }),
    TestEnvironment.create({ timings: {} }),
  ]);
}, 60_000);
afterAll(() => Promise.all([setup, deaf, stopped].map((each) => each.close())));

/** Within half a second, on an idle machine. */
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

/** The moments, in seconds since the first, at which the code on the screen changed. */
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

/** How long it takes until connections that answer nothing, or nothing any more, are replaced. */
async function deafReplacedAfterMs(): Promise<number> {
  const { control } = deaf.simulator;
  const phones = await deaf.linkAll(['frozen', 'silent']);
  const [frozen = '', silent = ''] = Object.values(phones);
  await control.addFault({ stage: 'ping', action: { type: 'silent' }, where: { phone: silent } });
  await control.act({ type: 'freeze' }, { phone: frozen });
  const started = performance.now();
  await Promise.all([
    deaf.isBack('frozen', frozen, 2, FOUND_WITHIN_MS),
    deaf.isBack('silent', silent, 2, FOUND_WITHIN_MS),
  ]);
  return performance.now() - started;
}

/** What the accounts of a process are like that stood still for two minutes, and how often their devices have logged in. */
async function afterStandstill(): Promise<[string, number | undefined][]> {
  const { control } = stopped.simulator;
  const phones = await stopped.linkAll(['one', 'two', 'three']);
  stopped.service.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, STOOD_STILL_MS));
  stopped.service.signal('SIGCONT');
  // All of them have been asked since whether they still answer.
  const { pings } = (await control.state()).counters;
  await control.waitFor({ kind: 'counter', name: 'pings', atLeast: pings + 3 }, 35_000);
  return Promise.all(
    Object.entries(phones).map(async ([accountId, phone]): Promise<[string, number | undefined]> => [
      (await stopped.service.status(accountId)).status,
      (await stopped.device(phone))?.logins,
    ]),
  );
}

describe('with the durations that WhatsApp has', () => {
  it('shows six codes for 160 s, gives up a silent server, bounds a logout, finds deaf connections and survives a standstill, all at the same time', async () => {
    begun = performance.now();
    const replaced = deafReplacedAfterMs();
    const standstill = afterStandstill();
    await setup.link('linked');
    await setup.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const started = performance.now();
    await setup.service.disconnect('linked');
    const logoutSeconds = (performance.now() - started) / 1000;

    const codes = codesOf('codes');
    await eventually(
      async () => ((await setup.service.view('codes')).body as { qr: unknown }).qr !== null,
      5_000,
      () => 'no code came',
    );
    await setup.simulator.control.addFault({ stage: 'upgrade', action: { type: 'silent' }, times: 'always' });
    const silent = failureAfter('silent', 120_000);

    const outcomes = await Promise.all([silent, codes, replaced, standstill]);
    const [silentFailure, shownCodes, replacedAfterMs, stoodStill] = outcomes;
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
    expect(replacedAfterMs).toBeLessThan(timeLimitSince(begun, FOUND_WITHIN_MS));
    expect(stoodStill).toEqual(Array.from({ length: 3 }, () => ['connected', 1]));
    for (const { simulator } of [deaf, stopped])
      expect((await simulator.control.state()).counters.takeovers).toBe(0);
    const { body } = await setup.service.view('codes');
    expect(body).toMatchObject({ status: 'error', error: { code: 'qr_expired' } });
  }, 200_000);
});
