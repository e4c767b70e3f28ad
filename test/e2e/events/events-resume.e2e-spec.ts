import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventClient } from '../../support/clients/event-client.js';
import { EventReplica } from '../../support/clients/event-replica.js';
import { EventSource } from '../../support/clients/event-source.js';
import { eventually } from '../../support/eventually.js';
import { SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

const LOG_EVENTS = 40;

let setup: TestEnvironment;
const clients: EventClient[] = [];

beforeAll(async () => {
  setup = await TestEnvironment.create({
    timings: {
      ...SHORT_TIMINGS,
      firstCodeMs: 60_000,
      sessionLimitMs: 60_000,
      events: { logEvents: LOG_EVENTS, retryMs: 50 },
    },
  });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.hangUp();
});
afterAll(() => setup.close());

async function follow(query = '', lastEventId?: string): Promise<EventClient> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const client = await EventClient.open(setup.service.url, query, headers);
  clients.push(client);
  return client;
}

/** Causes three events of an account: a pairing starts, shows a code, and is stopped. */
async function causeEvents(accountId: string, times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await setup.service.pair(accountId);
    await setup.service.qr(accountId);
    await setup.service.stopPairing(accountId);
  }
}

/**
 * Causes events of an account and waits until a reader that never disconnected has them all.
 * @returns the ids of all events of that reader
 */
async function witnessed(witness: EventClient, accountId: string): Promise<string[]> {
  await causeEvents(accountId);
  await witness.until(
    (messages) => messages.at(-1)?.data.accountId === accountId,
    `an event of ${accountId}`,
  );
  // The last event of the account says that it is idle.
  await witness.until(
    (messages) => JSON.stringify(messages.at(-1)?.data).includes('"status":"idle"'),
    'it is idle again',
  );
  return witness.events.map(({ id }) => id);
}

describe('a reader that reconnects with Last-Event-ID', () => {
  it('the reader receives the events that it missed, each exactly once', async () => {
    const witness = await follow();
    const reader = await follow();
    await causeEvents('before');
    await reader.until((messages) => messages.length >= 4, 'events');
    reader.hangUp();
    const had = reader.messages.length - 1;
    await causeEvents('meanwhile');
    const back = await follow('', reader.lastEventId);
    const ids = await witnessed(witness, 'after');
    await back.until((messages) => messages.at(-1)?.id === ids.at(-1), 'the last one');
    expect([...reader.events.slice(0, had), ...back.messages].map(({ id }) => id)).toEqual(ids);
  });

  it('the reader of one account receives only the missed events of that account', async () => {
    const reader = await follow('?accountId=mine');
    await reader.until((messages) => messages.length === 1, 'a snapshot');
    reader.hangUp();
    await causeEvents('others');
    await causeEvents('mine');
    const back = await follow('?accountId=mine', reader.lastEventId);
    await back.until((messages) => messages.length >= 3, 'what it has missed');
    expect(back.messages.slice(0, 3).map(({ type, data }) => [type, data.accountId, data.sequence])).toEqual([
      ['status', 'mine', 1],
      ['qr', 'mine', 2],
      ['status', 'mine', 3],
    ]);
  });

  it('the reader receives a new snapshot with the reason log_exceeded when the log no longer has all missed events', async () => {
    const reader = await follow();
    await reader.until((messages) => messages.length === 1, 'a snapshot');
    reader.hangUp();
    await causeEvents('busy', Math.ceil(LOG_EVENTS / 3) + 1);
    await setup.service.pair('now');
    await setup.service.qr('now');
    const back = await follow('', reader.lastEventId);
    await back.until((messages) => messages.length === 1, 'a snapshot');
    const [{ type, data } = { type: '', data: {} }] = back.messages;
    expect([type, data]).toMatchObject([
      'snapshot',
      { resumed: false, reason: 'log_exceeded', accounts: [{ status: { accountId: 'now' } }], more: false },
    ]);
    await setup.service.stopPairing('now');
    await back.until((messages) => messages.length === 2, 'an event');
    expect(back.events[0]).toMatchObject({ type: 'status', data: { accountId: 'now' } });
  });

  it.each([['x'], ['123456789012-1'], [''], ['-'], ['é'], ['1, 2']])(
    'the reader receives a new snapshot when its id was not sent by this service (%s)',
    async (id) => {
      const reader = await follow('?accountId=mine', encodeURI(id));
      await reader.until((messages) => messages.length === 1, 'a snapshot');
      const expected = id === '123456789012-1' ? 'restarted' : 'first';
      expect(reader.messages[0]).toMatchObject({ type: 'snapshot', data: { reason: expected } });
    },
  );

  it('an EventSource reconnects automatically without a gap, after broken connections and a restart of the service', async () => {
    const source = new EventSource(() => setup.service.url);
    const same = async (): Promise<void> => {
      const listed = (await setup.service.accounts()).accounts.map(({ accountId }) => accountId);
      await eventually(
        () => {
          const replica = new EventReplica();
          for (const message of source.messages) replica.take(message);
          return replica.known.join() === listed.join();
        },
        10_000,
        () => `the EventSource has not received the accounts ${listed.join()}`,
      );
    };
    await eventually(
      () => source.messages.length > 0,
      5_000,
      () => 'the EventSource is not connected',
    );
    for (let cut = 1; cut <= 5; cut++) {
      const connections = source.connections;
      source.cut();
      await setup.service.pair(`cut-${cut}`);
      await eventually(
        () => source.connections > connections,
        5_000,
        () => 'the EventSource has not reconnected',
      );
      await same();
    }
    expect(source.messages.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    await setup.restart();
    await setup.service.pair('anew');
    await source.until(
      (messages) => messages.at(-1)?.data.accountId === 'anew',
      'an event after the restart',
    );
    await same();
    const snapshots = source.messages.filter(({ type }) => type === 'snapshot');
    expect(snapshots.map(({ data }) => data['reason'])).toEqual(['first', 'restarted']);
    await source.close();
  });
});
