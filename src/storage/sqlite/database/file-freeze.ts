/** From its beginning to its end nothing is written into the store's file: what is committed meanwhile stands in the log. */
export interface FileFreeze {
  /** False once the file had to be written after all: for an erasure, a full disk, or because the store was closed. */
  readonly kept: boolean;
  /** Repeating does nothing. */
  end(): void;
}
