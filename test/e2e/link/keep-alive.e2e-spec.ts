import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { IN_PRODUCTION, lastLogLine } from '../../support/clients/log-lines.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const PING_EVERY_MS = 300;
const ANSWER_MS = 1_500;
/** The longest pause (a fifth more), the answer timeout, the extra time after it, and the close without an answer. */
const REPLACED_WITHIN_MS = PING_EVERY_MS * 1.2 + ANSWER_MS + 500 + 1_000;
const BUSY_MACHINE_MS = 3_000;

const NAMES = ['frozen', 'silent', 'talkative', 'healthy', 'pairing'];
const LINKED = ['info pairing', 'info linked', 'info connected'];

let setup: TestEnvironment;
let phones: Record<string, string>;

beforeAll(async () => {
  setup = await TestEnvironment.create({
    environment: IN_PRODUCTION,
    timings: {
      ...SHORT_TIMINGS,
      ...PATIENT,
      keepAliveIntervalMs: PING_EVERY_MS,
      answerTimeoutMs: ANSWER_MS,
    },
  });
  phones = await setup.linkAll(NAMES.filter((name) => name !== 'pairing'));
}, 60_000);
afterEach(() => setup.simulator.control.removeFault());
afterAll(async () => {
  const { counters } = await setup.simulator.control.state();
  const peaks = await setup.service.peaks();
  await setup.close();
  expect([counters.takeovers, peaks.socketsOfOneAccount]).toEqual([0, 1]);
});

const phoneOf = (accountId: string): string => phones[accountId] as string;

/** Waits until the connection is replaced by one that answers; @returns the time in ms */
async function isReplaced(accountId: string): Promise<number> {
  const started = performance.now();
  await setup.isBack(accountId, phoneOf(accountId), 2, 15_000);
  return performance.now() - started;
}

describe('an open connection that answers nothing', () => {
  it('connections that are frozen, silent, or sending without answering are replaced', async () => {
    const { control } = setup.simulator;
    const silentPing = { stage: 'ping', action: { type: 'silent' } } as const;
    await control.addFault({ ...silentPing, where: { phone: phoneOf('silent') } });
    await control.addFault({ ...silentPing, where: { phone: phoneOf('talkative') } });
    await control.act({ type: 'freeze' }, { phone: phoneOf('frozen') });
    const started = performance.now();
    let replaced = false;
    const talking = eventually(
      async () => {
        await control.act({ type: 'retire' }, { phone: phoneOf('talkative') });
        return replaced;
      },
      20_000,
      () => 'the connections were not replaced',
    );
    const unanswering = ['frozen', 'silent', 'talkative'];
    const tookMs = await Promise.all(unanswering.map(isReplaced));
    replaced = true;
    await talking;
    for (const ms of tookMs)
      expect(ms).toBeLessThan(timeLimitSince(started, REPLACED_WITHIN_MS + BUSY_MACHINE_MS));
    for (const name of unanswering)
      expect(lastLogLine(setup.service, name)).toEqual([...LINKED, 'info timed_out', 'info connected']);
  }, 40_000);

  it('a connection that answers late or with errors is not replaced', async () => {
    const { control } = setup.simulator;
    const where = { phone: phoneOf('healthy') };
    const pingsAnswered = async (): Promise<number> => (await control.state()).stages.ping.after;
    await control.addFault({ stage: 'ping', action: { type: 'delay', ms: timeLimit(ANSWER_MS / 2) }, where });
    await control.addFault({
      stage: 'ping',
      action: { type: 'query_error', code: 500 },
      where,
      skip: 1,
      times: 3,
    });
    await eventually(
      async () => (await control.faults()).length === 0,
      15_000,
      () => 'the connection gets no further pings',
    );
    const before = await pingsAnswered();
    await control.waitFor({ kind: 'stage', stage: 'ping', atLeast: before + 8 }, 10_000);
    expect(lastLogLine(setup.service, 'healthy')).toEqual(LINKED);
    expect(await setup.device(where.phone)).toMatchObject({ logins: 1 });
  }, 40_000);

  it('a code is replaced when the server stops answering', async () => {
    const { control } = setup.simulator;
    await setup.service.pair('pairing');
    const old = await setup.service.qr('pairing');
    await control.act({ type: 'freeze' }, { qr: old.value });
    await eventually(
      async () => {
        const { qr } = (await setup.service.view('pairing')).body as { qr: { value: string } | null };
        return qr !== null && qr.value !== old.value;
      },
      15_000,
      () => 'the old code is still shown',
    );
    await setup.service.stopPairing('pairing');
  }, 40_000);
});

describe('a process that was stopped and continues', () => {
  /** Several times the answer timeout. */
  const SUSPENDED_MS = timeLimit(8_000);

  it('the service does not count its own pause as silence', async () => {
    const before = lastLogLine(setup.service, 'healthy');
    setup.service.signal('SIGSTOP');
    // The length of the suspension is the subject of this test.
    await new Promise((resolve) => setTimeout(resolve, SUSPENDED_MS));
    setup.service.signal('SIGCONT');
    const { counters } = await setup.simulator.control.state();
    const enough = counters.pings + 8;
    await setup.simulator.control.waitFor({ kind: 'counter', name: 'pings', atLeast: enough }, 15_000);
    for (const name of Object.keys(phones))
      expect(await setup.service.status(name)).toMatchObject({ status: 'connected' });
    expect(lastLogLine(setup.service, 'healthy')).toEqual(before);
  }, 40_000);
});
