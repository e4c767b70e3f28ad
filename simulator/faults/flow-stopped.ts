/** The course of a stage ends here, on purpose: by a fault, or because the client has gone away. */
export class FlowStopped extends Error {
  override readonly name = 'FlowStopped';
}

/** Resolves also when the course was stopped; anything else is a bug and must be seen. */
export async function ignoreStopped(flow: Promise<unknown>): Promise<void> {
  try {
    await flow;
  } catch (error) {
    if (!(error instanceof FlowStopped)) throw error;
  }
}

/** For courses that nobody awaits. */
export function runDetached(flow: Promise<unknown>): void {
  void ignoreStopped(flow);
}
