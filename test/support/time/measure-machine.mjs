import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/*
 * Jest's `globalSetup`: measures before the first test file how slow this machine is now. Two processes do the same
 * fixed work at the same time, three times. The factor is the median of the wall times, divided by the time that a
 * reference machine needs. All time limits grow by this factor. It is exactly 1 on an idle machine, and at most 8. The
 * workers read it from `TEST_TIME_FACTOR`; a value that is set before the run is kept.
 *
 * One of the processes then samples until the run ends. Limits that measure their own time use the samples:
 * `time-limit.ts`.
 */

/** Two idle cores need 330 to 400 ms. The rest is tolerance, so that an idle machine never loosens a limit. */
const IDLE_MS = 450;
const MAX_FACTOR = 8;
const PROCESSES = 2;
const RUNS = 3;

/** Sends a message to every child and waits for their answers. Returns the time in ms. */
async function ask(children, message) {
  const startedMs = performance.now();
  const answers = Promise.all(children.map((child) => once(child, 'message')));
  if (message) for (const child of children) child.send(message);
  await answers;
  return performance.now() - startedMs;
}

async function measureFactor(children) {
  const times = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await ask(children, {}));
  const medianMs = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
  return Math.min(MAX_FACTOR, Math.max(1, medianMs / IDLE_MS)).toFixed(1);
}

export default async function measureMachine() {
  const program = new URL('fixed-work.mjs', import.meta.url);
  const children = Array.from({ length: PROCESSES }, () => fork(program, { execArgv: [] }));
  await ask(children);
  process.env['TEST_TIME_FACTOR'] ||= await measureFactor(children);
  const factor = Number(process.env['TEST_TIME_FACTOR']);
  if (factor > 1) console.log(`\nThis machine is busy or slow: time limits × ${factor.toFixed(1)}.`);

  const [sampler, ...others] = children;
  for (const child of others) child.disconnect();
  const samplesFile = join(tmpdir(), `machine-samples-${process.pid}`);
  await ask([sampler], { samplesFile });
  process.env['TEST_MACHINE_SAMPLES'] = samplesFile;
  // The sampler ends with this process.
  sampler.unref();
  sampler.channel.unref();
}
