import { causeOf } from '../../../whatsapp/domain/cause-of.js';

/** Why the store could not be opened. The message is for whoever starts the process: it names the directory. */
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

/** Another process has the store open and did not let go of it in time. */
export class StoreInUse extends StoreNotOpened {
  override readonly name = 'StoreInUse';

  constructor(dataDirectory: string, waitedMs: number) {
    super(
      dataDirectory,
      `another process uses this data directory (waited ${Math.round(waitedMs / 1000)} s for it). Stop that process, or give this one a directory of its own.`,
    );
  }
}

/** A newer version of this service has written the store. It was left as it is. */
export class StoreTooNew extends StoreNotOpened {
  override readonly name = 'StoreTooNew';

  constructor(
    dataDirectory: string,
    readonly found: number,
    readonly supported: number,
  ) {
    super(
      dataDirectory,
      `its store has version ${found}, this service knows versions up to ${supported}. Start the version that wrote it, or a later one.`,
    );
  }
}

/** The file is no database, or the database of some other program. It was left as it is. */
export class StoreUnreadable extends StoreNotOpened {
  override readonly name = 'StoreUnreadable';

  constructor(dataDirectory: string, fileName: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `"${fileName}" in it is not a store of this service, or is damaged. It was left as it is; restore a backup or move it away.`,
      options,
    );
  }
}

const GIVEN = 'WHATSAPP_ENCRYPTION_KEY, WHATSAPP_ENCRYPTION_KEY_FILE, or `encryptionKey` of the module';

/** The store is encrypted, and no key was given. It was left as it is. */
export class StoreKeyMissing extends StoreNotOpened {
  override readonly name = 'StoreKeyMissing';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is encrypted, and no key was given. Give the one that it was encrypted with (${GIVEN}).`,
      options,
    );
  }
}

/** The store is encrypted with another key than the one that was given. It was left as it is. */
export class StoreKeyWrong extends StoreNotOpened {
  override readonly name = 'StoreKeyWrong';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is encrypted with another key than the one that was given (${GIVEN}), or its first page is damaged. Nothing was changed.`,
      options,
    );
  }
}

/** A key was given for a store that is not encrypted. It was left as it is. */
export class StoreNotEncrypted extends StoreNotOpened {
  override readonly name = 'StoreNotEncrypted';

  constructor(dataDirectory: string, options?: ErrorOptions) {
    super(
      dataDirectory,
      `its store is not encrypted, but a key was given (${GIVEN}). Encrypt it first, with "npm run store -- encrypt"; or give no key.`,
      options,
    );
  }
}

/** SQLite's own code for what went wrong, or an empty text. */
export function sqliteCode(error: unknown): string {
  return (causeOf(error) as { readonly code?: string } | null | undefined)?.code ?? '';
}

/** Pages of the store do not hold what they should: the rest of it may be whole. */
export function isDamage(error: unknown): boolean {
  return sqliteCode(error).startsWith('SQLITE_CORRUPT');
}

/** The disk is full or does not take or give what it should; it may be better the next time. */
export function isDiskTrouble(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR)/.test(sqliteCode(error));
}
