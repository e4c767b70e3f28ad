/** Stops a stage on purpose: a fault demands it, or the client closed the connection. */
export class FlowStopped extends Error {
  override readonly name = 'FlowStopped';
}

/** Waits for a flow and ignores that it was stopped. Any other error is a bug, and is thrown. */
export async function ignoreStopped(flow: Promise<unknown>): Promise<void> {
  try {
    await flow;
  } catch (error) {
    if (!(error instanceof FlowStopped)) throw error;
  }
}

/** Starts a flow that no caller awaits. An error other than FlowStopped becomes an unhandled rejection. */
export function runDetached(flow: Promise<unknown>): void {
  void ignoreStopped(flow);
}
