import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { SimulatorProcess } from './simulator-process.js';
import { DeviceKeys, ProtocolClient } from './testing/protocol-client.js';

/** The build, which the other tests start as well. */
const MAIN = fileURLToPath(new URL('../dist/simulator/main.js', import.meta.url));

describe('simulator program', () => {
  it('the program prints its addresses, serves, and ends on SIGTERM', async () => {
    const simulator = await SimulatorProcess.start(MAIN, ['--reference-count', '3']);
    expect(simulator.rootKeyHex).toMatch(/^[0-9a-f]{64}$/);
    const keys = new DeviceKeys();
    const client = await ProtocolClient.connect(simulator.url, keys.noiseKey, keys.registrationPayload());
    expect(await client.references()).toHaveLength(3);
    expect(await simulator.control.state()).toMatchObject({ openSockets: 1 });
    await simulator.stop();
    await client.waitForClose();
  });

  it('the program refuses an invalid option', async () => {
    await expect(SimulatorProcess.start(MAIN, ['--port', 'many'])).rejects.toThrow(
      'exited before it was ready',
    );
  });
});
