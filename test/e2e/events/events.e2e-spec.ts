import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operationsOf, SchemaCheck, type ApiDocument } from '../../support/openapi/api-document.js';
import { messageAsDocumented } from '../../support/openapi/documented-value.js';
import { EventClient, type ReceivedEvent } from '../../support/clients/event-client.js';
import { answersOf, EventReplica } from '../../support/clients/event-replica.js';
import { listener } from '../../support/clients/event-sentences.js';
import { bytesOf, sendRaw } from '../../support/clients/raw-http.js';
import { PATIENT, SHORT_TIMINGS } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';

let setup: TestEnvironment;
const clients: EventClient[] = [];

beforeAll(async () => {
  const timings = { ...SHORT_TIMINGS, ...PATIENT };
  setup = await TestEnvironment.create({ timings });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.hangUp();
  await setup.simulator.control.removeFault();
});
afterAll(() => setup.close());

async function follow(accountId?: string): Promise<EventClient> {
  const query = accountId === undefined ? '' : `?accountId=${accountId}`;
  const client = await EventClient.open(setup.service.url, query);
  clients.push(client);
  await client.until((messages) => messages.length > 0, 'a snapshot');
  return client;
}

/** Expects that the events of a client lead to the same state as the answers of the routes. */
async function expectSame(client: EventClient, accountId: string): Promise<void> {
  const replica = new EventReplica();
  for (const message of client.messages) replica.take(message);
  expect(replica.of(accountId)).toEqual(await answersOf(setup.service, accountId));
}

describe('the event stream of an account', () => {
  it('the stream begins with a snapshot, also of an account that is unknown', async () => {
    const { response, messages } = await follow('unknown');
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    expect(response.headers).not.toHaveProperty('etag');
    expect(response.headers).not.toHaveProperty('content-encoding');
    const { pairing, ...rest } = await answersOf(setup.service, 'unknown');
    expect(messages).toEqual([
      {
        type: 'snapshot',
        id: expect.stringMatching(/^[0-9a-f]{12}-\d+$/) as unknown,
        data: { resumed: false, reason: 'first', accounts: [{ sequence: 0, pairing, ...rest }], more: false },
      },
    ]);
  });

  it('the events follow the life of the account: codes, link, connection, drop, reconnect and unlink', async () => {
    const phone = setup.newPhone();
    const client = await follow('life');
    const heard = listener(client);
    await setup.service.pair('life');
    expect(await heard('qr 1')).toEqual(['status pending', 'qr 1']);
    // WhatsApp retires the code on the screen, and the service shows the next one.
    await setup.simulator.control.act({ type: 'retire' }, { kind: 'registration' });
    expect(await heard('qr 2')).toEqual(['qr 2']);
    await expectSame(client, 'life');
    const { value: qr } = await setup.service.qr('life');
    expect(await setup.simulator.control.scan({ phone, qr })).toMatchObject({ paired: true });
    expect(await heard('connection linked, connected')).toEqual([
      // The phone has scanned the code, so the screen shows none.
      'status pending',
      'status pending, linked',
      'connection linked',
      'status connected, linked',
      'connection linked',
      'connection linked, connected',
    ]);
    await expectSame(client, 'life');
    const { servicePhone } = await setup.service.status('life');
    expect(servicePhone).toBe(phone);

    await setup.simulator.control.act({ type: 'cut' }, { phone });
    const open = ['status connected, linked', 'connection linked, connected', 'connection linked, connected'];
    const lost = ['status idle, linked', 'connection linked, connected, connection_lost'];
    expect([...(await heard(lost[1] as string)), ...(await heard(open[0] as string))]).toEqual([
      ...lost,
      open[0],
    ]);
    await heard('connection linked, connected');
    await expectSame(client, 'life');

    await setup.simulator.control.removeDevices(phone);
    expect((await heard('status error')).slice(-4)).toEqual([
      'error unlinked_by_phone',
      'status error, linked',
      'connection linked, connected, unlinked_by_phone',
      'status error',
    ]);
    await expectSame(client, 'life');

    await setup.service.disconnect('life');
    expect(await heard('connection ')).toEqual(['status idle', 'connection ']);
    await expectSame(client, 'life');
  });

  it('an event has the phone code of a pairing', async () => {
    const phone = setup.newPhone();
    const client = await follow('by-code');
    const heard = listener(client);
    await setup.service.pair('by-code', { phoneNumber: phone });
    expect(await heard('code 1')).toEqual(['status pending', 'code 1']);
    await expectSame(client, 'by-code');
    const { pairing } = client.events.at(-1)?.data as unknown as { pairing: { pairingCode: string } };
    const typed = { phone, code: pairing.pairingCode };
    expect(await setup.simulator.control.typeCode(typed)).toMatchObject({ paired: true });
    await heard('connection linked, connected');
    await expectSame(client, 'by-code');
    await setup.service.disconnect('by-code');
  });

  it('an event gives the reason of a failed pairing once, and another event clears it', async () => {
    const fault = { stage: 'client_finish', when: 'after', action: { type: 'fail', code: 406 } } as const;
    await setup.simulator.control.addFault(fault);
    const client = await follow('failing');
    const heard = listener(client);
    await setup.service.pair('failing');
    const failed = ['error account_banned', 'status error', 'connection account_banned'];
    expect(await heard('connection account_banned')).toEqual(['status pending', ...failed]);
    await expectSame(client, 'failing');
    await setup.service.stopPairing('failing');
    expect(await heard('connection ')).toEqual(['status idle', 'connection ']);
    await setup.service.stopPairing('failing');
    await setup.service.disconnect('failing');
    await setup.service.pair('failing');
    expect(await heard('status pending')).toEqual(['status pending']);
    await setup.service.stopPairing('failing');
  });

  it('an event reports a logout that WhatsApp did not confirm, and another event clears it', async () => {
    await setup.link('silent');
    const client = await follow('silent');
    const heard = listener(client);
    await setup.simulator.control.addFault({ stage: 'logout', action: { type: 'silent' } });
    await setup.service.disconnect('silent');
    expect(await heard('error logout_unconfirmed')).toEqual([
      'status idle, linked',
      'connection linked, connected',
      'error logout_unconfirmed',
    ]);
    expect(await heard('connection logout_unconfirmed')).toEqual([
      'status idle',
      'connection logout_unconfirmed',
    ]);
    await expectSame(client, 'silent');
    await setup.service.stopPairing('silent');
    // Only the error is cleared: the event `status` has unchanged fields of the status, and the new pairing.
    expect(await heard('connection ')).toEqual(['status idle', 'connection ']);
    await expectSame(client, 'silent');
  });

  it('a reader of one account receives no events of others, and a reader of all accounts receives the same order', async () => {
    const [all, one] = [await follow(), await follow('one')];
    for (const accountId of ['one', 'two', 'one']) {
      await setup.service.pair(accountId);
      await setup.service.stopPairing(accountId);
    }
    await setup.service.pair('last');
    await setup.service.stopPairing('last');
    const ofOne = ({ events }: EventClient): readonly ReceivedEvent[] =>
      events.filter(({ data }) => data.accountId === 'one');
    await all.until((messages) => messages.some(({ data }) => data.accountId === 'last'), 'the last one');
    expect(one.events.length).toBeGreaterThanOrEqual(4);
    expect(one.events.map(({ data }) => data.accountId)).toEqual(one.events.map(() => 'one'));
    expect(ofOne(all)).toEqual(one.events);
    const sequences = one.events.map(({ data }) => data.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    const numbers = all.events.map(({ id }) => Number(id.split('-')[1]));
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    const times = all.events.map(({ data }) => data.at);
    expect(times).toEqual([...times].sort());
  });

  it('the sequence continues for an account that was forgotten meanwhile', async () => {
    await setup.service.pair('again');
    await setup.service.stopPairing('again');
    const client = await follow('again');
    const [{ data } = { data: {} }] = client.messages;
    const { accounts } = data as unknown as { accounts: { sequence: number }[] };
    expect(accounts[0]?.sequence).toBeGreaterThanOrEqual(2);
    await setup.service.pair('again');
    await client.until((messages) => messages.length > 1, 'an event');
    expect(client.events[0]?.data.sequence).toBe((accounts[0]?.sequence ?? 0) + 1);
    await setup.service.stopPairing('again');
  });
});

describe('the request GET /events', () => {
  const ask = async (
    target: string,
    headers: readonly (readonly [string, string])[] = [],
    method = 'GET',
    body = '',
  ): Promise<{ status: number; body: string; headers: ReadonlyMap<string, string> }> => {
    const all = [['Host', 'localhost'], ['Connection', 'close'], ...headers] as const;
    const [answer] = await sendRaw(setup.service.url, bytesOf({ method, target, headers: all, body }));
    if (!answer) throw new Error('the service sent no answer');
    return answer;
  };

  it.each([
    ['accountId='],
    ['accountId=a%20b'],
    [`accountId=${'x'.repeat(65)}`],
    ['accountId=a&accountId=b'],
    ['accountId=null%00'],
    ['acountId=sales'],
    ['__proto__=x'],
    ['lastEventId=1'],
  ])('the request is refused with the query ?%s', async (query) => {
    const { status, body } = await ask(`/api/whatsapp/events?${query}`);
    expect([status, JSON.parse(body)]).toMatchObject([400, { ok: false, code: 'invalid_request' }]);
  });

  it('the request is refused with a body, and from a page of another site', async () => {
    const bodied = await ask('/api/whatsapp/events', [['Content-Length', '2']], 'GET', '{}');
    expect([bodied.status, JSON.parse(bodied.body)]).toMatchObject([400, { code: 'invalid_request' }]);
    for (const header of [
      ['Origin', 'https://evil.example'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-site'],
    ] as const) {
      const { status, body } = await ask('/api/whatsapp/events', [header]);
      expect([status, JSON.parse(body)]).toMatchObject([403, { code: 'cross_site' }]);
    }
  });

  it('a HEAD request receives only the headers', async () => {
    const { status, headers, body } = await ask('/api/whatsapp/events', [], 'HEAD');
    expect([status, headers.get('content-type'), body]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
  });

  it('the answer has no content encoding, even when the client accepts some', async () => {
    const client = await EventClient.open(setup.service.url, '', {
      'accept-encoding': 'gzip, br',
      accept: 'text/event-stream',
      'sec-fetch-site': 'same-origin',
    });
    clients.push(client);
    await client.until((messages) => messages.length === 1, 'a snapshot');
    expect(client.response.headers['content-encoding']).toBeUndefined();
  });
});

describe('the events in the OpenAPI document', () => {
  it('every event of the stream matches its documented schema', async () => {
    const document: ApiDocument = (await setup.service.call('GET', '/docs-json')).body;
    const operation = operationsOf(document).find(({ operationId }) => operationId === 'events');
    const schema = operation?.responses['200']?.content?.['text/event-stream']?.schema;
    expect(operation?.parameters.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
      'query accountId',
      'header Last-Event-ID',
    ]);
    const check = new SchemaCheck(document);
    const client = await EventClient.open(setup.service.url);
    await setup.link('documented');
    await setup.service.disconnect('documented');
    await setup.service.pair('documented', { phoneNumber: setup.newPhone() });
    await setup.service.breakStore({ openSocket: true });
    await setup.service.pair('documented');
    const types = ['code', 'connection', 'error', 'qr', 'snapshot', 'status'];
    await client.until(
      (messages) => types.every((type) => messages.some((message) => message.type === type)),
      'one of each',
    );
    for (const message of client.messages)
      expect([message, check.faults(schema ?? {}, messageAsDocumented(message))]).toEqual([message, []]);
    expect([...new Set(client.messages.map(({ type }) => type))].sort()).toEqual(types);
    // The check finds a message that differs from the schema.
    const [snapshot] = client.messages;
    const wrong = { ...snapshot, id: '', data: { ...snapshot?.data, more: 'yes' } };
    expect(check.faults(schema ?? {}, messageAsDocumented({ ...wrong, type: 'snapshot' }))).not.toEqual([]);
    client.hangUp();
  });
});
