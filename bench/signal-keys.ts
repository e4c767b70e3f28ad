import type { Question } from './setup/benchmark.js';
import type { SignalKeysRequest } from './sides/signal-keys.program.js';
import { settle, syncDisk } from './support/clock.js';
import { MeasuredProcess } from './support/measured-process.js';
import { compare, type Row } from './support/result-row.js';
import { measureRounds } from './support/rounds.js';
import { rounded } from './support/statistics.js';

const WARM_UPS = 1;
const ROUNDS = 11;
const SETTLE_MS = 100;

/**
 * The rate at which Signal keys are set and read through Baileys' interface: our `keys` (encoding, writer, transaction,
 * SQLite) against those of `useMultiFileAuthState`. Calls are awaited one at a time, and every value is new. Single
 * keys are sessions of 1 KiB. `useMultiFileAuthState` never syncs to the disk. We sync pre-keys (`synchronous=FULL`),
 * so the 812; single sets are `NORMAL`, as in the product, and measured once more with `FULL`.
 */
export const signalKeys: Question = {
  name: 'signal-keys',
  async measure(environment) {
    const start = (side: string): MeasuredProcess =>
      environment.stopAtEnd(
        new MeasuredProcess('sides/signal-keys.program.js', {
          SIDE: side,
          WHATSAPP_DATA_DIR: environment.folder(),
        }),
      );
    const [ours, other] = [start('ours'), start('bare')];
    const question = async (
      text: string,
      request: SignalKeysRequest,
      atLeast: number | null,
    ): Promise<Row> => {
      const rate = async (side: MeasuredProcess): Promise<number> => {
        await syncDisk();
        await settle(SETTLE_MS);
        return side.request<number>('rate', request);
      };
      const rates = await measureRounds(
        { warmUps: WARM_UPS, rounds: ROUNDS },
        () => rate(ours),
        () => rate(other),
      );
      return compare(text, rates.ours, rates.other, 'keys/s', atLeast === null ? null : { atLeast });
    };
    const rows = [
      await question('812 pre-keys in one set', { call: 'set812', calls: 1 }, 20),
      await question('single sets, NORMAL', { call: 'set', calls: 400 }, 15),
      await question('single sets, FULL', { call: 'setPowerSafe', calls: 400 }, null),
      await question('single gets', { call: 'get', calls: 400 }, 15),
    ];
    const statement = await ours.request<number>('rate', { call: 'statement', calls: 20_000 });
    return {
      rows,
      notes: [`The SQLite statement alone, without port and encoding: ${rounded(statement)} gets/s.`],
    };
  },
};
