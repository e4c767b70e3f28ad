import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/eventually.js';
import { SimulatedWhatsapp } from '../simulated-whatsapp.js';

const ANSWER_MS = 400;
const HOUR_MS = 3_600_000;

describe('BaileysGateway, keep-alive', () => {
  let whatsapp: SimulatedWhatsapp;
  let attempt = 0;

  beforeAll(async () => {
    whatsapp = await SimulatedWhatsapp.start({ keepAliveIntervalMs: 150, answerTimeoutMs: ANSWER_MS });
  });
  afterAll(() => whatsapp.stop());
  beforeEach(async () => {
    attempt += 10;
    await whatsapp.control.reset();
  });

  const pings = async (): Promise<number> => (await whatsapp.control.state()).counters.pings;

  async function morePings(count: number): Promise<void> {
    const atLeast = (await pings()) + count;
    await whatsapp.control.waitFor({ kind: 'counter', name: 'pings', atLeast }, 5_000);
  }

  it('a frozen connection is reported as silent, and its TCP connection is closed at once', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.act({ type: 'freeze' });
    expect(await gateway.closed(attempt + 1)).toEqual({ kind: 'silent' });
    await gateway.do({ name: 'waitUntilClosed', attempt: attempt + 1 });
    await control.waitFor({ kind: 'sockets', open: 0 }, 2_000);
  });

  it('a connection without answers is reported although the server keeps sending', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.addFault({ stage: 'ping', action: { type: 'silent' }, times: 'always' });
    let sent = 0;
    await eventually(
      async () => {
        sent += await control.act({ type: 'retire' });
        return gateway.events(attempt + 1).some(({ type }) => type === 'closed');
      },
      5_000,
      () => 'the connection is not reported as closed',
    );
    expect(sent).toBeGreaterThan(5);
    expect(await gateway.closed(attempt + 1)).toEqual({ kind: 'silent' });
  });

  it('a connection without answers is also reported while codes are shown', async () => {
    const { gateway, control } = whatsapp;
    await control.addFault({ stage: 'ping', action: { type: 'silent' }, times: 'always' });
    await gateway.open(attempt);
    await gateway.event(attempt, 'codes');
    expect(await gateway.closed(attempt)).toEqual({ kind: 'silent' });
  });

  it('a connection that answers with errors stays open', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.addFault({ stage: 'ping', action: { type: 'query_error', code: 500 }, times: 'always' });
    const atLeast = 8;
    await control.waitFor({ kind: 'stage', stage: 'ping', atLeast }, 5_000);
    expect(gateway.events(attempt + 1).map(({ type }) => type)).toEqual(['opened']);
    await gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });

  it('a connection stays open when the process was stopped and continues', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await control.addFault({ stage: 'ping', action: { type: 'hold' } });
    expect(await control.holds({ stage: 'ping' }, 5_000)).toHaveLength(1);
    gateway.signal('SIGSTOP');
    await control.release();
    const before = await pings();
    // The answer to its ping arrives and its deadline passes while the process is stopped.
    const suspendedMs = 4 * ANSWER_MS;
    expect(await control.isMet({ kind: 'counter', name: 'pings', atLeast: before + 2 }, suspendedMs)).toBe(
      false,
    );
    gateway.signal('SIGCONT');
    await morePings(3);
    expect(gateway.events(attempt + 1).map(({ type }) => type)).toEqual(['opened']);
    await gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });

  it('a closed attempt sends no further ping', async () => {
    const { gateway, control } = whatsapp;
    await whatsapp.link(attempt);
    await morePings(2);
    await gateway.do({ name: 'close', attempt: attempt + 1 });
    const before = await pings();
    expect(await control.isMet({ kind: 'counter', name: 'pings', atLeast: before + 1 }, 2 * ANSWER_MS)).toBe(
      false,
    );
  });

  it('a connection stays open when the wall clock is set forward by hours', async () => {
    const { gateway } = whatsapp;
    await whatsapp.link(attempt);
    const enough = (await pings()) + 8;
    await eventually(
      async () => {
        await gateway.do({ name: 'jumpClock', byMs: HOUR_MS });
        return (await pings()) >= enough;
      },
      5_000,
      () => 'the connection gets no further pings',
    );
    expect(gateway.events(attempt + 1).map(({ type }) => type)).toEqual(['opened']);
    await gateway.do({ name: 'destroy', attempt: attempt + 1 });
  });
});
