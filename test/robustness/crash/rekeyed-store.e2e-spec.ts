import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, describe, it } from '@jest/globals';
import { SqliteAuthStateStore } from '../../../src/storage/sqlite/stores/sqlite-auth-state.store.js';
import {
  StoreKeyMissing,
  StoreKeyWrong,
  StoreNotEncrypted,
} from '../../../src/storage/sqlite/database/sqlite-database.errors.js';
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';
import { REKEY_STEPS, rekeyStore } from '../../../src/storage/sqlite/maintenance/store-rekey.js';
import { bytes, holdOf } from '../../contract/storage-subject.js';
import { readGeneration, writeGeneration } from '../../integration/storage/generation.js';
import { startProgram } from '../../integration/storage/programs/programs.js';
import type { Program } from '../../support/processes/program.js';
import { Random } from '../../support/requests/random.js';

type Key = Uint8Array | null;

const KILLS = Math.ceil(Number(process.env['CRASH_KILLS'] ?? 20) / 4);
const random = Random.from('CRASH_SEED');
/**
 * The keys of the store in sequence, repeated: not encrypted, one key, another key. Each rekeying starts from one key
 * and ends with the next.
 */
const KEYS: readonly Key[] = [null, Buffer.alloc(32, 'a'), Buffer.alloc(32, 'b')];
const GENERATION = 7;
const LARGE = 1_500_000;

let dataDirectory: string;
let turn = 0;

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'whatsapp-store-'));
  const database = await SqliteDatabase.open({ dataDirectory });
  const store = new SqliteAuthStateStore(database);
  await writeGeneration(await store.open(holdOf('sales')), GENERATION);
  const other = await store.open(holdOf('other'));
  const keys = Array.from({ length: 10 }, (_, id) => ({
    type: 'session',
    id: String(id),
    value: Buffer.alloc(LARGE / 10, id),
  }));
  await other.write({ credentials: bytes('other'), keys });
  await database.close();
});
afterAll(async () => {
  process.stdout.write(`rekeying: CRASH_SEED=${random.seed}, ${REKEY_STEPS.length + KILLS} kills\n`);
  await rm(dataDirectory, { recursive: true });
});

const inHex = (key: Key): string => (key ? Buffer.from(key).toString('hex') : 'none');

/** Whether the key opens the store with all its data. @throws any error that is not about the key */
async function opens(key: Key): Promise<boolean> {
  try {
    return (await readGeneration(dataDirectory, key)) === GENERATION;
  } catch (error) {
    if ([StoreKeyMissing, StoreKeyWrong, StoreNotEncrypted].some((type) => error instanceof type))
      return false;
    throw error;
  }
}

/**
 * Rekeys the store to the next key; `kill` kills the process.
 * @returns the two keys, and the key that the store has then
 */
async function rekeyAndKill(
  kill: (start: (...args: string[]) => Program) => Promise<void>,
): Promise<{ from: Key; to: Key; has: Key }> {
  const from = KEYS[turn % KEYS.length] ?? null;
  const to = KEYS[(turn + 1) % KEYS.length] ?? null;
  turn += 1;
  await kill((...args) => startProgram('rekeying', [dataDirectory, inHex(from), inHex(to), ...args]));
  const opening = [await opens(to), await opens(from)];
  expect(opening.filter(Boolean)).toHaveLength(1);
  // A process that opens the store removes the files that the killed process left.
  expect(await readdir(dataDirectory)).toEqual(['whatsapp.sqlite']);
  return { from, to, has: opening[0] ? to : from };
}

describe('rekeying of the store', () => {
  it.each(REKEY_STEPS.map((step, index) => [step, index >= REKEY_STEPS.indexOf('renamed')] as const))(
    'a kill at "%s" keeps all data, readable with exactly one of the two keys',
    async (step, isNew) => {
      const { from, to, has } = await rekeyAndKill(async (start) => {
        const child = start(step);
        expect([await child.exit(), child.endedBy]).toEqual([null, 'SIGKILL']);
      });
      expect(has).toBe(isNew ? to : from);
      expect(await rekeyStore({ dataDirectory, from, to })).toBe(!isNew);
      expect(await opens(to)).toBe(true);
    },
  );

  it(
    `a kill at a random instant keeps all data, readable with exactly one of the two keys (${KILLS} times)`,
    async () => {
      let durationMs = 0;
      for (let kill = -1; kill < KILLS; kill++) {
        const { from, to } = await rekeyAndKill(async (start) => {
          const child = start();
          await child.ready();
          const began = performance.now();
          // The first process runs to its end, to measure its duration. The instants of the kills come from the seed.
          if (kill >= 0) await delay((random.below(1_000) / 1_000) * durationMs);
          await (kill < 0 ? child.exit() : child.kill());
          if (kill < 0) durationMs = performance.now() - began;
        });
        await rekeyStore({ dataDirectory, from, to });
      }
    },
    30_000 + KILLS * 3_000,
  );
});
