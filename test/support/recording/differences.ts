import type { RecordedStep } from './recorder.js';

/** The number of steps whose lines are shown. Further steps are shown by name only. */
const SHOWN_STEPS = 10;
/** The number of equal lines that are shown before and after a difference. */
const CONTEXT = 2;

type Line = readonly [mark: ' ' | '-' | '+', text: string];

function linesOf(step: RecordedStep | undefined): string[] {
  if (step === undefined) return [];
  const { request, status, headers, body } = step;
  // A client may not depend on the order of header fields with different names (RFC 9110, 5.3).
  const fields = [...headers].sort(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
  const head = [request, `status ${status}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return [...head, ...JSON.stringify(body, null, 2).split('\n')];
}

/** Returns the number of equal lines at the beginning. */
function commonStart(before: readonly string[], now: readonly string[]): number {
  const first = before.findIndex((line, index) => line !== now[index]);
  return first < 0 ? before.length : first;
}

/** Merges the lines of both texts in order, by their longest common subsequence. */
function compared(before: readonly string[], now: readonly string[]): Line[] {
  const start = commonStart(before, now);
  const middle = comparedMiddle(before.slice(start), now.slice(start));
  return [...before.slice(0, start).map((line): Line => [' ', line]), ...middle];
}

function comparedMiddle(before: readonly string[], now: readonly string[]): Line[] {
  const common = Array.from({ length: before.length + 1 }, () => new Uint16Array(now.length + 1));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--) {
      const longest = Math.max(at(row + 1, column), at(row, column + 1));
      const isSame = before[row] === now[column];
      (common[row] as Uint16Array)[column] = isSame ? at(row + 1, column + 1) + 1 : longest;
    }
  const lines: Line[] = [];
  for (let row = 0, column = 0; row < before.length || column < now.length;) {
    const [old, fresh] = [before[row], now[column]];
    const isRemoved =
      old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1));
    if (old !== undefined && old === fresh) lines.push([' ', old]);
    else if (isRemoved) lines.push(['-', old]);
    else lines.push(['+', fresh ?? '']);
    if (lines.at(-1)?.[0] !== '+') row += 1;
    if (lines.at(-1)?.[0] !== '-') column += 1;
  }
  return lines;
}

function shown(lines: readonly Line[]): string[] {
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(([mark]) => mark !== ' ');
  return lines.flatMap(([mark, text], index) => (isNear(index) ? [`  ${mark} ${text}`] : []));
}

/**
 * Lists the steps whose answers differ from the recorded ones, with their lines: `-` recorded, `+` now.
 * @returns an empty text when all answers are equal
 */
export function differences(recorded: readonly RecordedStep[], now: readonly RecordedStep[]): string {
  const names = [...new Set([...recorded, ...now].map(({ step }) => step))];
  const find = (steps: readonly RecordedStep[], name: string): RecordedStep | undefined =>
    steps.find(({ step }) => step === name);
  const differing = names.flatMap((name) => {
    const [before, after] = [linesOf(find(recorded, name)), linesOf(find(now, name))];
    return before.join('\n') === after.join('\n') ? [] : [{ name, before, after }];
  });
  if (differing.length === 0) return '';
  const blocks = differing.map(({ name, before, after }, index) =>
    [`· ${name}`, ...(index < SHOWN_STEPS ? shown(compared(before, after)) : [])].join('\n'),
  );
  return [`${differing.length} of ${names.length} answers differ:`, ...blocks].join('\n');
}
