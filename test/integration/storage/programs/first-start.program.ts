/** Opens a store at each question, and answers `open` or the error. Argument: directory. */
import { answerParent } from '../../../support/processes/answer-parent.js';
import { SqliteDatabase } from '../../../../src/storage/sqlite/database/sqlite-database.js';

const [dataDirectory = ''] = process.argv.slice(2);
answerParent(() =>
  SqliteDatabase.open({ dataDirectory }).then(
    () => 'open',
    (error: unknown) => String(error),
  ),
);
process.send?.({ isReady: true });
