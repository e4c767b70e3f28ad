/** Reads the store as somebody else's tool would, and stays with what it has read. Argument: its directory. */
import { join } from 'node:path';
import Database from 'libsql';
import { STORE_FILE_NAME } from '../../../src/storage/sqlite/database/data-directory.js';

const database = new Database(join(process.argv[2] ?? '', STORE_FILE_NAME));
database.exec('BEGIN; SELECT count(*) FROM setting');
console.log('read');
process.on('message', () => undefined);
