import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventClient } from '../../support/clients/event-client.js';
import { EventReplica } from '../../support/clients/event-replica.js';
import { eventually } from '../../support/eventually.js';
import { SHORT_TIMINGS, SOON_ALONE } from '../../support/processes/service-timings.js';
import { TestEnvironment } from '../../support/processes/test-environment.js';
import { timeLimit, timeLimitSince } from '../../support/time/time-limit.js';

const READERS = 500;
const HEARTBEAT_MS = 300;
const LOG_BYTES = 300_000;
const SLOW_READERS = 50;
/** The heap and its buffers vary by this size without readers. */
const MEMORY_SLACK_BYTES = 12_000_000;

let setup: TestEnvironment;
const clients: EventClient[] = [];

beforeAll(async () => {
  setup = await TestEnvironment.create({
    timings: {
      ...SHORT_TIMINGS,
      ...SOON_ALONE,
      firstCodeMs: 60_000,
      sessionLimitMs: 60_000,
      events: { readers: READERS + 1, heartbeatMs: HEARTBEAT_MS, logBytes: LOG_BYTES },
    },
    environment: { WHATSAPP_MAX_PAIRING_SESSIONS: '100', LOG_LEVEL: 'info' },
    nodeArgs: ['--expose-gc'],
  });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.hangUp();
  if (setup.service.isRunning) await setup.service.breakStore({});
});
afterAll(() => setup.close());

async function follow(query = ''): Promise<EventClient> {
  const client = await EventClient.open(setup.service.url, query);
  clients.push(client);
  return client;
}

async function snapshotOf(client: EventClient): Promise<void> {
  await client.until(
    (messages) => messages.some(({ type, data }) => type === 'snapshot' && data['more'] === false),
    'a snapshot',
  );
}

async function usage(): Promise<{ bytes: number; connections: number }> {
  const { heapUsed, external, resources } = await setup.service.usage();
  return { bytes: heapUsed + external, connections: resources['TCPSocketWrap'] ?? 0 };
}

/** Starts pairings that fail immediately. Each causes the events of an error. */
async function fail(accountIds: readonly string[]): Promise<void> {
  const began = await setup.service.pairWithin(accountIds);
  expect(began).toEqual(accountIds.map(() => 'session_start_failed'));
}

describe('readers of GET /events', () => {
  it('500 readers at once all receive every event', async () => {
    await Promise.all(Array.from({ length: READERS }, () => follow()));
    await Promise.all(clients.map(snapshotOf));
    const phone = await setup.link('seen');
    await setup.simulator.control.act({ type: 'cut' }, { phone });
    await setup.service.reaches('seen', 'connected');
    await setup.service.disconnect('seen');
    const isLast = (client: EventClient): boolean => {
      const last = client.messages.at(-1);
      return last?.type === 'connection' && (last.data['account'] as { linkedAt: unknown }).linkedAt === null;
    };
    await eventually(
      () => clients.every(isLast),
      10_000,
      () => `${clients.filter((client) => !isLast(client)).length} clients have not received the last event`,
    );
    const [first] = clients;
    for (const client of clients) expect(client.messages).toEqual(first?.messages);
  });

  it('readers that do not read are dropped before they cost memory, and the others stay connected', async () => {
    const quick = await follow();
    await setup.service.breakStore({ openSocket: true });
    const flood = async (): Promise<void> => {
      const received = quick.count;
      await fail(Array.from({ length: 50 }, (_, index) => `flood-${index}`));
      await quick.until(() => quick.count > received, 'the quick reader receives an event');
    };
    // Memory for compiled code and caches.
    while (quick.count < 2_000) await flood();
    const before = await usage();
    const slow = await Promise.all(Array.from({ length: SLOW_READERS }, () => follow()));
    await Promise.all(slow.map(snapshotOf));
    for (const client of slow) client.pause();
    // The service cannot bound the buffers of the operating system. They have to be full first.
    for (let now = before; now === before || now.connections > before.connections; now = await usage()) {
      expect(now.bytes - before.bytes).toBeLessThan(MEMORY_SLACK_BYTES);
      for (let times = 0; times < 4; times++) await flood();
      if (quick.count > 40_000) throw new Error('the slow readers are still connected');
    }
    expect((await usage()).bytes - before.bytes).toBeLessThan(MEMORY_SLACK_BYTES);
    await setup.service.breakStore({});
    await setup.service.pair('still');
    await quick.until(
      (messages) => messages.some(({ data }) => data.accountId === 'still'),
      'the quick reader receives the last event',
    );
    await setup.service.stopPairing('still');
    expect(quick.isGone).toBe(false);
    const picture = new EventReplica();
    for (const message of quick.messages) picture.take(message);
    // The operating system buffers megabytes for each reader, so the test uses only some readers.
    const some = slow.slice(0, 5);
    for (const client of some) client.resume();
    await Promise.all(some.map((client) => client.isDropped(5_000)));
    for (const client of some) {
      expect(client.hasEnded).toBe(false);
      expect(client.count).toBeLessThan(quick.count);
    }
  }, 120_000);

  it('an idle reader receives a heartbeat at each interval (15 s by default, 300 ms here)', async () => {
    const client = await follow('?accountId=quiet');
    await snapshotOf(client);
    const [begun, before] = [performance.now(), client.comments];
    await eventually(
      () => client.comments >= before + 4,
      5_000,
      () => `the client has received only ${client.comments - before} heartbeats`,
    );
    expect(performance.now() - begun).toBeGreaterThan(timeLimit(3 * HEARTBEAT_MS - 50));
    expect(client.messages).toHaveLength(1);
  });

  it('readers that hang up leave no resources behind', async () => {
    const { resources: before } = await setup.service.usage();
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 50 }, () => follow()));
      for (const client of clients.splice(0)) client.hangUp();
    }
    await eventually(
      async () => {
        const { TCPSocketWrap = 0 } = await setup.service.resources();
        return TCPSocketWrap <= (before['TCPSocketWrap'] ?? 0);
      },
      5_000,
      () => 'connections are still open',
    );
    const { resources, warnings } = await setup.service.usage();
    // The heartbeat has also stopped.
    expect(resources['Timeout'] ?? 0).toBeLessThanOrEqual(before['Timeout'] ?? 0);
    expect(warnings).toEqual([]);
  });

  it('a reader above the maximum is refused with 503 until another reader disconnects', async () => {
    await Promise.all(Array.from({ length: READERS + 1 }, () => follow('?accountId=quiet')));
    const refused = await setup.service.call('GET', '/api/whatsapp/events');
    expect([refused.status, refused.headers.get('retry-after'), refused.body]).toEqual([
      503,
      '10',
      {
        ok: false,
        statusCode: 503,
        error: 'Service Unavailable',
        code: 'too_many_readers',
        message: 'Too many clients are reading events. Try again later.',
      },
    ]);
    clients.pop()?.hangUp();
    await eventually(
      () =>
        follow().then(
          () => true,
          () => false,
        ),
      5_000,
      () => 'the reader is still refused',
    );
    await setup.service.says(/too many clients read events/);
  });
});

describe('the snapshot of many accounts', () => {
  const NAMES = Array.from({ length: 250 }, (_, index) => `many-${String(index).padStart(3, '0')}`);

  it('a snapshot has at most 100 accounts in each message, and events during the snapshot follow it once', async () => {
    await setup.service.breakStore({ openSocket: true });
    for (let start = 0; start < NAMES.length; start += 50) await fail(NAMES.slice(start, start + 50));
    // Accounts change continuously while readers connect.
    const enough = new AbortController();
    const changing = (async () => {
      while (!enough.signal.aborted) {
        await Promise.all(NAMES.slice(0, 40).map((name) => setup.service.stopPairing(name)));
        await fail(NAMES.slice(0, 40));
      }
    })();
    for (let time = 0; time < 4; time++) await Promise.all(Array.from({ length: 10 }, () => follow()));
    await Promise.all(clients.map(snapshotOf));
    enough.abort();
    await changing;
    for (const client of clients) {
      await eventually(
        () => {
          const picture = new EventReplica();
          for (const message of client.messages) picture.take(message);
          return NAMES.every((name) => picture.of(name).status['status'] === 'error');
        },
        5_000,
        () => 'a reader has not received the state of every account',
      );
      const snapshots = client.messages.filter(({ type }) => type === 'snapshot');
      const pages = snapshots.map(({ data }) => (data['accounts'] as unknown[]).length);
      expect(pages.slice(0, 2)).toEqual([100, 100]);
      expect(snapshots.map(({ data }) => data['more'])).toEqual(
        snapshots.map((_, i) => i < snapshots.length - 1),
      );
      const ids = snapshots.flatMap(({ data }) =>
        (data['accounts'] as { status: { accountId: string } }[]).map(({ status }) => status.accountId),
      );
      expect(ids).toEqual([...new Set(ids)].sort());
      expect(client.messages.slice(0, snapshots.length)).toEqual(snapshots);
    }
  }, 120_000);
});

describe('500 readers during the shutdown of the service', () => {
  it('all readers receive the last event and the end of the stream, and the service exits within a second', async () => {
    await setup.link('linked');
    await Promise.all(Array.from({ length: READERS }, () => follow('?accountId=linked')));
    await Promise.all(clients.map(snapshotOf));
    const [stuck] = clients;
    stuck?.pause();
    const begun = performance.now();
    expect(await setup.service.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(timeLimitSince(begun, 1_000));
    const others = clients.slice(1);
    await Promise.all(others.map((client) => client.isDropped(2_000)));
    for (const client of others) {
      expect(client.hasEnded).toBe(true);
      expect(client.messages.slice(1).find(({ type }) => type === 'status')).toMatchObject({
        data: { status: { status: 'idle', authExists: true } },
      });
    }
  }, 60_000);
});
