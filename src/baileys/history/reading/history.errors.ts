/** Why a history was not taken, or not in full. */
export type HistoryRefusal =
  /** It does not come from the primary phone. */
  | 'not_from_the_phone'
  /** This link has taken one already, or as many parts as it may. */
  | 'already_taken'
  /** Too many histories of the account are waiting. */
  | 'busy'
  /** It could not be downloaded in time, or its address is not WhatsApp's. */
  | 'download_failed'
  /** Compressed or decompressed, it has more bytes than allowed. */
  | 'too_large'
  /** It has more chats, messages or mappings than allowed. */
  | 'too_many_entries'
  /** It cannot be decrypted, decompressed or read. */
  | 'unreadable'
  /** The worker thread ended, ran out of memory, or did not answer in time. */
  | 'worker_failed';

/** A history was refused. The account continues. */
export class HistoryRefused extends Error {
  override readonly name = 'HistoryRefused';

  constructor(readonly reason: HistoryRefusal) {
    super(`history refused: ${reason}`);
  }
}
