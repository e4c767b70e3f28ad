/** Reads the store as another program would, and keeps its read lock. Argument: the directory. */
import { join } from 'node:path';
import Database from 'libsql';
import { STORE_FILE_NAME } from '../../../../src/storage/sqlite/database/data-directory.js';

const database = new Database(join(process.argv[2] ?? '', STORE_FILE_NAME));
database.exec('BEGIN; SELECT count(*) FROM setting');
console.log('read');
process.on('message', () => undefined);
