import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bomb, chats } from '../../support/history/histories.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimitSince } from '../../support/time/time-limit.js';

/** The limit of the issue: nothing that a device sends costs other accounts more. In processor time. */
const LONGEST_PAUSE_MS = 50;

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({ nodeArgs: ['--max-old-space-size=512'] });
});
afterAll(() => setup.close());

/** Calls `work` while health checks are answered. @returns the longest pause of the service meanwhile */
async function pauseIn(work: () => Promise<void>): Promise<number> {
  await setup.service.longestPause();
  const done = new AbortController();
  const checks = (async () => {
    while (!done.signal.aborted) {
      expect((await setup.service.call('GET', '/health/live')).status).toBe(200);
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    await checks;
  }
  return setup.service.longestPause();
}

/** Waits until the service has synced the app state of this number of accounts, which follows their history. */
async function appStatesSynced(accounts: number): Promise<void> {
  const counter = { kind: 'counter', name: 'appStateQueries', atLeast: accounts } as const;
  if (!(await setup.simulator.control.isMet(counter, 60_000)))
    throw new Error('the app state was not synced');
}

describe('the history of one account and the health of the service', () => {
  it('bombs from a second device and from the phone are refused, and hold the service for no longer than 50 ms', async () => {
    const phone = await setup.link('attacker');
    const { control } = setup.simulator;
    const bombs = [200_000, 2_000_000, 5_000_000].map(bomb);
    const begun = performance.now();
    const pause = await pauseIn(async () => {
      for (const payload of bombs) await control.sendHistory({ phone, sender: 7, payload });
      await control.sendHistory({ phone, payload: bombs.at(-1) ?? '' });
      await appStatesSynced(1);
    });
    expect(pause).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
    expect(setup.service.output.match(/history refused/g)).toHaveLength(2);
    await setup.service.reaches('attacker', 'connected');
  }, 60_000);

  it('30,000 chats of one account are stored, and hold the service for no longer than 50 ms', async () => {
    const phone = await setup.link('large');
    const payload = chats(30_000);
    const begun = performance.now();
    const pause = await pauseIn(async () => {
      await setup.simulator.control.sendHistory({ phone, payload, download: true });
      await appStatesSynced(2);
    });
    expect(pause).toBeLessThan(timeLimitSince(begun, LONGEST_PAUSE_MS));
  }, 180_000);
});
