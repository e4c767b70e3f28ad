const PAUSE_MS = 15;

/**
 * Asks again until the condition holds.
 * @param pauseMs between two questions
 * @throws what `otherwise` says when it does not hold in time
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  otherwise: () => string,
  pauseMs = PAUSE_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${withinMs} ms: ${otherwise()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
