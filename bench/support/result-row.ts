import { median, spread } from './statistics.js';

/** The limit of a row's judged value; null for a row that only informs. */
export type Limit = { readonly atMost: number } | { readonly atLeast: number } | null;

export interface Row {
  readonly question: string;
  readonly ours: string;
  readonly other: string;
  /** The value that the limit applies to: the ratio ours / other side; our own value when there is no other side. */
  readonly judged: number;
  readonly unit: '×' | ' ms' | ' KiB';
  readonly limit: Limit;
}

export function isMet({ judged, limit }: Row): boolean {
  if (limit === null) return true;
  return 'atMost' in limit ? judged <= limit.atMost : judged >= limit.atLeast;
}

/** Returns a row from the rounds of both sides: the median of each, and the range of the middle half of its rounds. */
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

/** Returns a row about a duration without another side. The limit applies to the median. */
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
