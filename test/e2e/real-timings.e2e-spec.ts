import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { World } from '../support/world.js';

/*
 * The one slow test: nothing is shortened. Its accounts live side by side, so that it takes as long as the slowest, six
 * codes of WhatsApp.
 */
let world: World;

beforeAll(async () => {
  world = await World.create({ timings: {} });
});
afterAll(() => world.close());

async function failureAfter(accountId: string, withinMs: number): Promise<[number, unknown]> {
  const started = performance.now();
  await world.service.pair(accountId);
  await world.service.reaches(accountId, 'error', withinMs);
  const { body } = await world.service.view(accountId);
  return [Math.round((performance.now() - started) / 1000), (body as { error: { code: string } }).error.code];
}

/** The moments, in seconds since the first, at which the code on the screen changed. */
async function codesOf(accountId: string): Promise<{ at: number; left: number; sequence: number }[]> {
  const seen: { at: number; left: number; sequence: number }[] = [];
  await world.service.pair(accountId);
  let tag = '';
  let started = 0;
  for (;;) {
    const answer = await fetch(
      `${world.service.url}/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=30000`,
      { headers: { 'if-none-match': tag } },
    );
    if (answer.status === 404) return seen;
    if (answer.status !== 200) continue;
    tag = answer.headers.get('etag') ?? '';
    const { sequence, expiresAt } = (await answer.json()) as { sequence: number; expiresAt: string };
    started ||= performance.now();
    const left = Math.round((Date.parse(expiresAt) - Date.now()) / 1000);
    seen.push({ at: Math.round((performance.now() - started) / 1000), left, sequence });
  }
}

describe('with the durations that WhatsApp has', () => {
  it('shows six codes for 160 s, gives up a silent server, and bounds a logout, all at the same time', async () => {
    await world.link('linked');
    await world.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    const started = performance.now();
    await world.service.disconnect('linked');
    const logoutSeconds = Math.round((performance.now() - started) / 1000);

    const codes = codesOf('codes');
    await eventually(
      async () => ((await world.service.view('codes')).body as { qr: unknown }).qr !== null,
      5_000,
      () => 'no code came',
    );
    await world.simulator.control.addFault({ stage: 'upgrade', action: { type: 'silent' }, times: 'always' });
    const silent = failureAfter('silent', 120_000);

    expect(logoutSeconds).toBe(10);
    expect(await silent).toEqual([86, 'timed_out']);
    expect(await codes).toEqual([
      { at: 0, left: 60, sequence: 1 },
      { at: 60, left: 20, sequence: 2 },
      { at: 80, left: 20, sequence: 3 },
      { at: 100, left: 20, sequence: 4 },
      { at: 120, left: 20, sequence: 5 },
      { at: 140, left: 20, sequence: 6 },
    ]);
    const { body } = await world.service.view('codes');
    expect(body).toMatchObject({ status: 'error', error: { code: 'qr_expired' } });
  }, 200_000);
});
