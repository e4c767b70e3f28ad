import type { ConnectionFilter } from '../../simulator/faults/fault-plan.js';
import { WhatsappSimulator } from '../../simulator/whatsapp-simulator.js';
import { monotonicMs } from '../support/clock.js';
import { serveRequests } from '../support/request-handler.js';
import type { SimulatorAddress } from './side.js';

const simulator = await WhatsappSimulator.start();

/** Performs an action. @returns the time at which it began (`monotonicMs`) */
async function act(type: 'cut' | 'retire', where: ConnectionFilter): Promise<number> {
  const at = monotonicMs();
  const connections = await simulator.act({ type }, where);
  if (connections !== 1) throw new Error(`${type}: ${connections} connections instead of one`);
  return at;
}

/* A simulator that reports the time of its actions. */
serveRequests({
  address: (): SimulatorAddress => ({ url: simulator.url, rootKeyHex: simulator.rootKeyHex }),
  scan: async ({ phone, qr }: { phone: string; qr: string }) => {
    const scan = await simulator.scan({ phone, qr, waitMs: 30_000 });
    if (!scan.paired) throw new Error(`the phone did not link the device: ${scan.reason}`);
  },
  cut: (phone: string) => act('cut', { phone }),
  retire: () => act('retire', { kind: 'registration' }),
});
