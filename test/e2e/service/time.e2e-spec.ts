import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import type { Answer } from '../../support/processes/service-process.js';
import { IN_PRODUCTION, lastLogLine } from '../../support/clients/log-lines.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const HOUR_MS = 3_600_000;
const BANNED_S = timeLimit(3);
const CODE_MS = 4_000;
const LINKED = ['info pairing', 'info linked', 'info connected'];

let setup: TestEnvironment;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: IN_PRODUCTION,
    timings: {
      ...SHORT_TIMINGS,
      ...PATIENT,
      firstCodeMs: CODE_MS,
      nextCodeMs: CODE_MS,
      reconnectMinMs: 2_000,
      reconnectMaxMs: 2_000,
      keepAliveIntervalMs: 300,
      answerTimeoutMs: 5_000,
    },
  });
}, 60_000);
afterAll(() => setup.close());

describe.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a wall clock that jumps an hour %s', (name, byMs) => {
  it('the jump ends no connection, delays no code and no client, and codes still link', async () => {
    const { service, simulator } = setup;
    const { control } = simulator;
    const [live, waiting, banned] = ['live', 'waiting', 'banned'].map((role) => `${role}-${name}`) as [
      string,
      string,
      string,
    ];
    const phones = await setup.linkAll([live, waiting, banned]);
    const phoneOf = (accountId: string): string => phones[accountId] as string;
    const pairing = `pairing-${name}`;

    await service.fixRandom(1);
    await control.act({ type: 'cut' }, { phone: phoneOf(waiting) });
    await control.act({ type: 'fail', code: 402, expireS: BANNED_S }, { phone: phoneOf(banned) });
    await service.reaches(banned, 'error');
    await service.pair(pairing);
    const first = await service.qr(pairing);
    const jumped = performance.now();
    await service.shiftClock(byMs);

    // The jump must have no effect on any account, and must lengthen no wait.
    const second = codeAfter(pairing, await etagOf(pairing));
    await setup.isBack(waiting, phoneOf(waiting), 2);
    await setup.isBack(banned, phoneOf(banned), 2);
    const code = (await second).body as { value: string; sequence: number; expiresAt: string };
    expect(code.sequence).toBe(first.sequence + 1);
    expect(performance.now() - jumped).toBeLessThan(timeLimitSince(jumped, 10_000));
    // The expiry is given in the shifted time, which the clients have too.
    const leftMs = Date.parse(code.expiresAt) - (Date.now() + byMs);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(timeLimit(CODE_MS));
    const scan = await control.scan({ phone: setup.newPhone(), qr: code.value });
    expect(scan).toMatchObject({ paired: true });
    await service.reaches(pairing, 'connected');

    const { counters } = await control.state();
    await control.waitFor({ kind: 'counter', name: 'pings', atLeast: counters.pings + 10 }, 10_000);
    expect(lastLogLine(service, live)).toEqual(LINKED);
    expect(lastLogLine(service, waiting)).toEqual([...LINKED, 'info connection_lost', 'info connected']);
    expect(lastLogLine(service, banned)).toEqual([...LINKED, 'info temporarily_banned', 'info connected']);
    expect(await setup.device(phoneOf(live))).toMatchObject({ logins: 1 });
    await service.shiftClock(0);
    await service.fixRandom(null);
  }, 60_000);
});

async function etagOf(accountId: string): Promise<string> {
  const { headers } = await setup.service.call(
    'GET',
    `/api/whatsapp/pair/qr?accountId=${accountId}&format=json`,
  );
  return headers.get('etag') ?? '';
}

/** Waits for a code other than the one of the etag. */
async function codeAfter(accountId: string, etag: string): Promise<Answer> {
  const path = `/api/whatsapp/pair/qr?accountId=${accountId}&format=json&waitMs=30000`;
  for (;;) {
    const answer = await setup.service.call('GET', path, undefined, { 'if-none-match': etag });
    if (answer.status !== 304) return answer;
  }
}
