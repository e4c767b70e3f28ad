import type { BaileysOptions } from '../../../src/baileys/baileys.options.js';
import { type PatientControlClient, Simulator } from '../../support/processes/simulator.js';
import { GatewayProcess } from './gateway-process.js';

/** The gateway's limit of 2 s for a graceful close, and time for the messages between the processes. */
export const CLOSED_WITHIN_MS = 2_500;

/** A simulator and a gateway that is connected to it, each in its own process. */
export class SimulatedWhatsapp {
  private phones = 0;

  private constructor(
    private readonly simulator: Simulator,
    readonly gateway: GatewayProcess,
  ) {}

  static async start(options: Partial<BaileysOptions> = {}): Promise<SimulatedWhatsapp> {
    const simulator = await Simulator.start();
    const gateway = new GatewayProcess({
      serverUrl: simulator.url,
      serverRootKey: simulator.rootKeyHex,
      keySetsAhead: 1,
      ...options,
    });
    return new SimulatedWhatsapp(simulator, gateway);
  }

  get control(): PatientControlClient {
    return this.simulator.control;
  }

  newPhone(): string {
    this.phones += 1;
    return `49151000${String(this.phones).padStart(4, '0')}`;
  }

  /** Pairs on `attempt`, and logs in on the next attempt, which is open when this resolves. */
  async link(attempt: number): Promise<string> {
    const phone = this.newPhone();
    await this.gateway.open(attempt);
    const scan = await this.control.scan({ qr: await this.gateway.code(attempt), phone });
    if (!scan.paired) throw new Error(`the phone could not link the device: ${JSON.stringify(scan)}`);
    await this.gateway.closed(attempt);
    await this.gateway.open(attempt + 1, { stored: true });
    await this.gateway.event(attempt + 1, 'opened');
    return phone;
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.simulator.stop();
  }
}
