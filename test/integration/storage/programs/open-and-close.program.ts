/**
 * Opens the store, writes and closes it, once per round of a question. Answers `done` or the error. Prints a line when
 * a round begins. Arguments: directory, the store's key in hex or nothing.
 */
import { answerParent } from '../../../support/processes/answer-parent.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';

/** The question of the test to this program. */
export interface OpenAndClose {
  readonly rounds: number;
  readonly lockWaitMs: number;
}

const [dataDirectory = '', key] = process.argv.slice(2);
const count =
  'INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1';

async function openAndClose({ rounds, lockWaitMs }: OpenAndClose): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    process.stdout.write('opens\n');
    const database = await SqliteDatabase.open({
      dataDirectory,
      lockWaitMs,
      ...(key && { encryptionKey: Buffer.from(key, 'hex') }),
    });
    database.transaction(() => database.run(count, ['rounds', '1']));
    await database.close();
  }
}

answerParent((question: OpenAndClose) =>
  openAndClose(question).then(
    () => 'done',
    (error: unknown) => String(error),
  ),
);
