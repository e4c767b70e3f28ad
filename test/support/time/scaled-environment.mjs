import { TestEnvironment } from 'jest-environment-node';

/** These limits are no promises: they end what hangs, also on a machine that has become slow since it was measured. */
const FACTOR = Math.max(3, Number(process.env['TEST_TIME_FACTOR'] ?? 1));

function scale(block) {
  for (const hook of block.hooks) if (hook.timeout) hook.timeout *= FACTOR;
  for (const child of block.children) {
    if (child.type === 'describeBlock') scale(child);
    else if (child.timeout) child.timeout *= FACTOR;
  }
}

/** Node's environment; the limits of tests and hooks are generous and grow with the slowness of the machine. */
export default class ScaledEnvironment extends TestEnvironment {
  handleTestEvent({ name }, state) {
    if (name !== 'run_start') return;
    state.testTimeout *= FACTOR;
    scale(state.rootDescribeBlock);
  }
}
