import type { QuestionResult, Question } from './setup/benchmark.js';
import { accountNames } from './setup/linked-accounts.js';
import type { ExpectedEvent } from './sides/event-readers.program.js';
import type { SimulatorAddress } from './sides/side.js';
import { settle } from './support/clock.js';
import { MeasuredProcess } from './support/measured-process.js';
import { single, type Row } from './support/result-row.js';
import { quantile, rounded } from './support/statistics.js';

const READERS = 500;
const ROUNDS = 40;
const WARM_UPS = 5;
const BETWEEN_MS = 200;
const QUIET_MS = 3_000;

/** The latency of one event at each reader, in one round. */
type Latencies = readonly number[];

/**
 * The time from an action of the simulator to the event at 500 simultaneous readers, each of all accounts. The actions:
 * the simulator destroys the connection of a linked account → `status` idle; it retires the QR code → a new `qr`. The
 * simulator reports when it began, each reader when the last byte of the event arrived, on the machine's monotonic
 * clock. All readers run in one process, which reads their connections one after another; this time is included.
 *
 * The memory of a reader is the heap and buffers of the service with 500 readers, minus those with none, after garbage
 * collection. Memory of the operating system for a connection is not included.
 */
export const eventLatency: Question = {
  name: 'event-latency',
  async measure(environment) {
    const simulator = environment.stopAtEnd(new MeasuredProcess('sides/simulator.program.js', {}));
    const readers = environment.stopAtEnd(new MeasuredProcess('sides/event-readers.program.js', {}));
    const service = await environment.serviceAgainst(await simulator.request<SimulatorAddress>('address'));
    const url = `${service.url}/api/whatsapp/events`;
    const open = (count: number): Promise<void> => readers.request('open', { url, count });

    const phones = new Map<string, string>();
    for (const account of accountNames(WARM_UPS + ROUNDS)) {
      const phone = String(4_915_300_000_000 + phones.size);
      const { qr } = await service.pair(account);
      await Promise.all([service.connectedAt(account), simulator.request('scan', { phone, qr })]);
      phones.set(account, phone);
    }

    // The first readers cause compiled code and reserved memory, which are no cost of a single reader.
    await open(READERS);
    await readers.request('close');
    await settle(QUIET_MS);
    const bytesWithout = await service.usedBytes();
    await open(READERS);
    await settle(QUIET_MS);
    const bytesWithReaders = await service.usedBytes();

    const round = async (expected: ExpectedEvent, act: () => Promise<number>): Promise<Latencies> => {
      await readers.request('expect', expected);
      const begun = await act();
      const arrivals = await readers.request<readonly number[]>('arrivals');
      const latencies = arrivals.map((at) => at - begun);
      await settle(BETWEEN_MS);
      return latencies;
    };
    const dropped: Latencies[] = [];
    // Each account drops once: the pauses before a login grow with every further drop.
    for (const [account, phone] of phones) {
      const awaited = { type: 'status', containing: `"accountId":"${account}","status":"idle"` };
      dropped.push(await round(awaited, () => simulator.request('cut', phone)));
    }
    await service.pair('pairing');
    const renewed: Latencies[] = [];
    for (let done = 0; done < WARM_UPS + ROUNDS; done++) {
      const awaited = { type: 'qr', containing: '"accountId":"pairing"' };
      renewed.push(await round(awaited, () => simulator.request('retire')));
    }
    return resultOf({
      renewed: renewed.slice(WARM_UPS),
      dropped: dropped.slice(WARM_UPS),
      bytesPerReader: (bytesWithReaders - bytesWithout) / READERS,
    });
  },
};

function resultOf({
  renewed,
  dropped,
  bytesPerReader,
}: {
  readonly renewed: readonly Latencies[];
  readonly dropped: readonly Latencies[];
  readonly bytesPerReader: number;
}): QuestionResult {
  const kib = bytesPerReader / 1_024;
  const memory: Row = {
    question: `memory of the service for each of ${READERS} readers`,
    ours: `${rounded(kib)} KiB`,
    other: '–',
    judged: kib,
    unit: ' KiB',
    limit: null,
  };
  return {
    rows: [
      ...rowsOf('connection destroyed → event `status`', dropped),
      ...rowsOf('code retired → event `qr`', renewed),
      memory,
    ],
    notes: [
      `${READERS} readers of all accounts, ${ROUNDS} rounds each. The highest latencies: ${rounded(Math.max(...dropped.flat()))} ms and ${rounded(Math.max(...renewed.flat()))} ms.`,
    ],
  };
}

/** Returns the rows for the median and the 99th percentile of the readers of each round. */
function rowsOf(question: string, rounds: readonly Latencies[]): Row[] {
  const at = (share: number): number[] => rounds.map((latencies) => quantile(latencies, share));
  return [single(`${question}, p50`, at(0.5), null), single(`${question}, p99`, at(0.99), null)];
}
