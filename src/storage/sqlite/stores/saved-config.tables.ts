import type { AccountId } from '../../../whatsapp/domain/account-id.js';
import type { Remains } from '../../../whatsapp/domain/remains.js';
import type { SqliteDatabase } from '../database/sqlite-database.js';

/** A device was accepted: the connector begins anew, and nothing of an earlier end is remembered. Belongs in a transaction. */
export function saveAcceptance(database: SqliteDatabase, accountId: AccountId, linkedAt: Date): void {
  database.run(
    `INSERT INTO connector (account_id, linked_at) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET linked_at = excluded.linked_at, confirmed_at = NULL, unlinked_at = NULL,
       error_code = NULL, error_message = NULL, error_user_action = NULL, parked = 0, parked_until = NULL`,
    [accountId, linkedAt.getTime()],
  );
  database.run('DELETE FROM unconfirmed_logout WHERE account_id = ?', [accountId]);
}

/** What is left of the account afterwards is what `remains` says. Belongs in the transaction of the erasure. */
export function saveRemains(database: SqliteDatabase, accountId: AccountId, remains?: Remains): void {
  database.run('DELETE FROM unconfirmed_logout WHERE account_id = ?', [accountId]);
  if (remains?.kind === 'unlinked') {
    const { code, message, userAction } = remains.failure;
    database.run(
      `UPDATE connector SET unlinked_at = ?, error_code = ?, error_message = ?, error_user_action = ?,
         parked = 0, parked_until = NULL
       WHERE account_id = ?`,
      [remains.at.getTime(), code, message, userAction, accountId],
    );
    return;
  }
  database.run('DELETE FROM connector WHERE account_id = ?', [accountId]);
  if (remains) {
    database.run('INSERT INTO unconfirmed_logout VALUES (?, ?)', [accountId, remains.at.getTime()]);
  }
}
