import type { ConnectionFilter } from '../../simulator/faults/fault-plan.js';
import { WhatsappSimulator } from '../../simulator/whatsapp-simulator.js';
import { monotonicMs } from '../support/clock.js';
import { serveRequests } from '../support/request-handler.js';
import type { SimulatorAddress } from './side.js';

const simulator = await WhatsappSimulator.start();

/** The moment at which it begins to do it (`machineMs`). */
async function act(type: 'cut' | 'retire', where: ConnectionFilter): Promise<number> {
  const at = monotonicMs();
  const connections = await simulator.act({ type }, where);
  if (connections !== 1) throw new Error(`${type}: ${connections} connections instead of one`);
  return at;
}

/* A simulator that tells at which moment it has done something. */
serveRequests({
  address: (): SimulatorAddress => ({ url: simulator.url, rootKeyHex: simulator.rootKeyHex }),
  scan: async ({ phone, qr }: { phone: string; qr: string }) => {
    const scan = await simulator.scan({ phone, qr, waitMs: 30_000 });
    if (!scan.paired) throw new Error(`the phone could not link: ${scan.reason}`);
  },
  cut: (phone: string) => act('cut', { phone }),
  retire: () => act('retire', { kind: 'registration' }),
});
