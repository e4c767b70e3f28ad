import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { EventStream } from '../../../src/sse/event-stream.js';
import { ConnectionTracker } from '../../../src/server/connection-tracker.js';
import { eventually } from '../../support/eventually.js';

/** Two pieces of 16 KiB with their HTTP framing. */
const MOST_WAITING = 33 * 1_024;

let server: Server;
let client: Socket;
let stream: EventStream;
let traffic: ConnectionTracker;
let response: ServerResponse;

beforeEach(async () => {
  stream = new EventStream({ logEvents: 100_000, logBytes: 100_000_000 });
  traffic = new ConnectionTracker();
  // The default of Node 22 and later, so that the bound also holds there.
  server = createServer({ highWaterMark: 64 * 1_024 }, (request, answer) => {
    response = answer;
    traffic.track(request as Request, answer as Response, () => {
      stream.open(answer, {
        topics: () => true,
        redacted: false,
        lastEventId: undefined,
        snapshot: () => ['{}'],
      });
    });
  });
  traffic.watch(server, 1);
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

/** Whether the slow reader keeps the only connection that is allowed, and the other client loses it. */
async function staysDespite(other: Socket): Promise<boolean> {
  await Promise.race([once(other, 'close'), once(response, 'close')]);
  return !response.destroyed;
}

describe('a slow reader of an EventStream', () => {
  it.each([500, 5_000, 50_000])(
    'at most 16 to 32 KiB wait for a reader that does not read events of %i bytes, and it receives everything later',
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
        () => `the client received only ${text.slice(0, 200)}`,
      );
    },
  );

  it('another client takes the connection of a reader only while the reader does not read and all connections are in use', async () => {
    Logger.overrideLogger(false);
    const port = (server.address() as AddressInfo).port;
    client.resume();
    expect(await staysDespite(connect(port, '127.0.0.1'))).toBe(true);

    client.pause();
    for (let n = 0; n < 400; n += 1) {
      stream.publish('a', 'x', JSON.stringify({ n, padding: 'x'.repeat(50_000) }));
      await new Promise(setImmediate);
    }
    const other = connect(port, '127.0.0.1');
    expect(await staysDespite(other)).toBe(false);
    expect(other.destroyed).toBe(false);
    other.destroy();
  });
});
