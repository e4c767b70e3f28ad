/** Returns the cause of an error if the cause is an error too, otherwise the error itself. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/**
 * Returns the message of the cause, for logs and operators only. `StorageFailed`, for example, does not name the fault of
 * the disk.
 */
export function causeMessage(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}
