export interface SqliteDatabaseOptions {
  /** Created with mode 0700 when it is missing. */
  readonly dataDirectory: string;
  /**
   * 32 random bytes: the files of the store are encrypted with them (AES-256) and open with no others. A new store is made
   * so; one that exists is moved by `store encrypt | rekey | decrypt`. Default: none, whoever reads the disk reads all.
   */
  readonly encryptionKey?: Uint8Array;
  /** How long to wait for a process that is just shutting down. Default 10,000. */
  readonly lockWaitMs?: number;
  /**
   * Leaves a store of an older version in that version, for copying it: the adapters of this folder do not work on it.
   * Default false.
   */
  readonly asItIs?: boolean;
}
