import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

/*
 * Jest's `globalSetup`: measures once, before the first test file, how slow this machine is now. Two processes do the same
 * fixed work at the same time, three times; the median of the wall times, divided by the time that a reference machine
 * needs, is the factor by which all time limits grow. An idle machine has the factor 1 exactly; 8 is the most. The factor
 * reaches the workers in `TEST_TIME_FACTOR`; a value that is set before the run is kept.
 */

/** Two idle cores need 330 to 400 ms. The rest is tolerance, so that an idle machine never loosens a limit. */
const IDLE_MS = 450;
const MOST = 8;
const PROCESSES = 2;
const RUNS = 3;

async function measureMs() {
  const program = new URL('fixed-work.mjs', import.meta.url);
  const children = Array.from({ length: PROCESSES }, () => fork(program, { execArgv: [] }));
  const answers = () => Promise.all(children.map((child) => once(child, 'message')));
  await answers();
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedMs = performance.now();
    const done = answers();
    for (const child of children) child.send('work');
    await done;
    times.push(performance.now() - startedMs);
  }
  for (const child of children) child.disconnect();
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
}

export default async function measureMachine() {
  if (process.env['TEST_TIME_FACTOR']) return;
  const factor = Math.min(MOST, Math.max(1, (await measureMs()) / IDLE_MS));
  process.env['TEST_TIME_FACTOR'] = factor.toFixed(1);
  if (factor > 1) console.log(`\nThis machine is busy or slow: time limits × ${factor.toFixed(1)}.`);
}
