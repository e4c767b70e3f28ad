import { TestEnvironment } from 'jest-environment-node';

const FACTOR = Number(process.env['TEST_TIME_FACTOR'] ?? 1);

function scale(block) {
  for (const hook of block.hooks) if (hook.timeout) hook.timeout *= FACTOR;
  for (const child of block.children) {
    if (child.type === 'describeBlock') scale(child);
    else if (child.timeout) child.timeout *= FACTOR;
  }
}

/** Node's environment; the limits of tests and hooks grow with the slowness of the machine (`measure-machine.mjs`). */
export default class ScaledEnvironment extends TestEnvironment {
  handleTestEvent({ name }, state) {
    if (name !== 'run_start') return;
    state.testTimeout *= FACTOR;
    scale(state.rootDescribeBlock);
  }
}
