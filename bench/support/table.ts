import { availableParallelism, cpus, loadavg } from 'node:os';
import { isMet, type Row } from './result-row.js';
import { rounded } from './statistics.js';

const HEAD = ['question', 'ours', 'other side', 'ratio', 'limit', 'met'];

function limitText({ limit, unit }: Row): string {
  if (limit === null) return '–';
  const [sign, value] = 'atMost' in limit ? ['≤', limit.atMost] : ['≥', limit.atLeast];
  return `${sign} ${value.toLocaleString('en-US')}${unit}`;
}

function cells(row: Row): string[] {
  const met = row.limit === null ? '–' : isMet(row) ? 'yes' : 'NO';
  const ratio = row.unit === '×' ? `${rounded(row.judged)}×` : '–';
  return [row.question, row.ours, row.other, ratio, limitText(row), met];
}

/** Prints the results as a Markdown table. */
export function printTable(rows: readonly Row[], notes: readonly string[]): void {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[], fill = ' '): void => {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`);
  };
  console.log(
    `\nNode ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}, load ${rounded(loadavg()[0] ?? 0)}; medians (middle half of the rounds)\n`,
  );
  print(HEAD);
  print(
    HEAD.map(() => ''),
    '-',
  );
  for (const line of lines.slice(1)) print(line);
  for (const note of notes) console.log(`\n${note}`);
}
