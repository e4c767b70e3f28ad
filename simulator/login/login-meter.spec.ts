import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect, link, type LinkedDevice } from '../testing/linked-device.js';
import { activate } from '../testing/message-stanzas.js';
import type { ProtocolClient } from '../testing/protocol-client.js';
import { WhatsappSimulator } from '../whatsapp-simulator.js';

const PHONE = '4915112345678';

describe('LoginMeter', () => {
  let simulator: WhatsappSimulator;
  let device: LinkedDevice;
  let nowMs: number;

  beforeEach(async () => {
    simulator = await WhatsappSimulator.start();
    device = await link(simulator, PHONE);
    nowMs = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await simulator.stop();
  });

  async function begin(): Promise<ProtocolClient> {
    const { logins } = simulator.state().counters;
    const client = await connect(simulator, device);
    await simulator.waitFor({ kind: 'counter', name: 'logins', atLeast: logins + 1 }, 2_000);
    return client;
  }

  it('mostLoginsPerSecond is the highest number of logins within any second', async () => {
    for (const pauseMs of [0, 400, 400, 400, 999, 5_000]) {
      nowMs += pauseMs;
      await begin();
    }
    expect(simulator.state().mostLoginsPerSecond).toBe(3);
    await simulator.reset();
    expect(simulator.state().mostLoginsPerSecond).toBe(0);
  });

  it('mostLoginsAtOnce counts logins until they are active, refused or closed', async () => {
    const [first, second] = [await begin(), await begin()];
    // The second login replaced the first.
    await first.waitForClose();
    expect(simulator.state().mostLoginsAtOnce).toBe(2);
    await activate(second);
    await begin();
    simulator.requireVersion('2.3000.99');
    await (await connect(simulator, device)).waitForClose();
    expect(await simulator.waitFor({ kind: 'sockets', open: 1 }, 2_000)).toBe(true);
    expect(simulator.state().mostLoginsAtOnce).toBe(2);
    simulator.requireVersion(null);
    const { handshakes } = simulator.state().counters;
    simulator.addFault({ stage: 'login_success', action: { type: 'hold' }, times: 2 });
    await Promise.all([connect(simulator, device), connect(simulator, device)]);
    await simulator.waitFor({ kind: 'counter', name: 'handshakes', atLeast: handshakes + 2 }, 2_000);
    expect(simulator.state().mostLoginsAtOnce).toBe(3);
  });
});
