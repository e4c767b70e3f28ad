import { StorageFailed } from '../../../whatsapp/domain/errors.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/**
 * Takes the tables of erased accounts that could not be dropped (see AuthStateTable) out of the schema and writes the
 * file anew without their pages. It needs as much free disk again as the store has, and takes about as long as copying
 * it: for the start of the service. When it fails, the store is as it was, and the next start tries again.
 * @returns whether no bytes of them are left
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
