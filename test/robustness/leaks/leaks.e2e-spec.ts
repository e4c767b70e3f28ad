import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { LinkedAccount } from '../../support/processes/linked-account.js';
import { PATIENT, SHORT_TIMINGS, SOON_ALONE } from '../../support/processes/service-timings.js';
import type { Resources, Usage } from '../../support/processes/service.program.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const PAIR_STOP_CYCLES = 300;
/** The part of them that runs one at a time, while Baileys' timers run out. */
const LAST_CYCLES = 150;
const LINK_CYCLES = 100;
const CODE_STOP_CYCLES = 100;
const CODE_LINK_CYCLES = 40;
const REFUSED_CYCLES = 40;
const EXPIRED_CYCLES = 10;
const DROPS = 20;
const DROPPING = 10;
const AT_ONCE = 5;

/** Validity of a phone code: short enough that some expire, long enough to type the others on a busy machine. */
const CODE_MS = 8_000;

/** Baileys leaves timers behind: of 30 s after an upload of pre-keys, and of 60 s for a pending query. */
const BAILEYS_TIMERS_MS = 75_000;

/** Highest growth, for one-time caches of libraries. It is 1.6 KiB per cycle; a leaked session is about 100 KiB. */
const SLACK_BYTES = 1024 * 1024;

/**
 * Highest number of key sets that the service creates in advance (`MAX_BATCHES`), 600 KiB each. It keeps as many as
 * were needed at once.
 */
const MOST_IN_STOCK = 16;

/** Small enough that the event log is full before the first measurement. */
const LOG_EVENTS = 100;

let setup: TestEnvironment;
/** Every phone code that was shown, and the parts of every QR code: reference, keys and secret. */
const secrets = new Set<string>();

beforeAll(async () => {
  setup = await TestEnvironment.create({
    timings: {
      ...SHORT_TIMINGS,
      ...PATIENT,
      ...SOON_ALONE,
      phoneCodeMs: CODE_MS,
      events: { logEvents: LOG_EVENTS },
    },
  });
});
afterAll(() => setup.close());

async function pairAndStop(accountId: string): Promise<void> {
  await setup.service.pair(accountId);
  const { value } = await setup.service.qr(accountId);
  // The last part is the platform, which is no secret.
  for (const part of value.split('#').at(-1)?.split(',').slice(0, -1) ?? []) secrets.add(part);
  await setup.service.stopPairing(accountId);
}

async function linkAndDisconnect(accountId: string): Promise<void> {
  await setup.link(accountId);
  const { status } = await setup.service.disconnect(accountId);
  expect(status).toBe(200);
}

/** Records a phone code as a secret, with and without its dash. */
function rememberSecret(code: string): string {
  secrets.add(code).add(code.replace('-', ''));
  return code;
}

async function showCode(accountId: string, phone: string): Promise<string> {
  return rememberSecret(await new LinkedAccount(setup, accountId, phone).showsPhoneCode());
}

async function codeAndStop(accountId: string): Promise<void> {
  await showCode(accountId, setup.newPhone());
  await setup.service.stopPairing(accountId);
}

/** Types a wrong code, then the replaced one, and logs out. */
async function typeAndDisconnect(accountId: string): Promise<void> {
  const { control } = setup.simulator;
  const phone = setup.newPhone();
  const first = await showCode(accountId, phone);
  expect(await control.typeCode({ phone, code: 'WRNG-CDEX' })).toMatchObject({ reason: 'wrong_code' });
  const code = rememberSecret(await new LinkedAccount(setup, accountId, phone).phoneCode(first));
  expect(await control.typeCode({ phone, code })).toMatchObject({ paired: true });
  await setup.service.reaches(accountId, 'connected');
  expect((await setup.service.disconnect(accountId)).status).toBe(200);
}

async function letCodeExpire(accountId: string): Promise<void> {
  await showCode(accountId, setup.newPhone());
  await setup.service.reaches(accountId, 'error', 2 * CODE_MS);
  await setup.service.stopPairing(accountId);
}

/**
 * Pairings that are refused: by WhatsApp, with a rate limit and with a passkey, and by the service, for another number.
 */
async function provokeRefusals(accountId: string): Promise<void> {
  const { control } = setup.simulator;
  const { service } = setup;
  const phone = setup.newPhone();
  const text = 'rate-overlimit';
  await control.addFault({
    stage: 'companion_hello',
    action: { type: 'query_error', code: 429, text },
    where: { phone },
  });
  expect((await service.pair(accountId, { phoneNumber: phone })).status).toBe(422);

  await service.pair(accountId, { expectedPhoneNumber: setup.newPhone() });
  const { value: qr } = await service.qr(accountId);
  expect(await control.scan({ phone, qr })).toMatchObject({ reason: 'declined_by_companion' });
  await service.reaches(accountId, 'error');

  await control.requirePasskey({ phone });
  const code = await showCode(accountId, phone);
  expect(await control.typeCode({ phone, code })).toMatchObject({ reason: 'passkey_required' });
  await service.reaches(accountId, 'error');
  await service.stopPairing(accountId);
}

/** Links accounts, cuts their connections repeatedly, waits until they reconnect, and disconnects them. */
async function dropAndReconnect(name: string, times: number): Promise<void> {
  const accountIds = Array.from({ length: DROPPING }, (_, at) => `${name}-${at}`);
  const phones = Object.entries(await setup.linkAll(accountIds));
  for (let drop = 1; drop <= times; drop += 1) {
    await setup.simulator.control.act({ type: 'cut' }, { kind: 'login' });
    await Promise.all(phones.map(([accountId, phone]) => setup.isBack(accountId, phone, 1 + drop)));
  }
  for (const accountId of accountIds) expect((await setup.service.disconnect(accountId)).status).toBe(200);
}

/** Runs a cycle repeatedly. Every cycle uses a new account id, so that a leak per account shows as well. */
async function repeat(
  times: number,
  name: string,
  cycle: (accountId: string) => Promise<void>,
): Promise<void> {
  for (let done = 0; done < times; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => cycle(`${name}-${done + at}`)));
  }
}

const counted = (resources: Resources): Record<string, number> => ({
  sockets: resources['TCPSocketWrap'] ?? 0,
  timers: resources['Timeout'] ?? 0,
  ports: resources['MessagePort'] ?? 0,
});

describe('resources after many sessions', () => {
  it('hundreds of pairings, logins and disconnects leave no socket, timer, listener or memory behind', async () => {
    await repeat(20, 'warm-stop', pairAndStop);
    await repeat(20, 'warm-link', linkAndDisconnect);
    await repeat(10, 'warm-code-stop', codeAndStop);
    await repeat(10, 'warm-code-link', typeAndDisconnect);
    await repeat(5, 'warm-refused', provokeRefusals);
    await repeat(5, 'warm-expired', letCodeExpire);
    await dropAndReconnect('warm-drop', 2);
    const before = await waitForRest('before');
    const bytesBefore = await setup.service.reachableBytes();

    await repeat(PAIR_STOP_CYCLES - LAST_CYCLES, 'stop', pairAndStop);
    await repeat(LINK_CYCLES, 'link', linkAndDisconnect);
    // Codes that wait for their expiry use at most half of the pairing places.
    await Promise.all([
      repeat(EXPIRED_CYCLES, 'expired', letCodeExpire),
      repeat(CODE_STOP_CYCLES, 'code-stop', codeAndStop)
        .then(() => repeat(CODE_LINK_CYCLES, 'code-link', typeAndDisconnect))
        .then(() => repeat(REFUSED_CYCLES, 'refused', provokeRefusals)),
    ]);
    await dropAndReconnect('drop', DROPS);
    const after = await waitForRest('after', LAST_CYCLES);
    const bytesAfter = await setup.service.reachableBytes();

    expect(counted(after.resources)).toEqual(counted(before.resources));
    expect(after.processListeners).toBe(before.processListeners);
    expect(after.warnings).toEqual([]);
    expect(bytesAfter - bytesBefore).toBeLessThan(SLACK_BYTES);
    expect(await setup.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000)).toBe(true);
    const { counters, devices } = await setup.simulator.control.state();
    expect([counters.takeovers, devices]).toEqual([0, []]);
    const { output } = setup.service;
    expect(output).not.toMatch(/unhandled|uncaught/i);
    expect(secrets.size).toBeGreaterThan(4 * PAIR_STOP_CYCLES);
    expect([...secrets].filter((secret) => output.includes(secret))).toEqual([]);
    console.log(
      `${PAIR_STOP_CYCLES} pair/stop and ${LINK_CYCLES} pair/scan/disconnect cycles, by phone code ${CODE_STOP_CYCLES} stopped, ${CODE_LINK_CYCLES} typed and ${EXPIRED_CYCLES} expired, ${REFUSED_CYCLES} refused, ${DROPS * DROPPING} drops: memory ${mib(bytesBefore)} → ${mib(bytesAfter)} MiB`,
    );
  }, 400_000);
});

const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(2);

/**
 * Waits until the temporary resources have ended: surplus key sets, Baileys' own timers, and the connections of this
 * test. A login leaves a timer of 30 s, so the pair/stop cycles come after the last one.
 */
async function waitForRest(name: string, pairStopCycles = 0): Promise<Usage> {
  // In sequence: each pairing uses one key set, and needs only one at a time.
  for (let taken = 0; taken < MOST_IN_STOCK; taken += 1) await linkAndDisconnect(`${name}-${taken}`);
  for (let done = 0; done < pairStopCycles; done += 1) await pairAndStop(`${name}-stop-${done}`);
  let resources: Resources = {};
  await eventually(
    async () => {
      resources = await setup.service.resources();
      const { sockets, timers } = counted(resources);
      return sockets === 0 && timers === 0;
    },
    BAILEYS_TIMERS_MS,
    () => `resources remain: ${JSON.stringify(resources)}`,
  );
  return setup.service.usage();
}
