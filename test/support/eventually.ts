import { timeLimit, timeLimitSince } from './time/time-limit.js';

/** Each check costs time of the machine that also has to fulfil the condition: long waits check less often. */
const SHORTEST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 100;
const PAUSE_PER_WAITED_MS = 0.1;

/**
 * Checks a condition repeatedly until it holds.
 * @param withinMs limit on an idle machine (`timeLimit`)
 * @param otherwise describes the state for the error
 * @param pauseMs pause between two checks; default: a tenth of the time waited so far, from 15 to 100 ms
 * @throws an error with the text of `otherwise` when the condition does not hold in time
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
