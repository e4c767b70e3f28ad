import { setTimeout } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

/**
 * At least 3: the limits of Jest only end a test that hangs, also when the machine became slow after the measurement.
 */
const FACTOR = Math.max(3, Number(process.env['TEST_TIME_FACTOR'] ?? 1));

/** Child processes and servers. A test file must end all that it starts. */
const COUNTED = ['ProcessWrap', 'TCPServerWrap', 'PipeServerWrap'];

/**
 * A killed process ends a moment later. Node counts it, and a closed server, for some further turns of the event loop.
 */
const MOST_CHECKS = 100;
const CHECK_EVERY_MS = 50;

function count() {
  const kinds = process.getActiveResourcesInfo();
  return COUNTED.map((kind) => kinds.filter((active) => active === kind).length);
}

function scale(block) {
  for (const hook of block.hooks) if (hook.timeout) hook.timeout *= FACTOR;
  for (const child of block.children) {
    if (child.type === 'describeBlock') scale(child);
    else if (child.timeout) child.timeout *= FACTOR;
  }
}

/**
 * Jest's environment for Node. The time limits of tests and hooks are generous and grow with the slowness of the
 * machine. A test file fails when it leaves a child process or a server running.
 */
export default class ScaledEnvironment extends TestEnvironment {
  before = count();
  hasFailed = false;

  handleTestEvent({ name }, state) {
    // A resource that a failed test left running would hide the reason of the failure.
    if (name === 'test_fn_failure' || name === 'hook_failure') this.hasFailed = true;
    if (name !== 'run_start') return;
    state.testTimeout *= FACTOR;
    scale(state.rootDescribeBlock);
  }

  async teardown() {
    await super.teardown();
    if (this.hasFailed) return;
    for (let check = 0; check < MOST_CHECKS && this.active().length > 0; check += 1)
      await setTimeout(CHECK_EVERY_MS);
    const active = this.active();
    if (active.length === 0) return;
    const kinds = JSON.stringify(Object.fromEntries(active));
    throw new Error(`the test file must end what it started; still active: ${kinds}`);
  }

  active() {
    return count()
      .map((now, kind) => [COUNTED[kind], now - this.before[kind]])
      .filter(([, more]) => more > 0);
  }
}
