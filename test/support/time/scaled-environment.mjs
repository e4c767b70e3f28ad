import { TestEnvironment } from 'jest-environment-node';

/** These limits are no promises: they end what hangs, also on a machine that has become slow since it was measured. */
const FACTOR = Math.max(3, Number(process.env['TEST_TIME_FACTOR'] ?? 1));

/** Child processes and servers: a test file has to end all that it starts. */
const COUNTED = ['ProcessWrap', 'TCPServerWrap', 'PipeServerWrap'];

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
 * Node's environment. The limits of tests and hooks are generous and grow with the slowness of the machine. A file fails
 * that leaves a child process or a server running.
 */
export default class ScaledEnvironment extends TestEnvironment {
  before = count();
  hasFailed = false;

  handleTestEvent({ name }, state) {
    // What a failed test leaves running would hide why it failed.
    if (name === 'test_fn_failure' || name === 'hook_failure') this.hasFailed = true;
    if (name !== 'run_start') return;
    state.testTimeout *= FACTOR;
    scale(state.rootDescribeBlock);
  }

  async teardown() {
    await super.teardown();
    if (this.hasFailed) return;
    const left = count().map((after, kind) => [COUNTED[kind], after - this.before[kind]]);
    const kinds = left.filter(([, more]) => more > 0);
    if (kinds.length > 0) throw new Error(`still active: ${JSON.stringify(Object.fromEntries(kinds))}`);
  }
}
