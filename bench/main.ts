/*
 * The benchmark: measures all questions, or the one that is named on the command line, and prints a table (README.md).
 * The exit code is 1 when a limit is missed or a question failed, 2 for an unknown question and 3 after
 * MAX_DURATION_MS.
 */

import { awaitsAfterSessions } from './awaits-after-sessions.js';
import { backAfterDrop } from './back-after-drop.js';
import { coldStart } from './cold-start.js';
import { eventLatency } from './event-latency.js';
import { eventLoopPauses } from './event-loop-pauses.js';
import { firstQr } from './first-qr.js';
import { scanToConnected } from './scan-to-connected.js';
import { BenchEnvironment } from './setup/bench-environment.js';
import type { Question } from './setup/benchmark.js';
import { signalKeys } from './signal-keys.js';
import { statusUnderLoad } from './status-under-load.js';
import { isMet, type Row } from './support/result-row.js';
import { printTable } from './support/table.js';

const QUESTIONS: readonly Question[] = [
  firstQr,
  scanToConnected,
  eventLoopPauses,
  signalKeys,
  awaitsAfterSessions,
  statusUnderLoad,
  coldStart,
  backAfterDrop,
  eventLatency,
];

/** Far more than all questions need. The child processes end with this process. */
const MAX_DURATION_MS = 1_500_000;

function selectQuestions(name: string | undefined): readonly Question[] {
  const questions = QUESTIONS.filter((question) => name === undefined || question.name === name);
  if (questions.length > 0) return questions;
  console.error(
    `There is no question ${String(name)}. The questions are: ${QUESTIONS.map((q) => q.name).join(', ')}.`,
  );
  process.exit(2);
}

async function measure(question: Question): Promise<{ rows: readonly Row[]; notes: readonly string[] }> {
  const begun = performance.now();
  const environment = await BenchEnvironment.create();
  try {
    const { rows, notes = [] } = await question.measure(environment);
    return { rows, notes };
  } finally {
    await environment.close();
    console.error(`${question.name}: ${Math.round((performance.now() - begun) / 1000)} s`);
  }
}

setTimeout(() => {
  console.error('The benchmark ran longer than 25 minutes and was stopped.');
  process.exit(3);
}, MAX_DURATION_MS).unref();

const rows: Row[] = [];
const notes: string[] = [];
let failed = false;
for (const question of selectQuestions(process.argv[2])) {
  try {
    const result = await measure(question);
    rows.push(...result.rows);
    notes.push(...result.notes.map((note) => `${question.name}: ${note}`));
  } catch (error) {
    failed = true;
    console.error(`${question.name} could not be measured:`, error);
  }
}
printTable(rows, notes);
process.exitCode = failed || !rows.every(isMet) ? 1 : 0;
