import TestSequencer from '@jest/test-sequencer';

/** They wait for minutes, most of the time for a clock: begun last, they would be waited for alone. */
const LONGEST = ['real-timings', 'leaks', 'crash', 'concurrent-calls', 'reconnect'].map(
  (name) => new RegExp(`/${name}\\.e2e-spec\\.ts$`),
);

/** It holds 500 clients in its own process and compares with a clock: it runs last, beside short files. */
const LAST = /\/events-readers\.e2e-spec\.ts$/;

/** Jest knows from the second run on how long each file takes; in a clean checkout it begins with the largest file. */
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
