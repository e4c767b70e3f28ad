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

/** How long after something has happened at WhatsApp each of the readers knew it, in one round. */
type Latencies = readonly number[];

/**
 * From what the simulator does to the event in the hands of its readers, 500 of them at once, all of all accounts: it
 * destroys the connection of a linked account → `status` idle; it retires the code on the screen → `qr`, drawn again. The
 * simulator tells when it began, each reader when the last byte of the event came, on the machine's clock. All readers are one
 * process, which reads for one after another: that is in the time, and is the service's and the reader's together. A reader's
 * memory is what the service uses of heap and buffers with 500 of them beyond what it uses with none, after garbage collection; what
 * the system keeps for a connection is not in it.
 */
export const eventLatency: Question = {
  name: 'event-latency',
  async measure(stage) {
    const simulator = stage.stopAtEnd(new MeasuredProcess('sides/simulator.program.js', {}));
    const readers = stage.stopAtEnd(new MeasuredProcess('sides/event-readers.program.js', {}));
    const service = await stage.serviceAgainst(await simulator.request<SimulatorAddress>('address'));
    const url = `${service.url}/api/whatsapp/events`;
    const open = (count: number): Promise<void> => readers.request('open', { url, count });

    const phones = new Map<string, string>();
    for (const account of accountNames(WARM_UPS + ROUNDS)) {
      const phone = String(4_915_300_000_000 + phones.size);
      const { qr } = await service.pair(account);
      await Promise.all([service.connectedAt(account), simulator.request('scan', { phone, qr })]);
      phones.set(account, phone);
    }

    // What a first crowd leaves compiled and reserved is no reader's.
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
    // Each once: of a link that drops again and again the pauses grow.
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
      `${READERS} readers of all accounts, ${ROUNDS} rounds each; the slowest reader of all: ${rounded(Math.max(...dropped.flat()))} ms and ${rounded(Math.max(...renewed.flat()))} ms.`,
    ],
  };
}

/** The typical reader, and the one behind 99 of 100, in each round. */
function rowsOf(question: string, rounds: readonly Latencies[]): Row[] {
  const at = (share: number): number[] => rounds.map((latencies) => quantile(latencies, share));
  return [single(`${question}, p50`, at(0.5), null), single(`${question}, p99`, at(0.99), null)];
}
