import { causeOf } from '../../../whatsapp/domain/cause-of.js';

/** The store could not be opened. The message is for the operator and names the directory. */
export class StoreNotOpened extends Error {
  override readonly name: string = 'StoreNotOpened';

  constructor(
    readonly dataDirectory: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`The data directory "${dataDirectory}" cannot be used: ${problem}`, options);
  }
}

/** Another process has the store open and did not close it in time. */
export class StoreInUse extends StoreNotOpened {
  override readonly name = 'StoreInUse';

  constructor(dataDirectory: string, waitedMs: number) {
    super(
      dataDirectory,
      `another process uses this data directory (waited ${Math.round(waitedMs / 1000)} s for it). Stop that process, or give this one its own directory.`,
    );
  }
}

/** A newer version of this service has written the store. The store is unchanged. */
export class StoreTooNew extends StoreNotOpened {
  override readonly name = 'StoreTooNew';

  constructor(
    dataDirectory: string,
    readonly found: number,
    readonly supported: number,
  ) {
    super(
      dataDirectory,
      `its store has version ${found}, but this service supports versions up to ${supported}. Start the version that wrote it, or a later one.`,
    );
  }
}

/** The file is not a database, or it is the database of another program. It is unchanged. */
export class StoreUnreadable extends StoreNotOpened {
  override readonly name = 'StoreUnreadable';

  constructor(dataDirectory: string, fileName: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `"${fileName}" in it is not a store of this service, or it is damaged. The file is unchanged. Restore a backup or move the file away.`,
      options,
    );
  }
}

const GIVEN = 'WHATSAPP_ENCRYPTION_KEY, WHATSAPP_ENCRYPTION_KEY_FILE, or `encryptionKey` of the module';

/** The store is encrypted, and no key was given. The store is unchanged. */
export class StoreKeyMissing extends StoreNotOpened {
  override readonly name = 'StoreKeyMissing';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is encrypted, and no key was given. Set the key that encrypts it (${GIVEN}).`,
      options,
    );
  }
}

/** The store is encrypted with another key than the given one. The store is unchanged. */
export class StoreKeyWrong extends StoreNotOpened {
  override readonly name = 'StoreKeyWrong';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is encrypted with another key than the given one (${GIVEN}), or its first page is damaged. The store is unchanged. Set the right key or restore a backup.`,
      options,
    );
  }
}

/** A key was given for a store that is not encrypted. The store is unchanged. */
export class StoreNotEncrypted extends StoreNotOpened {
  override readonly name = 'StoreNotEncrypted';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is not encrypted, but a key was given (${GIVEN}). Encrypt it first with "npm run store -- encrypt", or remove the key.`,
      options,
    );
  }
}

/** Returns SQLite's code of the error, or an empty text. */
export function sqliteCode(error: unknown): string {
  return (causeOf(error) as { readonly code?: string } | null | undefined)?.code ?? '';
}

/** Whether pages of the store are damaged. Other pages may be undamaged. */
export function isDamage(error: unknown): boolean {
  return sqliteCode(error).startsWith('SQLITE_CORRUPT');
}

/** Whether the disk is full or failed to read or write. A later try may succeed. */
export function isDiskError(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR)/.test(sqliteCode(error));
}
