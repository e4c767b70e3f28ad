/** The error that caused this one, if there is one, otherwise the error itself. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** What the cause says: `StorageFailed` alone does not name the fault of the disk. For logs and operators only. */
export function causeMessage(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}
