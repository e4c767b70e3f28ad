import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EventStream } from '../../src/events/event-stream.js';
import { eventually } from '../support/eventually.js';

/** Two pieces of 16 KiB, and what HTTP puts around them. */
const MOST_WAITING = 33 * 1_024;

let server: Server;
let client: Socket;
let stream: EventStream;
let response: ServerResponse;

beforeEach(async () => {
  stream = new EventStream({ logEvents: 100_000, logBytes: 100_000_000 });
  // As it is in Node from version 22 on, whichever this is.
  server = createServer({ highWaterMark: 64 * 1_024 }, (_request, answer) => {
    response = answer;
    stream.open(answer, {
      topics: () => true,
      redacted: false,
      lastEventId: undefined,
      snapshot: () => ['{}'],
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(client, 'readable');
});

afterEach(async () => {
  client.destroy();
  stream.end();
  server.close();
  await once(server, 'close');
});

it.each([500, 5_000, 50_000])(
  'lets 16 to 32 KiB wait for a reader that does not read events of %i bytes, and gives it all when it does',
  async (bytes) => {
    const published = Math.ceil(20_000_000 / bytes);
    let most = 0;
    for (let n = 0; n < published; n += 1) {
      stream.publish('a', 'x', JSON.stringify({ n, padding: 'x'.repeat(bytes) }));
      if (n % 50 > 0) continue;
      await new Promise(setImmediate);
      most = Math.max(most, response.writableLength);
    }
    expect(most).toBeGreaterThanOrEqual(16 * 1_024);
    expect(most).toBeLessThanOrEqual(MOST_WAITING);

    let text = '';
    client
      .setEncoding('latin1')
      .on('data', (chunk: string) => (text = (text + chunk).slice(-2 * bytes - 2_000)));
    await eventually(
      () => text.includes(`{"n":${published - 1},`),
      20_000,
      () => `the last it has is ${text.slice(0, 200)}`,
    );
  },
);
