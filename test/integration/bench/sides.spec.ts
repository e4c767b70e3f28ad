import { describe, expect, it } from '@jest/globals';
import { runProgram } from '../../support/processes/run-program.js';

describe('the sides of the benchmark', () => {
  it('the service, the service with the constant route and bare Baileys link an account', async () => {
    const { code, out, err } = await runProgram('dist/test/integration/bench/link-on-each-side.program.js');
    expect([code, out, err]).toEqual([0, '3 sides linked an account', '']);
  }, 60_000);
});
