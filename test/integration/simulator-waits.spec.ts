import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Simulator } from '../support/processes/simulator.js';

/** The tests do not check the results of these waits. */
describe('the waits of Simulator.control', () => {
  const unmet = { kind: 'sockets', open: 7 } as const;
  let simulator: Simulator;

  beforeAll(async () => {
    simulator = await Simulator.start();
  });
  afterAll(() => simulator.stop());

  it('a wait for a condition or a held connection throws when its time is over', async () => {
    await expect(simulator.control.waitFor(unmet, 20)).rejects.toThrow(
      'not met: {"kind":"sockets","open":7}',
    );
    await expect(simulator.control.holds({ stage: 'ping' }, 20)).rejects.toThrow('held: {"stage":"ping"}');
  });

  it('isMet() answers whether a condition is met', async () => {
    expect(await simulator.control.isMet(unmet)).toBe(false);
    expect(await simulator.control.isMet(unmet, 20)).toBe(false);
    expect(await simulator.control.isMet({ kind: 'sockets', open: 0 })).toBe(true);
  });
});
