import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EventStream } from '../../../src/sse/event-stream.js';
import type { EventLimits } from '../../../src/sse/event-limits.js';
import { EventClient } from '../../support/clients/event-client.js';
import { eventually } from '../../support/eventually.js';

/* The event stream alone, behind a plain `node:http` server. */

let server: Server;
let stream: EventStream;
let url: string;
let clients: EventClient[];
/** The topics of a reader with `?chosen`. All readers with `?together` share this one function. */
let isChosen: (topic: string) => boolean;
/** One function for each reader; it ends the events of that reader. */
let dismissals: (() => void)[];

async function serve(
  limits: Partial<EventLimits> = {},
  pages: (reason: string) => Iterable<string> = (reason) => [JSON.stringify({ reason })],
): Promise<void> {
  clients = [];
  isChosen = () => true;
  dismissals = [];
  stream = new EventStream(limits);
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const lastEventId = request.headers['last-event-id'] as string | undefined;
    const topics = query.has('chosen') ? (topic: string): boolean => isChosen(topic) : query.get('topic');
    const redacted = query.has('redacted');
    try {
      dismissals.push(
        stream.open(response, {
          topics: query.has('together') ? isChosen : topics,
          redacted,
          lastEventId,
          snapshot: pages,
        }),
      );
    } catch {
      response.writeHead(500).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  for (const client of clients) client.hangUp();
  stream.end();
  server.close();
  await once(server, 'close');
});

async function reader(query = '', lastEventId?: string): Promise<EventClient> {
  const client = await EventClient.open(url, query, lastEventId ? { 'last-event-id': lastEventId } : {});
  clients.push(client);
  return client;
}

async function connectionsFallTo(wanted: number, withinMs: number): Promise<void> {
  let open = -1;
  await eventually(
    async () => (open = await promisify(server.getConnections.bind(server))()) === wanted,
    withinMs,
    () => `${open} connections are left`,
  );
}

const publish = (topic: string, n: number, padding = 0): void => {
  stream.publish(topic, 'x', JSON.stringify({ n, padding: 'x'.repeat(padding) }));
};
const numbersOf = ({ events }: EventClient): unknown[] => events.map(({ data }) => data['n']);
const count =
  (times: number) =>
  (messages: readonly unknown[]): boolean =>
    messages.length >= times;

describe('EventStream', () => {
  it('a reader receives a snapshot and then every event of all topics or of one', async () => {
    await serve();
    publish('a', 1);
    const all = await reader();
    const one = await reader('?topic=a');
    publish('b', 2);
    publish('a', 3);
    await all.until(count(3), 'all');
    await one.until(count(2), 'one');
    expect(all.messages[0]).toMatchObject({ type: 'snapshot', data: { reason: 'first' } });
    expect([numbersOf(all), numbersOf(one)]).toEqual([[2, 3], [3]]);
    expect(all.retryMs).toBe(1_000);
  });

  it('only the last message of a snapshot has an id, so that no reader resumes from an incomplete snapshot', async () => {
    await serve({}, () => ['{"page":1}', '{"page":2}', '{"page":3}']);
    publish('a', 1);
    const client = await reader();
    publish('a', 2);
    await client.until(count(4), 'pages and an event');
    const ids = client.messages.map(({ id }) => id.replace(/^.*-/, ''));
    expect(ids).toEqual(['', '', '1', '2']);
  });

  it('the stream writes nothing to the response when the snapshot fails', async () => {
    await serve({ readers: 1 }, () => {
      throw new Error('no snapshot');
    });
    await expect(reader()).rejects.toThrow('status 500');
    expect(stream.isFull).toBe(false);
  });

  it('events that are published during a snapshot follow the snapshot, each exactly once', async () => {
    const page = JSON.stringify({ padding: 'x'.repeat(100_000) });
    await serve({}, () => Array.from({ length: 200 }, () => page));
    const client = await reader();
    client.pause();
    for (let n = 1; n <= 50; n++) publish('a', n);
    client.resume();
    await client.until(count(250), 'snapshot and events');
    expect(client.messages.slice(0, 200).every(({ type }) => type === 'snapshot')).toBe(true);
    expect(numbersOf(client)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('a reader receives only events of its topics, and only this reader is dropped when its topic filter fails', async () => {
    await serve();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    isChosen = (topic) => {
      if (topic === 'fault') throw new Error('the topic is broken');
      return topic !== 'b';
    };
    const all = await reader();
    const chosen = await reader('?chosen');
    for (const [index, topic] of ['a', 'b', 'c'].entries()) publish(topic, index + 1);
    await chosen.until(count(3), 'the chosen events');
    expect(numbersOf(chosen)).toEqual([1, 3]);
    publish('fault', 4);
    await chosen.isDropped(2_000);
    publish('a', 5);
    await all.until(count(6), 'all');
    expect([numbersOf(all), numbersOf(chosen)]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 3],
    ]);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('the topic is broken')]]);
    warn.mockRestore();
  });

  it('a topic filter that readers share is called once for an event, and every other filter once', async () => {
    await serve();
    let asked = 0;
    isChosen = () => {
      asked += 1;
      return true;
    };
    const together = await Promise.all(Array.from({ length: 20 }, () => reader('?together')));
    for (let n = 1; n <= 5; n++) publish('a', n);
    await Promise.all(together.map((client) => client.until(count(6), 'all')));
    expect([asked, ...together.map((client) => numbersOf(client).length)]).toEqual(
      Array.from({ length: 21 }, () => 5),
    );
    await reader('?chosen');
    publish('a', 6);
    await Promise.all(together.map((client) => client.until(count(7), 'one more')));
    expect(asked).toBe(7);
  });

  it('every redacted reader receives the redacted form of an event, with any topics', async () => {
    await serve();
    const readers = await Promise.all(
      ['', '', '?redacted', '?redacted', '?redacted&topic=a', '?redacted&chosen'].map((query) =>
        reader(query),
      ),
    );
    stream.publish('a', 'x', '{"n":"secret"}', '{"n":null}');
    stream.publish('a', 'x', '{"n":"plain"}');
    await Promise.all(readers.map((client) => client.until(count(3), 'both')));
    expect(readers.map(numbersOf)).toEqual([
      ['secret', 'plain'],
      ['secret', 'plain'],
      ...Array.from({ length: 4 }, () => [null, 'plain']),
    ]);
  });

  it('a dismissed reader receives the end of the stream, and is cut when it does not read the end', async () => {
    await serve({ logBytes: 100_000_000 });
    const [quick, stuck] = await Promise.all([reader(), reader()]);
    stuck.pause();
    for (let n = 1; n <= 200; n++) publish('a', n, 50_000);
    await quick.until(count(201), 'events');
    for (const dismiss of dismissals) dismiss();
    publish('a', 201);
    await quick.isDropped(1_000);
    expect([quick.hasEnded, numbersOf(quick).at(-1)]).toEqual([true, 200]);
    // A reader that does not read is disconnected, and its place is free.
    await connectionsFallTo(0, 2_000);
    expect(stream.isFull).toBe(false);
  });

  it('a reader that reconnects receives the events after its last id', async () => {
    await serve();
    const first = await reader();
    for (let n = 1; n <= 3; n++) publish(n === 2 ? 'b' : 'a', n);
    await first.until(count(4), 'events');
    first.hangUp();
    const [, { id: lastId } = { id: '' }] = first.messages;
    publish('a', 4);
    const second = await reader('', lastId);
    const ofOne = await reader('?topic=a', lastId);
    publish('a', 5);
    await second.until(count(4), 'missed events');
    await ofOne.until(count(3), 'missed events of one');
    expect([numbersOf(second), numbersOf(ofOne)]).toEqual([
      [2, 3, 4, 5],
      [3, 4, 5],
    ]);
  });

  it('only a reader that does not read is dropped, once the log no longer has its next event', async () => {
    await serve({ logBytes: 1_000_000 });
    const slow = await reader();
    const quick = await reader();
    await slow.until(count(1), 'snapshot');
    slow.pause();
    for (let n = 1; n <= 400; n++) {
      publish('a', n, 50_000);
      if (n % 10 === 0) await quick.until(count(n + 1), 'the quick reader keeps up');
    }
    slow.resume();
    await slow.isDropped(5_000);
    const received = numbersOf(slow);
    expect(received).toEqual(Array.from({ length: received.length }, (_, index) => index + 1));
    expect(received.length).toBeLessThan(400);
    expect([slow.hasEnded, quick.isGone, stream.isFull]).toEqual([false, false, false]);
  });

  it('a reader that reads nothing during several heartbeats is dropped when data waits for it', async () => {
    await serve({ heartbeatMs: 50, logBytes: 100_000_000 });
    const stuck = await reader();
    const idle = await reader('?topic=b');
    await stuck.until(count(1), 'snapshot');
    stuck.pause();
    for (let n = 1; n <= 400; n++) publish('a', n, 50_000);
    await connectionsFallTo(1, 5_000);
    expect(idle.isGone).toBe(false);
  });

  it('heartbeats are comments and never events', async () => {
    await serve({ heartbeatMs: 30 });
    const client = await reader();
    await eventually(
      () => client.comments >= 3,
      5_000,
      () => `${client.comments} heartbeats`,
    );
    expect(client.messages).toHaveLength(1);
  });

  it('the stream is full at its maximum of readers, until one disconnects', async () => {
    await serve({ readers: 2 });
    const one = await reader();
    expect(stream.isFull).toBe(false);
    await reader();
    expect(stream.isFull).toBe(true);
    one.hangUp();
    await eventually(
      () => !stream.isFull,
      2_000,
      () => 'the place is not free',
    );
  });

  it('the end of the stream follows the last event of every reader, and cuts readers that do not read it', async () => {
    await serve({ logBytes: 100_000_000 });
    const quick = await reader();
    const stuck = await reader();
    await stuck.until(count(1), 'snapshot');
    stuck.pause();
    for (let n = 1; n <= 200; n++) publish('a', n, 50_000);
    await quick.until(count(201), 'events');
    publish('a', 201);
    stream.end();
    await quick.isDropped(1_000);
    expect([quick.hasEnded, numbersOf(quick).at(-1)]).toEqual([true, 201]);
    await connectionsFallTo(0, 1_000);
  });
});
