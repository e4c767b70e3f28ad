import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { PATIENT, SHORT_TIMINGS } from '../support/service-process.js';
import type { Usage } from '../support/service.program.js';
import { World } from '../support/world.js';

const PAIR_STOP_CYCLES = 300;
const LINK_CYCLES = 100;
const DROPS = 20;
const DROPPING = 10;
const AT_ONCE = 5;

/** Baileys leaves timers of 30 s (after an upload of pre-keys) and 60 s (for a query that was pending) behind. */
const BAILEYS_TIMERS_MS = 75_000;

/** What V8 may keep of its own accord: compiled code, inline caches, and keys in stock. 10 KiB per cycle; one leaked session is about 100 KiB. */
const HEAP_SLACK_BYTES = 4 * 1024 * 1024;

let world: World;
/** The parts of every code that was shown: reference, keys and secret. */
const secrets = new Set<string>();

beforeAll(async () => {
  world = await World.create({ nodeArgs: ['--expose-gc'], timings: { ...SHORT_TIMINGS, ...PATIENT } });
});
afterAll(() => world.close());

async function pairAndStop(accountId: string): Promise<void> {
  await world.service.pair(accountId);
  const { value } = await world.service.qr(accountId);
  // The last part names the platform.
  for (const part of value.split('#').at(-1)?.split(',').slice(0, -1) ?? []) secrets.add(part);
  await world.service.stopPairing(accountId);
}

async function linkAndDisconnect(accountId: string): Promise<void> {
  await world.link(accountId);
  const { status } = await world.service.disconnect(accountId);
  expect(status).toBe(200);
}

/** Accounts that drop and come back, over and over, and leave in the end. */
async function dropAndComeBack(name: string, times: number): Promise<void> {
  const accountIds = Array.from({ length: DROPPING }, (_, at) => `${name}-${at}`);
  const phones = Object.entries(await world.linkAll(accountIds));
  for (let drop = 1; drop <= times; drop += 1) {
    await world.simulator.control.act({ type: 'cut' }, { kind: 'login' });
    await Promise.all(phones.map(([accountId, phone]) => world.isBack(accountId, phone, 1 + drop)));
  }
  for (const accountId of accountIds) expect((await world.service.disconnect(accountId)).status).toBe(200);
}

/** Every cycle has an account name of its own: what is kept per account would show as well. */
async function repeat(
  times: number,
  name: string,
  cycle: (accountId: string) => Promise<void>,
): Promise<void> {
  for (let done = 0; done < times; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => cycle(`${name}-${done + at}`)));
  }
}

const counted = ({ resources }: Usage): Record<string, number> => ({
  sockets: resources['TCPSocketWrap'] ?? 0,
  timers: resources['Timeout'] ?? 0,
  ports: resources['MessagePort'] ?? 0,
});

describe('sessions that come and go', () => {
  it('leave no socket, timer or listener behind, and a heap that does not grow', async () => {
    await repeat(20, 'warm-stop', pairAndStop);
    await repeat(20, 'warm-link', linkAndDisconnect);
    await dropAndComeBack('warm-drop', 2);
    const before = await settled();

    await repeat(PAIR_STOP_CYCLES, 'stop', pairAndStop);
    await repeat(LINK_CYCLES, 'link', linkAndDisconnect);
    await dropAndComeBack('drop', DROPS);
    const after = await settled();

    expect(counted(after)).toEqual(counted(before));
    expect(after.processListeners).toBe(before.processListeners);
    expect(after.warnings).toEqual([]);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(HEAP_SLACK_BYTES);
    expect(await world.simulator.control.waitFor({ kind: 'sockets', open: 0 }, 5_000)).toBe(true);
    const { counters, devices } = await world.simulator.control.state();
    expect([counters.takeovers, devices]).toEqual([0, []]);
    const { output } = world.service;
    expect(output).not.toMatch(/unhandled|uncaught/i);
    expect(secrets.size).toBeGreaterThan(4 * PAIR_STOP_CYCLES);
    expect([...secrets].filter((secret) => output.includes(secret))).toEqual([]);
    console.log(
      `${PAIR_STOP_CYCLES} pair/stop and ${LINK_CYCLES} pair/scan/disconnect cycles, ${DROPS * DROPPING} drops: heap ${mib(before)} → ${mib(after)} MiB`,
    );
  }, 240_000);
});

const mib = ({ heapUsed }: Usage): string => (heapUsed / 1024 / 1024).toFixed(1);

/** Once Baileys' own timers have run out, and the connections of this test have been let go. */
async function settled(): Promise<Usage> {
  let usage = await world.service.usage();
  await eventually(
    async () => {
      usage = await world.service.usage();
      const { sockets, timers } = counted(usage);
      return sockets === 0 && timers === 0;
    },
    BAILEYS_TIMERS_MS,
    () => `still there: ${JSON.stringify(usage.resources)}`,
  );
  return usage;
}
