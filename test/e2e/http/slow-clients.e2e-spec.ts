import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_HTTP_LIMITS } from '../../../src/server/http-limits.js';
import { EventClient } from '../../support/clients/event-client.js';
import { eventually } from '../../support/eventually.js';
import { IdleConnections } from '../../support/processes/idle-connections.js';
import { PATIENT } from '../../support/processes/service-timings.js';
import { SlowClient } from '../../support/clients/slow-client.js';
import type { Habits } from '../../support/clients/slow-client.js';
import { WaitingClient } from '../../support/clients/waiting-client.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const LIMITS = { headersTimeoutMs: 1_500, requestTimeoutMs: 2_500, keepAliveMs: 1_000, checkMs: 100 };
const LONGEST_ANSWER_MS = 2_000;

let hasty: TestEnvironment;
let usual: TestEnvironment;
let crowd: IdleConnections | undefined;

beforeAll(async () => {
  hasty = await TestEnvironment.create({ timings: { ...PATIENT, http: LIMITS } });
  usual = await TestEnvironment.create({ timings: PATIENT }, hasty);
});
afterAll(async () => {
  await crowd?.kill();
  await usual.service.stop();
  await hasty.close();
});

const GET = 'GET /api/whatsapp/status HTTP/1.1\r\nHost: localhost\r\n';
const POST = 'POST /api/whatsapp/pair HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const SLOW: Readonly<Record<string, Habits>> = {
  'never a byte': {},
  'headers a byte at a time': { first: `${GET}X-Slow: `, drop: 'x' },
  'headers a line at a time': { first: GET, drop: 'X-Slow: x\r\n' },
  'empty lines before a request': { drop: '\r\n' },
  'a body a byte at a time': { first: `${POST}Content-Length: 9000\r\n\r\n{`, drop: ' ' },
  'a body in chunks of a byte': { first: `${POST}Transfer-Encoding: chunked\r\n\r\n`, drop: '1\r\n \r\n' },
  'never the body': { first: `${POST}Content-Length: 9\r\n\r\n` },
  'a second request a byte at a time': { first: `${GET}\r\n${GET}X-Slow: `, drop: 'x' },
};

/** Returns the number of connections of the service. */
async function connections(): Promise<number> {
  return (await hasty.service.resources())['TCPSocketWrap'] ?? 0;
}

describe('clients that send slowly or never complete a request', () => {
  it('each slow request is answered with 408 and closed, while clients that wait for an answer stay connected', async () => {
    const { url } = hasty.service;
    await hasty.simulator.control.addFault({
      stage: 'pair_device',
      action: { type: 'hold' },
    });
    await hasty.service.pair('waiting');
    const reader = await EventClient.open(url);
    const code = new WaitingClient(url, '/api/whatsapp/pair/qr?accountId=waiting&format=json&waitMs=30000');
    const before = await connections();
    const slow = Object.entries(SLOW).map(([name, habits]) => ({
      name,
      client: new SlowClient(url, habits),
    }));
    for (const { name, client } of slow) {
      const answer = await client.ended;
      expect([name, answer]).toEqual([name, expect.stringContaining('HTTP/1.1 408 Request Timeout')]);
      expect(answer).toContain('"code":"request_timeout"');
    }
    await hasty.simulator.control.release();
    expect(await code.answered).toContain('HTTP/1.1 200 OK');
    expect(reader.isGone).toBe(false);
    await eventually(
      async () => (await connections()) <= before,
      5_000,
      () => 'the connections are still open',
    );
    reader.hangUp();
  });

  it('a client cannot keep its half of the connection open after the server closed the other half', async () => {
    const { url } = hasty.service;
    const before = await connections();
    const habits: Habits[] = [
      { first: 'garbage\r\n\r\n', drop: 'x', lingers: true },
      { first: 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', drop: 'x', lingers: true },
      { first: `${GET}Connection: close\r\n\r\n`, drop: 'x', lingers: true },
    ];
    await Promise.all(habits.map((each) => new SlowClient(url, each).ended));
    expect(await connections()).toBeLessThanOrEqual(before);
  });

  it('a timeout error is not written into an answer that has begun', async () => {
    const first = 'GET /api/whatsapp/events HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const answer = await new SlowClient(hasty.service.url, { first, reply: 'garbage\r\n\r\n' }).ended;
    expect(answer.match(/HTTP\/1\.1 .*/g)).toEqual(['HTTP/1.1 200 OK']);
  });

  it('an idle connection is closed after the keep-alive time', async () => {
    const answer = await new SlowClient(hasty.service.url, { first: `${GET}\r\n` }).ended;
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain(`Keep-Alive: timeout=${Math.floor(timeLimit(LIMITS.keepAliveMs) / 1_000)}\r\n`);
  });
});

/** The number of connections: 10,000, or fewer when one process may open fewer files. */
function crowdSize(): number {
  const [, most] = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const size = Math.min(10_000, Number(most) - 500);
  if (!(size >= 2_000)) throw new Error(`this test needs to open 2,500 files; the limit is ${String(most)}`);
  return size;
}

describe('ten thousand idle connections', () => {
  it('other clients are answered quickly: the longest-idle connections are closed, and none with an answer on its way', async () => {
    const { service, simulator } = usual;
    await simulator.control.addFault({ stage: 'pair_device', action: { type: 'hold' } });
    await service.pair('waiting');
    const reader = await EventClient.open(service.url, '?accountId=waiting');
    const code = new WaitingClient(
      service.url,
      '/api/whatsapp/pair/qr?accountId=waiting&format=json&waitMs=30000',
    );
    const size = crowdSize();
    const opened = await IdleConnections.open(service.url, size);
    crowd = opened;
    for (let n = 0; n < 20; n++) {
      const begun = performance.now();
      const answer = await new WaitingClient(service.url, '/api/whatsapp/status').answered;
      expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, LONGEST_ANSWER_MS));
      expect(answer).toContain('HTTP/1.1 200 OK');
    }
    const most = DEFAULT_HTTP_LIMITS.connections;
    expect(size).toBeGreaterThan(most);
    await eventually(
      async () => (await opened.stillOpen()) <= most,
      5_000,
      () => 'too many connections are still open',
    );
    expect(await opened.stillOpen()).toBeGreaterThan(most - 100);
    await simulator.control.release();
    expect(await code.answered).toContain('HTTP/1.1 200 OK');
    expect(reader.isGone).toBe(false);
    expect(service.output.match(/More than \d+ connections/g)).toHaveLength(1);
    reader.hangUp();
  }, 60_000);
});
