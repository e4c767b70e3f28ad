import { median, spread } from './statistics.js';

/** What the judged figure has to be; none for a row that only informs. */
export type Limit = { readonly atMost: number } | { readonly atLeast: number } | null;

export interface Row {
  readonly question: string;
  readonly ours: string;
  readonly other: string;
  /** What the bar judges: the ratio ours / other side or, where there is no other side, ours. */
  readonly judged: number;
  readonly unit: '×' | ' ms' | ' KiB';
  readonly limit: Limit;
}

export function isMet({ judged, limit: bar }: Row): boolean {
  if (bar === null) return true;
  return 'atMost' in bar ? judged <= bar.atMost : judged >= bar.atLeast;
}

/** One row from the rounds of both sides: medians, with the middle half of the rounds beside them. */
export function compare(
  question: string,
  ours: readonly number[],
  other: readonly number[],
  unit: string,
  limit: Limit,
): Row {
  return {
    question,
    ours: spread(ours, unit),
    other: spread(other, unit),
    judged: median(ours) / median(other),
    unit: '×',
    limit,
  };
}

/** One row about a duration that nobody else has: the median is judged. */
export function single(question: string, oursMs: readonly number[], limit: Limit): Row {
  return {
    question,
    ours: spread(oursMs, 'ms'),
    other: '–',
    judged: median(oursMs),
    unit: ' ms',
    limit,
  };
}
