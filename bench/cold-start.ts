import { configFrom } from '../src/config/load-config.js';
import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { accountCount, linkAccounts, type LinkedAccounts } from './setup/linked-accounts.js';
import { exportMultiFile } from './setup/multi-file-export.js';
import { measureStart, type Start } from './setup/program-start.js';
import { monotonicMs, syncDisk } from './support/clock.js';
import { NODE_MAJOR } from './support/node-major.js';
import { runOpenLoopLoad } from './support/open-loop-load.js';
import { compare, type Row } from './support/result-row.js';
import { rounded } from './support/statistics.js';

const ACCOUNTS = 500;
const ROUNDS = 3;
const REQUESTS_PER_SECOND = 200;
const MAX_START_MS = 240_000;
/** The service's default number of simultaneous logins. */
const AT_ONCE = configFrom({}).WHATSAPP_SIMULTANEOUS_LOGINS;
const OLD_NODE = NODE_MAJOR < 24;

/**
 * The start of a program with many accounts: from the start of its process to the open connection of its last account.
 * Ours is the service, which reconnects all linked accounts automatically, with its own pauses and limits. The other
 * side logs in from folders of `useMultiFileAuthState`, with the same number of logins at a time, and does nothing
 * else.
 *
 * Both sides log in the same devices, one side after the other, in turn. The service linked them. The folders are
 * written from its store, with only the newest pre-key: a login reads no other. Each round checks that there was one
 * login per device and no upload of keys.
 *
 * Processor time is that of the whole process, threads included, from its start to the last connection. Memory is the
 * resident memory 25 s later, with all accounts connected, after garbage collection, minus the memory of the same
 * program without accounts.
 */
export const coldStart: Question = {
  name: 'cold-start',
  async measure(environment) {
    const count = accountCount(ACCOUNTS);
    const idle = { ours: await environment.service(), other: await environment.bareBaileys() };
    const linking = performance.now();
    const linked = await linkAccounts(environment, count);
    const linkedAfterS = (performance.now() - linking) / 1_000;
    const empty = { ours: await idle.ours.residentBytes(), other: await idle.other.residentBytes() };
    await Promise.all([idle.ours.stop(), idle.other.stop()]);

    const startOurs = (): Promise<Start> =>
      measureStart(environment, linked, async () => {
        const side = await environment.serviceOn(linked.folder);
        return { side, connectedAt: await side.allConnectedAt(linked.names, MAX_START_MS) };
      });
    const startOther = async (): Promise<Start> => {
      // A new folder each time: a file that was written while the process ended can be incomplete.
      const folder = environment.folder();
      await exportMultiFile(linked, folder);
      return measureStart(environment, linked, async () => {
        const side = await environment.bareBaileys(folder);
        return { side, connectedAt: await side.logInAll(linked.names, AT_ONCE, MAX_START_MS) };
      });
    };
    const ours: Start[] = [];
    const other: Start[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) other.push(await startOther());
      ours.push(await startOurs());
      if (round % 2 === 1) other.push(await startOther());
    }
    return {
      rows: rowsOf(count, { ours, other }, empty),
      notes: [
        await measureUnderLoad(environment, linked),
        `${count} accounts were linked in ${rounded(linkedAfterS)} s. Both sides run at most ${AT_ONCE} logins at a time.`,
      ],
    };
  },
};

interface Both<T> {
  readonly ours: T;
  readonly other: T;
}

function rowsOf(count: number, { ours, other }: Both<readonly Start[]>, empty: Both<number>): Row[] {
  const row = (
    what: string,
    unit: string,
    limit: number | null,
    of: (start: Start, empty: number) => number,
  ) =>
    compare(
      what,
      ours.map((start) => of(start, empty.ours)),
      other.map((start) => of(start, empty.other)),
      unit,
      limit === null ? null : { atMost: limit },
    );
  const perAccount = (start: Start, emptyBytes: number): number =>
    (start.residentBytes - emptyBytes) / 1_024 / count;
  return [
    row(`cold start → ${count} accounts live`, 's', OLD_NODE ? 0.3 : 0.6, ({ wallMs }) => wallMs / 1_000),
    row('processor time per login', 'ms', 0.4, ({ cpuMs }) => cpuMs / count),
    row('resident memory per live account', 'KiB', OLD_NODE ? 0.7 : null, perAccount),
    row('peak memory of the start', 'MiB', null, ({ peakBytes }) => peakBytes / 1_024 ** 2),
  ];
}

/** One more start, with clients that request the status of the accounts as soon as the service answers. */
async function measureUnderLoad(
  environment: BenchEnvironment,
  { names, folder }: LinkedAccounts,
): Promise<string> {
  await syncDisk();
  const service = await environment.serviceOn(folder);
  const answersAfterMs = monotonicMs() - service.startedAtMs;
  const connected = service.allConnectedAt(names, MAX_START_MS);
  const paths = names.map((name) => `/api/whatsapp/status?accountId=${name}`);
  const load = await runOpenLoopLoad(service.url, paths, {
    perSecond: REQUESTS_PER_SECOND,
    until: connected,
  });
  await service.stop();
  return `GET /status during the start, ${rounded(load.perSecond)} requests/s: p99 ${rounded(load.p99Ms)} ms. The service answers requests ${rounded(answersAfterMs)} ms after the start of its process.`;
}
