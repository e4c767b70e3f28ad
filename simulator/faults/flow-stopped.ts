/** The course of a stage ends here, on purpose: by a fault, or because the client has gone away. */
export class FlowStopped extends Error {
  override readonly name = 'FlowStopped';
}

/** For courses that nobody awaits: stopped ones are fine, anything else is a bug and must be seen. */
export function detach(flow: Promise<unknown>): void {
  flow.catch((error: unknown) => {
    if (!(error instanceof FlowStopped)) throw error;
  });
}
