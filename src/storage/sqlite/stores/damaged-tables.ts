import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/**
 * Removes the tables of erased accounts that could not be dropped (see AuthStateTable) from the schema, and rewrites
 * the file without their pages. Call it at the start of the service. It needs as much free disk as the store has, and
 * about as much time as a copy of the store. When it fails, the store is unchanged, and the next start tries again.
 * @returns whether the file holds no bytes of these tables
 */
export function removeDamagedTables(database: SqliteDatabase): boolean {
  try {
    const names = database.all('SELECT name FROM damaged_table').map(({ name }) => name as string);
    if (names.length === 0) return true;
    database.script('PRAGMA writable_schema = ON');
    try {
      database.transaction(
        () => {
          for (const name of names) database.run('DELETE FROM sqlite_master WHERE tbl_name = ?', [name]);
        },
        { powerSafe: true },
      );
    } finally {
      // Also makes this connection read the schema again.
      database.script('PRAGMA writable_schema = RESET');
    }
    database.script('VACUUM');
    database.erase(() => database.run('DELETE FROM damaged_table') > 0);
    return true;
  } catch (error) {
    if (error instanceof StorageFailed) return false;
    throw error;
  }
}
