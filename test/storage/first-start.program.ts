/** Opens a store when it is told, says so, and stays. Arguments: directory, the store's key in hex or nothing. */
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.js';

const [dataDirectory = '', key] = process.argv.slice(2);
const options = { dataDirectory, ...(key && { encryptionKey: Buffer.from(key, 'hex') }) };
process.on('message', () => {
  SqliteDatabase.open(options).then(
    () => process.send?.('open'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
