import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bomb, chats } from '../../support/history/histories.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

/**
 * The longest pause that one account may cause, 50 ms, and tolerance for a request over loopback and for a moment in
 * which the machine runs other processes. The faults took more than a second.
 */
const LONGEST_ANSWER_MS = 400;

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ nodeArgs: ['--max-old-space-size=512'] });
});
afterAll(() => setup.close());

/** Calls `work` and returns the longest time of a health check meanwhile. */
async function longestHealthCheck(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  const done = new AbortController();
  const checks = (async () => {
    while (!done.signal.aborted) {
      const begun = performance.now();
      expect((await setup.service.call('GET', '/health/live')).status).toBe(200);
      longest = Math.max(longest, performance.now() - begun);
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    await checks;
  }
  return longest;
}

/** Waits until the service has synced the app state of this number of accounts, which follows their history. */
async function appStatesSynced(accounts: number): Promise<void> {
  const counter = { kind: 'counter', name: 'appStateQueries', atLeast: accounts } as const;
  if (!(await setup.simulator.control.isMet(counter, 60_000)))
    throw new Error('the app state was not synced');
}

describe('the history of one account and the health of the service', () => {
  it('bombs from a second device and from the phone are refused, and no health check waits for them', async () => {
    const phone = await setup.link('attacker');
    const { control } = setup.simulator;
    const bombs = [200_000, 2_000_000, 5_000_000].map(bomb);
    const begun = performance.now();
    const longest = await longestHealthCheck(async () => {
      for (const payload of bombs) await control.sendHistory({ phone, sender: 7, payload });
      await control.sendHistory({ phone, payload: bombs.at(-1) ?? '' });
      await appStatesSynced(1);
    });
    expect(longest).toBeLessThan(timeLimitSince(begun, LONGEST_ANSWER_MS));
    expect(setup.service.output.match(/history refused/g)).toHaveLength(2);
    await setup.service.reaches('attacker', 'connected');
  }, 60_000);

  it('30,000 chats of one account are stored while health checks are answered in time', async () => {
    const phone = await setup.link('large');
    const payload = chats(30_000);
    const begun = performance.now();
    const longest = await longestHealthCheck(async () => {
      await setup.simulator.control.sendHistory({ phone, payload, download: true });
      await appStatesSynced(2);
    });
    expect(longest).toBeLessThan(timeLimitSince(begun, LONGEST_ANSWER_MS));
  }, 180_000);
});
