import type { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import type { FirstCode, Side } from './sides/side.js';
import { settle } from './support/clock.js';
import { compare } from './support/result-row.js';
import { measureRounds } from './support/rounds.js';
import { median, rounded, spread } from './support/statistics.js';

const WARM_UPS = 3;
const ROUNDS = 40;
const COLD_STARTS = 4;
const SETTLE_MS = 200;

/**
 * The time to the first QR code. Ours: from sending `POST /pair` to reading the answer of the waiting `GET
 * /pair/qr?format=json`, in another process, over HTTP. The other side: from calling `makeWASocket` to its first `qr`
 * event, in its own process. Its keys were created before (`useMultiFileAuthState`) and are not counted. Each pairing
 * is stopped afterwards. "Cold" is the first pairing of a process that has just started.
 */
export const firstQr: Question = {
  name: 'first-qr',
  async measure(environment) {
    const [ours, other] = [await environment.service(), await environment.bareBaileys()];
    const warm = await measureRounds(
      { warmUps: WARM_UPS, rounds: ROUNDS },
      (round) => pairAndStop(ours, round),
      (round) => pairAndStop(other, round),
    );
    await ours.stop();
    await other.stop();
    const [our, their] = [warm.ours.map(fromCall), warm.other.map(fromCall)];
    return {
      rows: [compare('POST /pair → first QR', our, their, 'ms', { atMost: 0.7 })],
      notes: [
        describeRatio(
          'With useMultiFileAuthState',
          our,
          warm.other.map(({ fromNothingMs }) => fromNothingMs),
        ),
        await measureColdStarts(environment),
      ],
    };
  },
};

function fromCall({ ms }: FirstCode): number {
  return ms;
}

function describeRatio(what: string, ours: readonly number[], other: readonly number[]): string {
  const ratio = rounded(median(ours) / median(other));
  return `${what}: ${spread(ours, 'ms')} against ${spread(other, 'ms')}, ${ratio}×.`;
}

async function measureColdStarts(environment: BenchEnvironment): Promise<string> {
  const took = { ours: [] as number[], other: [] as number[] };
  for (let start = 0; start < COLD_STARTS; start++) {
    for (const [name, begin] of [
      ['ours', () => environment.service()],
      ['other', () => environment.bareBaileys()],
    ] as const) {
      const side: Side = await begin();
      took[name].push((await pairAndStop(side, start)).ms);
      await side.stop();
    }
  }
  return describeRatio('Cold', took.ours, took.other);
}

async function pairAndStop(side: Side, round: number): Promise<FirstCode> {
  await settle(SETTLE_MS);
  const account = `round${round}`;
  const code = await side.pair(account);
  await side.stopPairing(account);
  return code;
}
