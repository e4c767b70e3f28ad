import TestSequencer from '@jest/test-sequencer';

/**
 * Files that need minutes, mostly waiting for a clock. They start first, so that the run does not end with them alone.
 */
const LONGEST = ['real-timings', 'leaks', 'crash', 'concurrent-calls', 'reconnect'].map(
  (name) => new RegExp(`/${name}\\.e2e-spec\\.ts$`),
);

/** The file has 500 clients in its own process and measures times. It runs last, at the same time as short files. */
const LAST = /\/events-readers\.e2e-spec\.ts$/;

/**
 * Orders test files. Jest orders the others by their time in the last run; in a clean checkout it starts with the
 * largest.
 */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      if (LAST.test(path)) return LONGEST.length + 1;
      const at = LONGEST.findIndex((name) => name.test(path));
      return at < 0 ? LONGEST.length : at;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
