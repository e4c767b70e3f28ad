/** Opens a store when it is told, says so, and stays. Argument: directory. */
import { SqliteDatabase } from '../../../src/storage/sqlite/database/sqlite-database.js';

const [dataDirectory = ''] = process.argv.slice(2);
process.on('message', () => {
  SqliteDatabase.open({ dataDirectory }).then(
    () => process.send?.('open'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
