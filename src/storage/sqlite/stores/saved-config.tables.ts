import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { ErasureRecord } from '../../../whatsapp/domain/account.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/**
 * Saves that a device was accepted: resets the connector, with everything about an earlier end. Must run in a
 * transaction.
 */
export function saveAcceptance(database: SqliteDatabase, accountId: AccountId, linkedAt: Date): void {
  database.run(
    `INSERT INTO connector (account_id, linked_at) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET linked_at = excluded.linked_at, confirmed_at = NULL, unlinked_at = NULL,
       error_code = NULL, error_message = NULL, error_user_action = NULL, parked = 0, parked_until = NULL`,
    [accountId, linkedAt.getTime()],
  );
  database.run('DELETE FROM unconfirmed_logout WHERE account_id = ?', [accountId]);
}

/**
 * Saves how the account ended; without `erasure`, removes the connector. Must run in the transaction of the erasure.
 */
export function saveErasure(database: SqliteDatabase, accountId: AccountId, erasure?: ErasureRecord): void {
  database.run('DELETE FROM unconfirmed_logout WHERE account_id = ?', [accountId]);
  if (erasure?.kind === 'unlinked') {
    const { code, message, userAction } = erasure.failure;
    database.run(
      `UPDATE connector SET unlinked_at = ?, error_code = ?, error_message = ?, error_user_action = ?,
         parked = 0, parked_until = NULL
       WHERE account_id = ?`,
      [erasure.at.getTime(), code, message, userAction, accountId],
    );
    return;
  }
  database.run('DELETE FROM connector WHERE account_id = ?', [accountId]);
  if (erasure) {
    database.run('INSERT INTO unconfirmed_logout VALUES (?, ?)', [accountId, erasure.at.getTime()]);
  }
}
