/** Where the middle of a ratio stands, as far as is known: `middleOf` is right in 999 of 1,000 cases. */
export interface RatioRange {
  readonly low: number;
  readonly high: number;
}

type Timed = () => number | Promise<number>;

/** What somebody who asks could not tell apart here. */
export const ALIKE: RatioRange = { low: 0.75, high: 1.33 };

const FEWEST_PAIRS = 100;
const MOST_PAIRS = 2_000;
/** Standard deviations that 999 of 1,000 values of a normal distribution are within. */
const DEVIATIONS = 3.29;

/**
 * How many times as long `one` takes as `other`. They are asked in turn, in pairs, so that what else
 * this machine does meets both; the noisier it is, the more pairs are asked, until the middle of their
 * ratios stands within `ALIKE` or beyond it, or there have been 2,000.
 */
export async function ratioOfTimes(one: Timed, other: Timed): Promise<RatioRange> {
  const ratios: number[] = [];
  for (;;) {
    ratios.push((await one()) / (await other()));
    const otherMs = await other();
    ratios.push((await one()) / otherMs);
    if (ratios.length < FEWEST_PAIRS) continue;
    const range = middleOf(ratios);
    const isAlike = range.low > ALIKE.low && range.high < ALIKE.high;
    const isApart = range.low > ALIKE.high || range.high < ALIKE.low;
    if (isAlike || isApart || ratios.length >= MOST_PAIRS) return range;
  }
}

/** Of the median, by the sign test: as many values below it as above, give or take. */
function middleOf(values: readonly number[]): RatioRange {
  const sorted = values.toSorted((a, b) => a - b);
  const giveOrTake = (DEVIATIONS * Math.sqrt(sorted.length)) / 2;
  const at = (place: number): number => sorted[Math.round(place)] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return { low: at(middle - giveOrTake), high: at(middle + giveOrTake) };
}
