export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (quantile(sorted, 0.5) + (sorted[Math.ceil(sorted.length / 2) - 1] ?? 0)) / 2;
}

/** Formats a value with two or three significant digits; more would not be reproducible on a shared machine. */
export function rounded(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(value >= 10 ? 3 : 2);
}

/** Formats the median and the range of the middle half of the values. */
export function spread(values: readonly number[], unit: string): string {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  return `${rounded(median(values))} ${unit} (${rounded(low)}–${rounded(high)})`;
}
