/** "NWPs": marks a file as a store of this service. */
export const APPLICATION_ID = 0x4e575073;

/**
 * Migrations: each entry brings the store from the version that is its index to the next one. Never change a released
 * entry.
 *
 * Every account also has its own table (`auth_state_<number>`, see AuthStateTable). SQLite's secure_delete does not
 * overwrite the gap in a page whose rows were moved to another page. In a shared table, bytes of an erased account
 * would stay in such gaps. Numbers are never used again.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE account (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     has_credentials INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE connector (
     account INTEGER PRIMARY KEY REFERENCES account (number) ON DELETE CASCADE,
     linked_at INTEGER NOT NULL,
     confirmed_at INTEGER,
     last_connected_at INTEGER,
     error_code TEXT,
     error_message TEXT,
     error_user_action TEXT,
     parked INTEGER NOT NULL DEFAULT 0,
     parked_until INTEGER
   ) STRICT;
   CREATE TABLE setting (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) WITHOUT ROWID, STRICT;`,
  // When WhatsApp ends the link, the connector outlives the account's auth state. So its key is the account's id.
  `ALTER TABLE connector RENAME TO connector_1;
   CREATE TABLE connector (
     account_id TEXT PRIMARY KEY,
     linked_at INTEGER NOT NULL,
     confirmed_at INTEGER,
     last_connected_at INTEGER,
     unlinked_at INTEGER,
     error_code TEXT,
     error_message TEXT,
     error_user_action TEXT,
     parked INTEGER NOT NULL DEFAULT 0,
     parked_until INTEGER
   ) WITHOUT ROWID, STRICT;
   INSERT INTO connector
     SELECT account.id, linked_at, confirmed_at, last_connected_at, NULL,
       error_code, error_message, error_user_action, parked, parked_until
     FROM connector_1 JOIN account ON account.number = connector_1.account;
   DROP TABLE connector_1;
   CREATE TABLE unconfirmed_logout (
     account_id TEXT PRIMARY KEY,
     at INTEGER NOT NULL
   ) WITHOUT ROWID, STRICT;
   CREATE TABLE damaged_table (
     name TEXT PRIMARY KEY
   ) WITHOUT ROWID, STRICT;`,
  // API keys, page links and the audit trail. Secrets are stored only as hashes.
  `CREATE TABLE api_key (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     hash TEXT NOT NULL,
     scopes TEXT NOT NULL,
     accounts TEXT,
     created_at INTEGER NOT NULL,
     expires_at INTEGER,
     last_used_at INTEGER,
     revoked_at INTEGER
   ) STRICT;
   CREATE TABLE page_link (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     account_id TEXT NOT NULL,
     hash TEXT NOT NULL,
     expected_phone TEXT,
     return_url TEXT,
     created_by TEXT,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     ended_as TEXT,
     ended_at INTEGER
   ) STRICT;
   CREATE TABLE audit_entry (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     by_kind TEXT NOT NULL,
     by_id TEXT,
     by_name TEXT,
     action TEXT NOT NULL,
     account_id TEXT,
     subject TEXT,
     address TEXT,
     result TEXT
   ) STRICT;
   CREATE INDEX audit_entry_at ON audit_entry (at);
   CREATE INDEX audit_entry_account ON audit_entry (account_id, number);`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Returns all migrations from a version to the newest one, for one transaction. */
export function migrationFrom(version: number): string {
  return [
    ...MIGRATIONS.slice(version),
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`,
  ].join('\n');
}
