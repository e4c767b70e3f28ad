import type { Stage } from './stage.js';
import { median, spread } from './statistics.js';

/** What the ratio ours / other side has to be; none for a row that only informs. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number } | null;

export interface Row {
  readonly question: string;
  readonly ours: string;
  readonly other: string;
  readonly ratio: number;
  readonly bar: Bar;
}

export interface Finding {
  readonly rows: readonly Row[];
  /** What a reader needs to judge the rows. */
  readonly notes?: readonly string[];
}

export interface Question {
  /** What it is called on the command line. */
  readonly name: string;
  measure(stage: Stage): Promise<Finding>;
}

export function isMet({ ratio, bar }: Row): boolean {
  if (bar === null) return true;
  return 'atMost' in bar ? ratio <= bar.atMost : ratio >= bar.atLeast;
}

/** One row from the rounds of both sides: medians, with the middle half of the rounds beside them. */
export function compare(
  question: string,
  ours: readonly number[],
  other: readonly number[],
  unit: string,
  bar: Bar,
): Row {
  return {
    question,
    ours: spread(ours, unit),
    other: spread(other, unit),
    ratio: median(ours) / median(other),
    bar,
  };
}
