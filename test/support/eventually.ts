import { timeLimit, timeLimitSince } from './time/time-limit.js';

/** Every question costs the machine that has to bring the answer about: who has waited long asks less often. */
const SHORTEST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 100;
const PAUSE_PER_WAITED_MS = 0.1;

/**
 * Asks again until the condition holds.
 * @param withinMs on an idle machine (`timeLimit`)
 * @param pauseMs between two questions; without it from 15 to 100 ms, a tenth of what has been waited
 * @throws what `otherwise` says when it does not hold in time
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  otherwise: () => string,
  pauseMs?: number,
): Promise<void> {
  const begun = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - begun;
    if (waitedMs > timeLimit(withinMs) && waitedMs > timeLimitSince(begun, withinMs))
      throw new Error(`after ${Math.round(waitedMs)} ms: ${otherwise()}`);
    const tenth = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, waitedMs * PAUSE_PER_WAITED_MS));
    await new Promise((resolve) => setTimeout(resolve, pauseMs ?? tenth));
  }
}
