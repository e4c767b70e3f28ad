/** A confidence interval of the median of a ratio: it contains the median in 999 of 1,000 cases. */
export interface RatioRange {
  readonly low: number;
  readonly high: number;
}

type Timed = () => number | Promise<number>;

/** Ratios in this range count as equal: a client cannot tell the two durations apart. */
export const ALIKE: RatioRange = { low: 0.75, high: 1.33 };

const FEWEST_PAIRS = 100;
const MOST_PAIRS = 2_000;
/** 999 of 1,000 values of a normal distribution are within so many standard deviations. */
const DEVIATIONS = 3.29;

/**
 * Returns the ratio of the durations of `one` and `other`. Both are measured in pairs and in turn, so that other load
 * of this machine affects both. More noise needs more pairs: measuring ends when the median of the ratios is surely
 * inside or outside `ALIKE`, or after 2,000 ratios.
 */
export async function ratioOfTimes(one: Timed, other: Timed): Promise<RatioRange> {
  const ratios: number[] = [];
  for (;;) {
    ratios.push((await one()) / (await other()));
    const otherMs = await other();
    ratios.push((await one()) / otherMs);
    if (ratios.length < FEWEST_PAIRS) continue;
    const range = medianRange(ratios);
    const isAlike = range.low > ALIKE.low && range.high < ALIKE.high;
    const isApart = range.low > ALIKE.high || range.high < ALIKE.low;
    if (isAlike || isApart || ratios.length >= MOST_PAIRS) return range;
  }
}

/** The confidence interval of the median by the sign test: about as many values are below the median as above it. */
function medianRange(values: readonly number[]): RatioRange {
  const sorted = values.toSorted((a, b) => a - b);
  const margin = (DEVIATIONS * Math.sqrt(sorted.length)) / 2;
  const at = (place: number): number => sorted[Math.round(place)] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return { low: at(middle - margin), high: at(middle + margin) };
}
