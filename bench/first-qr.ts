import { settle } from './support/clock.js';
import { compare, type Finding, type Question } from './support/question.js';
import type { Stage } from './support/stage.js';
import { median, rounded, spread } from './support/statistics.js';
import type { Side } from './sides/side.js';

const WARM_UPS = 3;
const ROUNDS = 25;
const COLD_STARTS = 4;
const SETTLE_MS = 200;

/**
 * How long until somebody holds the first code. Ours: `POST /pair` sent → the answer of the waiting
 * `GET /pair/qr?format=json` read, in another process, over HTTP. The other side: `makeWASocket` called → its first `qr`
 * event, in its own process; the keys it needs were made before (`useMultiFileAuthState`) and are not counted. Each
 * pairing is given up again. Cold: the first one of a process that has just started.
 */
export const firstQr: Question = {
  name: 'first-qr',
  async measure(stage) {
    const [ours, other] = [await stage.service(), await stage.bareBaileys()];
    const warm = { ours: [] as number[], other: [] as number[] };
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      const [our, their] = [await pairAndAbandon(ours, round), await pairAndAbandon(other, round)];
      if (round < 0) continue;
      warm.ours.push(our);
      warm.other.push(their);
    }
    await ours.stop();
    await other.stop();
    return withCold(compare('POST /pair → first QR', warm.ours, warm.other, 'ms', { atMost: 0.7 }), stage);
  },
};

async function withCold(row: Finding['rows'][number], stage: Stage): Promise<Finding> {
  const cold = { ours: [] as number[], other: [] as number[] };
  for (let start = 0; start < COLD_STARTS; start++) {
    for (const [name, begin] of [
      ['ours', () => stage.service()],
      ['other', () => stage.bareBaileys()],
    ] as const) {
      const side: Side = await begin();
      cold[name].push(await pairAndAbandon(side, start));
      await side.stop();
    }
  }
  const ratio = rounded(median(cold.ours) / median(cold.other));
  return {
    rows: [row],
    notes: [`Cold: ${spread(cold.ours, 'ms')} against ${spread(cold.other, 'ms')}, ${ratio}×.`],
  };
}

async function pairAndAbandon(side: Side, round: number): Promise<number> {
  await settle(SETTLE_MS);
  const account = `round${round}`;
  const { ms } = await side.pair(account);
  await side.abandon(account);
  return ms;
}
